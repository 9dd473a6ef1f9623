import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allRecords, replayFiles } from './testing/replay-files.ts';
import { openReplay, type ReplaySource } from './replay-source.ts';

const write = replayFiles();
const MAPPING = `apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: test }
spec:
  time: { kind: column, column: at, format: iso, zone: UTC, meaning: completion }
  inference:
    service: chat
    provider: acme
    model_served: m-1
    request_id: { template: 'r-{id}' }
    status: ok
    duration_ms: { column: ms, unit: ms }
    output_tokens: { column: out }
`;
const HEADER = 'id,at,ms,out\n';
const row = (id: number, second: number, ms: number | string = 10) =>
  `${id},2026-01-01 00:00:${String(second).padStart(2, '0')},${ms},${id}\n`;

async function open(csv: string | Uint8Array, mapping = MAPPING, name = 'data.csv'): Promise<ReplaySource> {
  return openReplay({ file: await write(name, csv), mapping: await write('mapping.yaml', mapping) });
}

async function requestIds(source: ReplaySource): Promise<string[]> {
  const records = await allRecords(source);
  return records.map((record) =>
    'event' in record ? record.event.request_id : `verdict ${record.verdict.request_id}`,
  );
}

const ids = async (source: ReplaySource) =>
  (await allRecords(source)).map((record) =>
    Buffer.from(('event' in record ? record.event : record.verdict).event_id).toString('hex'),
  );

describe('openReplay on CSV', () => {
  test('a file in time order is streamed, any other is sorted by time, then by row', async () => {
    const ordered = await open(HEADER + row(1, 1) + row(2, 1) + row(3, 5));
    expect(ordered).toMatchObject({ order: 'streamed', totalRows: 3, inferenceCount: 3, verdictCount: 0 });
    expect(await requestIds(ordered)).toEqual(['r-1', 'r-2', 'r-3']);
    const shuffled = await open(HEADER + row(1, 9) + row(2, 4) + row(3, 9) + row(4, 4) + row(5, 0));
    expect(shuffled.order).toBe('sorted');
    expect(await requestIds(shuffled)).toEqual(['r-5', 'r-2', 'r-4', 'r-1', 'r-3']);
    expect(shuffled.firstLogTimeMicros).toBe(Date.parse('2026-01-01T00:00:00Z') * 1000);
    expect(shuffled.lastLogTimeMicros).toBe(Date.parse('2026-01-01T00:00:09Z') * 1000);
  });

  test('records may be read again, and are the same', async () => {
    const source = await open(HEADER + row(1, 9) + row(2, 4));
    expect(await allRecords(source)).toEqual(await allRecords(source));
  });

  test('the same content under another name gives the same ids; another row, number or mapping gives others', async () => {
    const content = HEADER + row(1, 1) + row(1, 1) + row(2, 2);
    const [first, second] = [await open(content), await open(content, MAPPING, 'elsewhere.txt')];
    expect(await ids(second)).toEqual(await ids(first));
    expect(second.identity).toBe(first.identity);
    expect(new Set(await ids(first)).size).toBe(3);
    const crlf = await open(content.replaceAll('\n', '\r\n'));
    expect(await ids(crlf)).toEqual(await ids(first));
    expect(crlf.identity).not.toBe(first.identity);
    const shifted = await open(HEADER + row(9, 0) + row(2, 2));
    expect(await ids(first)).not.toContain((await ids(shifted))[1]);
    const remapped = await open(content, MAPPING.replace('acme', 'other'));
    expect((await ids(remapped))[0]).not.toBe((await ids(first))[0]);
    expect(remapped.identity).not.toBe(first.identity);
  });

  test('streamed and sorted readings give a row the same id', async () => {
    const streamed = await open(HEADER + row(1, 1) + row(2, 2) + row(3, 3));
    const sorted = await open(HEADER + row(1, 1) + row(2, 2) + row(3, 3) + row(4, 0));
    expect((await ids(sorted)).slice(1)).toEqual(await ids(streamed));
  });

  test('start times end where the duration ends', async () => {
    const source = await open(HEADER + row(1, 1, 1500.25), MAPPING.replace('completion', 'start'));
    const [record] = await allRecords(source);
    expect(record?.logTimeMicros).toBe(Date.parse('2026-01-01T00:00:02.500Z') * 1000 + 250);
  });

  test('rows are dropped as the mapping says, and counted', async () => {
    const mapping = `${MAPPING}  drop_when: { column: ms, at_least: 1000 }\n`;
    const source = await open(HEADER + row(1, 1, 999.9) + row(2, 2, 1000) + row(3, 3), mapping);
    expect(source).toMatchObject({ totalRows: 3, droppedRows: 1, inferenceCount: 2 });
    expect(await requestIds(source)).toEqual(['r-1', 'r-3']);
  });

  test('verdicts that were judged later come later', async () => {
    const mapping = `${MAPPING}  verdicts:
    - when: { column: pass, empty: false }
      evaluator: judge
      kind: offline_suite
      dimension: quality
      passed: { column: pass, table: { good: true, bad: false } }
      judged_at: { column: judged, format: epoch_s }
`;
    const second = Date.parse('2026-01-01T00:00:00Z') / 1000;
    const csv = `id,at,ms,out,pass,judged
1,2026-01-01 00:00:00,1,1,good,${second + 30}
2,2026-01-01 00:00:10,1,1,,
3,2026-01-01 00:00:20,1,1,bad,${second + 20}
`;
    const source = await open(csv, mapping);
    expect(await requestIds(source)).toEqual(['r-1', 'r-2', 'r-3', 'verdict r-3', 'verdict r-1']);
    const verdicts = (await allRecords(source)).flatMap((record) =>
      'verdict' in record ? [record.verdict] : [],
    );
    expect(verdicts[1]).toMatchObject({
      judged_at: (second + 30) * 1e6,
      inference_at: second * 1e6,
      passed: true,
      service: 'chat',
      provider: 'acme',
      model_served: 'm-1',
    });
    await expect(open(csv.replace(String(second + 20), String(second + 19)), mapping)).rejects.toThrow(
      /line 4: .*judged_at/,
    );
  });

  test('a file that changes between the readings is noticed', async () => {
    const source = await open(HEADER + row(1, 1));
    await appendFile(source.file, row(2, 2));
    await expect(allRecords(source)).rejects.toMatchObject({ code: 'REPLAY_FILE_CHANGED' });
  });

  test('progress reaches the file size, and batches stay small however long the file', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => row(index, Math.floor(index / 400)));
    const file = await write('data.csv', HEADER + rows.join(''));
    const mapping = await write('mapping.yaml', MAPPING);
    const progress: number[] = [];
    const source = await openReplay({
      file,
      mapping,
      onProgress: ({ bytesDone }) => progress.push(bytesDone),
    });
    expect(progress.at(-1)).toBe(source.totalBytes);
    expect([...progress].sort((left, right) => left - right)).toEqual(progress);
    const sizes: number[] = [];
    for await (const batch of source.records()) sizes.push(batch.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(20_000);
    expect(Math.max(...sizes)).toBeLessThan(10_000);
  });
});

