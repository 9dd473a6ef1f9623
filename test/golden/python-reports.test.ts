import { createBatchEncoder, encodeBatchFrames, loadPackageSchemas } from '@burnline/contracts';
import type { SourceReport } from '@burnline/core';
import { expect, it } from 'vitest';

/**
 * Bodies of source reports as the TypeScript encoder writes them, which the Python publisher's tests hold theirs against. After
 * a change: `npx vitest run --config .config/vitest.config.js --project units test/golden/python-reports.test.ts -u`.
 */
const FILE = new URL('../../packages/publisher-python/tests/source_reports.json', import.meta.url).pathname;

const schemas = loadPackageSchemas();
const DAY = 1_795_910_400_000_000;
const REPORTS: readonly SourceReport[] = [
  {
    instance: '',
    service: 'chat',
    environment: '',
    interval_start: DAY,
    interval_end: DAY,
    is_final: true,
    emitted_count: 0,
    acknowledged_count: 0,
    retried_count: 0,
    dropped_by_reason: {},
  },
  {
    instance: 'größer-\u{1f600}',
    service: 'x'.repeat(512),
    environment: 'prod',
    interval_start: DAY - 1,
    interval_end: DAY + 10_000_000,
    is_final: false,
    emitted_count: 63,
    acknowledged_count: 64,
    retried_count: Number.MAX_SAFE_INTEGER - 1,
    dropped_by_reason: { invalid: 1, buffer_full: 2 ** 31, expired: 2 ** 32, rejected: 127, closed: 128 },
  },
];

/** All in one message. */
function bodyOf(reports: readonly SourceReport[]): string {
  const encoder = createBatchEncoder({ kind: 'report', schemas });
  for (const report of reports) encoder.append(report);
  const value = encoder.finish();
  return Buffer.from(encodeBatchFrames([{ topic: 'burnline.live.reports', partition: 0, value }])).toString(
    'hex',
  );
}

it('source reports as the Python publisher has to write them', async () => {
  const cases = [REPORTS.slice(0, 1), REPORTS, Array.from({ length: 50 }, () => REPORTS).flat()];
  const text = cases.map((reports) => JSON.stringify({ reports, body: bodyOf(reports) }));
  await expect(`[\n${text.join(',\n')}\n]\n`).toMatchFileSnapshot(FILE);
});
