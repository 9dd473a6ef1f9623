import { dashboards } from '@burnline/dashboards';
import { describe, expect, it } from 'vitest';

/** deploy/grafana/dashboards is made from packages/dashboards; after a change: `... --project units test/golden/dashboards.test.ts -u`. */
const FOLDER = new URL('../../deploy/grafana/dashboards/', import.meta.url).pathname;

describe('the dashboards that are provisioned', () => {
  it.each(Object.entries(dashboards()))('are what the code makes: %s', async (name, dashboard) => {
    await expect(`${JSON.stringify(dashboard, null, 2)}\n`).toMatchFileSnapshot(`${FOLDER}${name}.json`);
  });
});
