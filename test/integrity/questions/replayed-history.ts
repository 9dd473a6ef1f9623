import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '@burnline/engine';
import type { SeriesStatus } from '@burnline/queries';
import { openStore, type Store } from '@burnline/runtime';
import { runCli, runCliJson } from '../../support/burnline-cli.ts';
import {
  SPECS,
  START_MS,
  judge,
  recordedEvents,
  sumsOf,
  type Judged,
  type RecordedEvent,
} from './recorded-events.ts';

const recorded = recordedEvents();
export const { events } = recorded;
export const judged = events.flatMap(judge);

export const HOUR_MS = 3_600_000;
/** All of the history, and a quarter of an hour in which much went wrong. */
export const WHOLE_RANGE = { fromMs: START_MS - HOUR_MS, toMs: events.at(-1)!.atMs + HOUR_MS };
export const BAD_RANGE = { fromMs: START_MS + 27 * HOUR_MS, toMs: START_MS + 27.25 * HOUR_MS };

export interface ReplayedHistory {
  /** As the read-only analyst. */
  readonly store: Store;
  readonly stream: string;
  /** By which a command reads the same. */
  readonly env: Readonly<Record<string, string>>;
  /** What `burnline status` said of it. */
  readonly told: readonly SeriesStatus[];
  /** And how the tiers of each of them burn, in the same order. */
  readonly toldTiers: readonly ToldTiers[];
  close(): Promise<void>;
}

type ToldTiers = readonly { readonly tier: string; readonly word: string }[];
type ToldSeries = SeriesStatus & { readonly forecast: unknown; readonly tiers: ToldTiers };

function withoutForecast({ forecast, tiers, ...status }: ToldSeries): SeriesStatus {
  // What is a part of a composite pages nobody by itself.
  const isPart = status.slo.includes('/');
  if (tiers.length === 0 && !isPart) throw new Error(`${status.slo} was told without tiers`);
  if (forecast === undefined) throw new Error(`${status.slo} was told without a forecast`);
  return status;
}

/** The recorded events, replayed by the command into a folder that is removed at the end. */
export async function replayHistory(wanted = SPECS): Promise<ReplayedHistory> {
  const root = await mkdtemp(path.join(tmpdir(), 'burnline-questions-'));
  const [file, specs, dataDir] = ['events.ndjson', 'slos.yaml', 'data'].map((name) => path.join(root, name));
  await writeFile(file!, recorded.lines.join('\n'));
  await writeFile(specs!, wanted);
  const replayed = await runCli(['replay', file!, '--specs', specs!, '--data-dir', dataDir!]);
  if (replayed.exitCode !== 0) throw new Error(replayed.stderr);
  // Of a day before the first event: it changes nothing.
  const adjusted = await runCli([
    ...['adjust', 'add', '--data-dir', dataDir!, '--all', '--reason', 'moved the database'],
    ...['--from', '2026-05-10', '--to', '2026-05-11', '--author', 'ann'],
  ]);
  if (adjusted.exitCode !== 0) throw new Error(adjusted.stderr);
  const { series } = await runCliJson<{ series: ToldSeries[] }>(['status', '--data-dir', dataDir!]);
  const governed = [
    ['override', 'add', '--service', 'chat', '--change', 'feature', '--for', '1', '--reason', 'contract'],
    ['gate', '--service', 'chat', '--change', 'feature', '--stream', series[0]!.stream],
  ];
  for (const command of governed) {
    const { exitCode, stderr } = await runCli([...command, '--data-dir', dataDir!]);
    if (exitCode === 1 || exitCode === 2) throw new Error(stderr);
  }
  const engine = await startEngine({
    dataDirectory: path.join(dataDir!, 'clickhouse'),
    port: 0,
    users: [{ name: 'analyst', password: '', role: 'analyst' }],
  });
  const store = openStore({ url: engine.url, user: 'analyst', password: '', database: 'burnline' });
  return {
    store,
    stream: series[0]!.stream,
    env: { CLICKHOUSE_URL: engine.url, CLICKHOUSE_USER: 'analyst', CLICKHOUSE_PASSWORD: '' },
    told: series.map((one) => withoutForecast(one)),
    toldTiers: series.map(({ tiers }) => tiers),
    async close() {
      await store.close();
      await engine.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

type SeriesName = Pick<Judged, 'slo' | 'labels'>;
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export const keyOf = ({ slo, labels }: SeriesName): string =>
  slo + JSON.stringify(Object.entries(labels).sort());

const bySeries = new Map<string, Judged[]>();
for (const one of judged) bySeries.set(keyOf(one), [...(bySeries.get(keyOf(one)) ?? []), one]);

/** Every series that the file has, by hand. */
export const ALL_SERIES: readonly SeriesName[] = [...bySeries.values()].map(([one]) => ({
  slo: one!.slo,
  labels: one!.labels,
}));

export const within =
  ({ fromMs, toMs }: Range) =>
  (event: RecordedEvent): boolean =>
    event.atMs >= fromMs && event.atMs < toMs;

export const judgedOf = (series: SeriesName, range: Range): readonly Judged[] =>
  bySeries.get(keyOf(series))!.filter((one) => within(range)(one.event));

/** What a series counted in a range, in thousandths. */
export const recount = (series: SeriesName, range: Range): ReturnType<typeof sumsOf> =>
  sumsOf(judgedOf(series, range));