describe('sequences without times', () => {
  const mapping = MAPPING.replace(
    /time:.*\n/,
    'time: { kind: sequence, group: run, ends: { column: end, format: epoch_s }, workers: 2 }\n',
  );
  test('rows go to the worker that is free first, and the run ends when it did', async () => {
    const end = 1_700_000_000;
    const durations = [4000, 1000, 1000, 5000, 0];
    const rows = durations.map((ms, index) => `${index},a,${end},${ms},1\n`);
    const source = await open(`id,run,end,ms,out\n${rows.join('')}9,b,${end - 100},7,1\n`, mapping);
    const records = await allRecords(source);
    // Two workers: 0 ends at 4 s; 1 at 1 s; 2 at 2 s; 3 at 7 s, the run's end; 4 goes to the other worker, at 4 s.
    const seconds = records.map(
      (record) => 'event' in record && [record.event.request_id, record.logTimeMicros / 1e6 - end],
    );
    expect(seconds).toEqual([
      ['r-9', -100],
      ['r-1', -6],
      ['r-2', -5],
      ['r-0', -3],
      ['r-4', -3],
      ['r-3', 0],
    ]);
    expect(
      records.every(
        (record) => 'event' in record && record.event.attributes['time_basis'] === 'synthetic_sequence',
      ),
    ).toBe(true);
  });

  test('a run with two ends is a bad row', async () => {
    await expect(
      open('id,run,end,ms,out\n1,a,1700000000,1,1\n2,a,1700000001,1,1\n', mapping),
    ).rejects.toThrow('line 3: run a ends at another time');
  });
});

