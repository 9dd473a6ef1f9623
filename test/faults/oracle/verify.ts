import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Fleet } from '../../support/services/fleet.ts';
import { recount, type Recount } from './recount.ts';
import { inferenceTexts, paneTexts, rowTexts } from './tables.ts';
import { readTopic, topicEnds, type TopicEnd } from './topic-content.ts';

/** Beyond the longest pause between two attempts of a writer (10 s), on a machine that does a lot else. */
const SETTLE_DEADLINE_MS = 120_000;
const LOOK_MS = 250;
const DIFFERENCES_SHOWN = 5;

/**
 * Waits until processors and sinks have come to the end of the log, and compares the tables with a recount of the log:
 * every acknowledged event is in the log, every position of the log is one raw row, repeats are marked by the documented
 * rule, and panes hold each event that is no repeat once.
 */
export async function verify(fleet: Fleet, acknowledged: ReadonlySet<string>): Promise<Recount> {
  await untilWritten(fleet, await topicEnds(fleet.directBrokers, fleet.topic));
  await fleet.check();
  const expected = recount(await readTopic(fleet.directBrokers, fleet.topic));
  const lost = [...acknowledged].filter((id) => !expected.ids.has(id));
  expect(lost.slice(0, DIFFERENCES_SHOWN), `${lost.length} acknowledged events are not in the log`).toEqual(
    [],
  );
  expectSame('raw rows', await rowTexts(fleet), expected.rows);
  const once = [...expected.ids].map((id) => `${id}|1`).sort();
  expectSame('events in the view inferences', await inferenceTexts(fleet), once);
  expectSame('panes', await paneTexts(fleet), expected.panes);
  return expected;
}

/** Until the rows of every position below the ends are written, by processors and by sinks. */
export async function untilWritten(
  fleet: Fleet,
  ends: readonly TopicEnd[],
  consumers: readonly ('processor' | 'sink')[] = ['processor', 'sink'],
): Promise<void> {
  const deadline = performance.now() + SETTLE_DEADLINE_MS;
  for (;;) {
    const rows = await fleet.store.query<{ consumer: string; partition: number; position: number }>(
      `SELECT consumer, partition, toUInt32(max(position)) AS position FROM watermarks
       WHERE stream = {stream:String} AND topic = {topic:String} GROUP BY consumer, partition`,
      { stream: fleet.stream, topic: fleet.topic },
    );
    const behind = ends.flatMap(({ partition, endOffset }) =>
      consumers.flatMap((consumer) => {
        const at =
          rows.find((row) => row.consumer === consumer && row.partition === partition)?.position ?? 0;
        return at < endOffset ? [`${consumer} ${partition}: at ${at} of ${endOffset}`] : [];
      }),
    );
    if (behind.length === 0) return;
    await fleet.check();
    if (performance.now() > deadline) {
      const reports = fleet.members().map((member) => member.failure('is behind'));
      const details = (await Promise.all(reports)).map(({ message }) => message);
      throw new Error(`not at the end of the log: ${behind.join('; ')}\n${details.join('\n')}`);
    }
    await sleep(LOOK_MS);
  }
}

/** Compares sorted lists, and shows the first differences alone. */
export function expectSame(what: string, actual: readonly string[], expected: readonly string[]): void {
  const [there, wanted] = [new Set(actual), new Set(expected)];
  const missing = expected.filter((one) => !there.has(one));
  const wrong = actual.filter((one) => !wanted.has(one));
  expect(
    {
      missing: missing.slice(0, DIFFERENCES_SHOWN),
      wrong: wrong.slice(0, DIFFERENCES_SHOWN),
      count: actual.length,
    },
    `${what}: ${missing.length} missing, ${wrong.length} wrong`,
  ).toEqual({ missing: [], wrong: [], count: expected.length });
}
