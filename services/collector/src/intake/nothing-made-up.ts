import type { IntakeOptions } from '@burnline/contracts';

/**
 * For records that have an id and a time, or are refused: one of our own would make another event of a record that is sent
 * again.
 */
export const NOTHING_MADE_UP: IntakeOptions = {
  newEventId: () => {
    throw new TypeError('a record without an id is refused');
  },
  now: () => {
    throw new TypeError('a record without a time is refused');
  },
};