describe('what openReplay refuses', () => {
  test('every missing column at once, with the columns there are and the nearest', async () => {
    const error = await open(HEADER.replace('ms', 'MS').replace('out', 'tokens') + row(1, 1)).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: 'REPLAY_COLUMN_MISSING', details: { missing: ['ms', 'out'] } });
    expect(String(error)).toContain('ms (named by inference.duration_ms) - did you mean MS?');
    expect(String(error)).toContain('Columns of the file: id, at, MS, tokens');
  });

  test('bad rows with their lines, all problems of a row at once, before anything is published', async () => {
    const csv = `${HEADER + row(1, 1)}2,yesterday,fast,2\n3,2026-01-01 00:00:03,1\n\n${row(4, 4, -1)}`;
    const error = await open(csv).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'REPLAY_ROWS_INVALID' });
    expect(String(error)).toContain(
      'line 3: duration_ms (column ms): "fast" is not a decimal number; time (column at): "yesterday"',
    );
    expect(String(error)).toContain('line 4: 3 cells where 4 are expected');
    expect(String(error)).toContain('line 6: duration_ms (column ms): "-1" is negative');
  });

  test('a mistake in the last row of many stops the replay before its first record', async () => {
    const rows = Array.from({ length: 9000 }, (_, index) => row(index, 1)).join('');
    const csv = `${HEADER}${rows}${row(7, 1, 'oops')}`;
    await expect(open(csv)).rejects.toThrow('line 9002: duration_ms (column ms): "oops"');
  });

  test('or leaves them out, counted, where the mapping says so', async () => {
    const csv = `${HEADER + row(1, 1)}2,"x"y,1,2\n${row(3, 3, 'fast')}${row(4, 4)}`;
    const source = await open(csv, `${MAPPING}  on_bad_row: skip\n`);
    expect(source.skippedRows.count).toBe(2);
    expect(source.skippedRows.first.map(({ line }) => line)).toEqual([3, 4]);
    expect(await requestIds(source)).toEqual(['r-1', 'r-4']);
  });

  test('twenty bad rows are enough to say so', async () => {
    const csv = HEADER + Array.from({ length: 100 }, (_, index) => row(index, 1, 'x')).join('');
    const error = await open(csv).catch((e: unknown) => e);
    expect(String(error).match(/ line \d+:/g)).toHaveLength(20);
    expect(String(error)).toContain('and more in what follows');
  });

  test.each([
    ['an empty file', '', 'REPLAY_FILE_EMPTY'],
    ['a header without rows', HEADER, 'REPLAY_FILE_EMPTY'],
    ['blank lines', '\n\r\n\n', 'REPLAY_FILE_EMPTY'],
    ['a header with a column twice', `id,at,ms,out,ms\n`, 'REPLAY_HEADER_INVALID'],
    ['binary junk', Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x41, 0x0a, 0xff]), 'REPLAY_FILE_NOT_TEXT'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x41, 0x0a]), 'REPLAY_FILE_NOT_TEXT'],
    ['broken quotes in the header', '"id"x,at,ms,out\n1,2,3,4\n', 'REPLAY_HEADER_INVALID'],
  ])('%s', async (_name, content, code) => {
    await expect(open(content)).rejects.toMatchObject({ code });
  });

  test('a directory, a file that is not there, a CSV file without a mapping', async () => {
    const file = await write('data.csv', HEADER + row(1, 1));
    const directory = join(dirname(file), 'sub.csv');
    await mkdir(directory);
    await expect(openReplay({ file: directory })).rejects.toMatchObject({ code: 'REPLAY_FILE_NOT_REGULAR' });
    await expect(openReplay({ file: `${file}.no` })).rejects.toMatchObject({
      code: 'REPLAY_FILE_UNREADABLE',
    });
    await expect(openReplay({ file })).rejects.toMatchObject({ code: 'REPLAY_MAPPING_MISSING' });
    await expect(openReplay({ file: await write('data.txt', HEADER) })).rejects.toMatchObject({
      code: 'REPLAY_MAPPING_MISSING',
    });
  });

  test('a byte order mark is no part of the first column', async () => {
    const source = await open(`\ufeff${HEADER}${row(1, 1)}`);
    expect(await requestIds(source)).toEqual(['r-1']);
  });
});
