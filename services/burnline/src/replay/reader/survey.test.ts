import { describe, expect, test } from 'vitest';
import { stampFile } from './file-blocks.ts';
import { ndjsonFormat } from './file-format.ts';
import { replayFiles } from './testing/replay-files.ts';
import { surveyFile } from './survey.ts';

const write = replayFiles();
const lines = (seconds: readonly number[]) =>
  seconds
    .map(
      (second) =>
        `{"occurred_at":${1_700_000_000 + second}000000,"service":"a","model_served":"m","status":"ok","duration_ms":1}`,
    )
    .join('\n');

async function survey(seconds: readonly number[], indexedRecordsMax: number) {
  const file = await write('events.ndjson', lines(seconds));
  return surveyFile({
    file,
    stamp: await stampFile(file),
    format: ndjsonFormat(file),
    onBadRow: 'stop',
    workerCount: null,
    onProgress: () => undefined,
    nowMs: null,
    indexedRecordsMax,
  });
}

describe('the bound of what is sorted in memory', () => {
  test('a file in time order may be of any length, and keeps no index', async () => {
    expect(await survey([1, 2, 2, 3, 4], 3)).toMatchObject({ index: null, inferenceCount: 5 });
  });

  test('a file that is not may have as many records as the index holds', async () => {
    expect((await survey([3, 2, 1], 3)).index?.count).toBe(3);
  });

  test.each([[[3, 2, 1, 4]], [[1, 2, 3, 4, 5, 3]]])(
    'one more is refused, wherever the disorder is: %j',
    async (seconds) => {
      await expect(survey(seconds, 3)).rejects.toMatchObject({
        code: 'REPLAY_TOO_MANY_ROWS',
        remedy: expect.stringContaining('Sort the file by time') as string,
      });
    },
  );
});
