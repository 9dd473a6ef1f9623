import { describe, expect, test } from 'vitest';
import { allRecords, replayFiles } from './testing/replay-files.ts';
import { openReplay, type OpenReplayOptions } from './replay-source.ts';

const write = replayFiles();
const event = (second: number, more: object = {}) =>
  JSON.stringify({
    occurred_at: `2026-01-01T00:00:0${second}.000001Z`,
    service: 'chat',
    model_served: 'm-1',
    status: 'ok',
    duration_ms: 1.5,
    request_id: `r-${second}`,
    ...more,
  });
const verdict = (more: object = {}) =>
  JSON.stringify({
    verdict: {
      judged_at: '2026-01-01T00:00:03Z',
      inference_at: '2026-01-01T00:00:01Z',
      service: 'chat',
      evaluator: 'judge',
      dimension: 'quality',
      passed: false,
      ...more,
    },
  });

async function open(lines: readonly string[], options: Partial<OpenReplayOptions> = {}) {
  return openReplay({ file: await write('events.ndjson', lines.join('\n')), ...options });
}

describe('openReplay on NDJSON', () => {
  test('inferences and verdicts come in the order of their log times, blank lines are nothing', async () => {
    const source = await open(['', event(5), verdict(), '\r', event(1)]);
    expect(source).toMatchObject({
      kind: 'ndjson',
      totalRows: 3,
      inferenceCount: 2,
      verdictCount: 1,
      order: 'sorted',
    });
    const records = await allRecords(source);
    expect(records.map((record) => ('event' in record ? record.event.request_id : 'verdict'))).toEqual([
      'r-1',
      'verdict',
      'r-5',
    ]);
    expect(records[0]?.logTimeMicros).toBe(Date.parse('2026-01-01T00:00:01Z') * 1000 + 1);
  });

  test('a stated id is kept; others follow from the line and its place', async () => {
    const id = '018f0000-0000-7000-8000-00000000abcd';
    const records = await allRecords(await open([event(1, { event_id: id }), event(2), event(2)]));
    const ids = records.map(
      (record) => 'event' in record && Buffer.from(record.event.event_id).toString('hex'),
    );
    expect(ids[0]).toBe(id.replaceAll('-', ''));
    expect(new Set(ids).size).toBe(3);
    const again = await allRecords(await open([event(1, { event_id: id }), event(2), event(2)]));
    expect(again).toEqual(records);
  });

  test('every fault of every line is named, with its line', async () => {
    const error = await open([
      event(1),
      '{"service": "chat"',
      '[1]',
      event(2, { status: 'fine', duration_ms: -1 }),
      event(3, { occurred_at: null }),
      `{"verdict": {}, "service": "a"}`,
      verdict({ passed: 'yes' }),
      verdict({ judged_at: null }),
      verdict({ judged_at: '2026-01-01T00:00:00Z' }),
    ]).catch((e: unknown) => e);
    const text = String(error);
    expect(error).toMatchObject({
      code: 'REPLAY_ROWS_INVALID',
      remedy: expect.stringMatching(/^Correct the lines: docs\/events.md/) as string,
    });
    expect(text).toContain('line 2: not JSON');
    expect(text).toContain('line 3: a line must be a JSON object');
    expect(text).toMatch(/line 4: .*status: expected one of ok.*; duration_ms: expected milliseconds/);
    expect(text).toContain("line 5: occurred_at: expected the record's own time, found none");
    expect(text).toContain('line 6: nothing may stand beside "verdict"; found service');
    expect(text).toContain('line 7: passed: expected true or false');
    expect(text).toContain("line 8: judged_at: expected the record's own time");
    expect(text).toContain('line 9: judged_at: expected a time not before the inference');
  });

  test('bad lines can be left out, counted', async () => {
    const source = await open([event(1), '{', event(2)], { onBadRow: 'skip' });
    expect(source.skippedRows).toMatchObject({ count: 1, first: [{ line: 2 }] });
    expect(await allRecords(source)).toHaveLength(2);
  });

  test('a line beyond its bound is refused', async () => {
    const long = event(2, { attributes: { a: 'x'.repeat(1024 * 1024) } });
    await expect(open([event(1), long])).rejects.toMatchObject({ code: 'REPLAY_ROW_TOO_LONG' });
  });
});
