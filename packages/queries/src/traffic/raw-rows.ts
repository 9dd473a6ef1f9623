import { DAY_MS } from '@burnline/core';

/** How long raw rows live, from their arrival: what is older cannot be asked of them. */
export const RAW_ROWS_MS = 35 * DAY_MS;
