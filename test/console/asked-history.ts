import { serveConsole } from '@burnline/console';
import { createLogger } from '@burnline/runtime';
import {
  keyOf,
  replayHistory,
  type ALL_SERIES,
  type ReplayedHistory,
} from '../integrity/questions/replayed-history.ts';
import { Asking } from './asking.ts';

export interface Row {
  readonly id: string;
  readonly slo: string;
  readonly series: string;
  readonly labels: Record<string, string>;
  readonly good: number;
  readonly bad: number;
  readonly total: number;
  readonly state: string;
  readonly targetRatio: number;
  readonly sliRatio: number;
  readonly alert: { readonly tier: string; readonly severity: string; readonly id: string } | null;
  readonly burn: { readonly word: string; readonly tier: string };
  readonly budget: { readonly remainingRatio: number; readonly remainingEvents: number };
}

export interface Overview {
  readonly rows: readonly Row[];
  readonly total: number;
  readonly next: string | null;
  readonly counts: { readonly state: Record<string, number>; readonly firing: number };
}

/** The replayed history of a file, and the console over it. */
export interface AskedHistory {
  readonly history: ReplayedHistory;
  readonly ask: Asking;
  readonly rows: readonly Row[];
  rowOf(series: (typeof ALL_SERIES)[number]): Row;
  close(): Promise<void>;
}

export async function askHistory(): Promise<AskedHistory> {
  const history = await replayHistory();
  const logger = createLogger({ name: 'console', level: 'warn' });
  const server = await serveConsole({ store: history.store, logger, host: '127.0.0.1', port: 0 });
  const ask = await Asking.open(server.url);
  const { rows } = (await ask.get<Overview>('/overview')).body;
  return {
    ...{ history, ask, rows },
    rowOf: (series) => rows.find((row) => keyOf(row) === keyOf(series))!,
    async close() {
      await server.close();
      await history.close();
    },
  };
}

export const seriesPath = (row: Row): string => `/slos/${encodeURIComponent(row.slo)}/series/${row.series}`;
