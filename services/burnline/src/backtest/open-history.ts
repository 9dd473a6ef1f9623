import { AppError, nearestWord, type SloPlan } from '@burnline/core';
import { countHistory } from '@burnline/judging';
import { readAdjustmentRows, readKeptHistory, readStreams, type KeptHistory } from '@burnline/queries';
import { EPOCH_SETTINGS, dateTime64OfMs, openStore, stopAll, type Store } from '@burnline/runtime';
import { openReadingServer } from '../commands/pipeline-access.ts';
import { askServer } from '../commands/statement.ts';
import { formatInstant } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { openScratchDatabase } from './scratch-database.ts';

/** Raw rows of a stream, where they are kept. */
export interface HistoryAccess {
  readonly store: Store;
  readonly stream: string;
  readonly kept: KeptHistory;
  readonly rowsOf: (sql: string) => Promise<Uint8Array>;
  close(): Promise<void>;
}

/** The stream that people mean where they name none. */
const LIVE = 'live';
/** A statement that counts a slice, or looks through all rows for where they end, takes longer than a page may. */
const REQUEST_TIMEOUT_MS = 600_000;

/**
 * Opens the raw rows of a stream, for reading alone: those of a running pipeline, of a data directory, or of the database that
 * CLICKHOUSE_URL names.
 *
 * @throws AppError CLI_STREAM_UNKNOWN, HISTORY_EMPTY
 */
export async function openHistory(
  given: { readonly dataDir: string; readonly stream?: string | undefined; readonly toMs: number },
  output: Output,
): Promise<HistoryAccess> {
  const server = await openReadingServer(given.dataDir, output);
  const { url, user, password, database, ca } = server;
  const store = openStore({
    ...{ url, user, password, database, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    ...(ca !== undefined && { tlsCa: Buffer.from(ca) }),
  });
  const close = (): Promise<void> =>
    stopAll(
      () => store.close(),
      () => server.close(),
    );
  try {
    const stream = streamOf(given.stream, await readStreams(store));
    const kept = await readKeptHistory(store, { stream, toMs: given.toMs });
    if (kept.firstMs === null) throw emptyHistory(stream);
    const rowsOf = (sql: string): Promise<Uint8Array> => askServer(server, sql, 'JSONCompactEachRow');
    return { store, stream, kept, rowsOf, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The stream that is named; else the live one, or the only one that there is. */
function streamOf(name: string | undefined, known: readonly string[]): string {
  const [only] = known;
  const meant = name ?? (known.length === 1 && only !== undefined ? only : LIVE);
  if (known.includes(meant)) return meant;
  const nearest = nearestWord(meant, known);
  throw new AppError(
    'CLI_STREAM_UNKNOWN',
    known.length === 0 ? 'There is no stream yet' : `No stream is named ${meant}`,
    {
      remedy:
        nearest === undefined
          ? `Name one of them with --stream: ${known.slice(0, 10).join(', ') || '`burnline up` or `burnline replay` begins one'}.`
          : `Did you mean "${nearest}"?`,
      details: { known: known.slice(0, 10) },
    },
  );
}

const emptyHistory = (stream: string): AppError =>
  new AppError('HISTORY_EMPTY', `The stream ${stream} has no raw rows`, {
    remedy: 'They are kept for 35 days after they were logged: publish events, or replay a history again.',
  });

/** A history that was counted, ready to be judged. */
export interface CountedHistory {
  readonly store: Store;
  /** Records within the scope, by SLO. */
  readonly counts: ReadonlyMap<string, number>;
  /** The first interval of log time of which something counts, epoch ms; null where nothing does. */
  readonly firstMs: number | null;
  close(): Promise<void>;
}

/** Counts the SLIs of SLOs over a history, into a database of this command's own. */
export async function countInScratch(
  { store, stream, kept, rowsOf }: HistoryAccess,
  plans: readonly SloPlan[],
  {
    output,
    signal,
    nowMs,
  }: { readonly output: Output; readonly signal: AbortSignal; readonly nowMs: number },
): Promise<CountedHistory> {
  const scratch = await output.patiently('starting a database to count in', openScratchDatabase());
  try {
    const job = {
      stream,
      slis: plans.map(({ sli }) => sli).filter(({ composite }) => composite === undefined),
      epochs: kept.epochs.map(({ epoch, endOffsets }) => ({ epoch, beginOffsets: endOffsets })),
      paneMs: EPOCH_SETTINGS.paneMs,
      intervalMs: EPOCH_SETTINGS.intervalMs,
      keptSinceMs: nowMs,
    };
    const counts = await output.withProgress({ title: 'counting raw rows', unit: 'records' }, (onProgress) =>
      countHistory({ store, rowsOf }, scratch.store, job, { signal, onProgress }),
    );
    await copyAdjustments(store, scratch.store);
    const [row] = await scratch.store.query<{ readonly first_s: number; readonly count: number }>(
      'SELECT toUnixTimestamp(min(log_interval)) AS first_s, count() AS count FROM sli_panes',
    );
    const firstMs = row === undefined || row.count === 0 ? null : row.first_s * 1_000;
    return { store: scratch.store, counts, firstMs, close: () => scratch.close() };
  } catch (error) {
    await scratch.close();
    throw error;
  }
}

/** What budgets leave out now is left out of a history that is judged again, too. */
async function copyAdjustments(from: Store, to: Store): Promise<void> {
  const inForce = (await readAdjustmentRows(from)).filter(({ revoked }) => revoked === null);
  await to.insertRows(
    'budget_adjustments',
    inForce.map(({ id, author, reason, slos, service, labels, addedAtMs, fromMs, toMs }) => ({
      ...{ id, action: 'add', author, reason, slos, service: service ?? '', labels },
      ...{ left_out_from: fromMs / 1_000, left_out_to: toMs / 1_000 },
      adjusted_at: dateTime64OfMs(addedAtMs),
    })),
  );
}

/** For messages: what the raw rows of a history span. */
export const spanText = ({ firstMs, lastMs }: KeptHistory): string =>
  `${formatInstant(firstMs ?? 0)} to ${formatInstant(lastMs ?? 0)} UTC`;
