import type { WindowCounts } from '@burnline/core';
import {
  readBudgetBurn,
  readOpenAlerts,
  readSloFacts,
  readStatus,
  readStreamProgress,
  readWaitingRevisions,
  type OpenAlert,
  type SloFacts,
  type StreamProgress,
} from '@burnline/queries';
import { seriesKeyOf, windowsBySeries } from '@burnline/reading';
import type { Clock, Store } from '@burnline/runtime';
import { BACKFILLING, MEASURES_NOTHING } from './causes.ts';
import { GivenPlansReader, type GivenPlans } from './given-plans.ts';
import { emptyRow, seriesRow, type JudgedRow } from './overview-row.ts';
import { byUrgency } from './row-order.ts';

/** Where everything stands, as it was read in one go. */
export interface BookPage {
  /** When the tables were read, epoch ms. */
  readonly readAtMs: number;
  readonly progress: readonly StreamProgress[];
  /** The most urgent first. */
  readonly rows: readonly JudgedRow[];
  readonly facts: readonly SloFacts[];
  readonly plans: ReadonlyMap<string, GivenPlans>;
}

/** Figures change every few seconds: what is younger need not be read again. */
const FRESH_MS = 2_000;
/** What is older is waited for; between the two the last one is told, and says when it was read, while the next is read. */
const STALE_MS = 10_000;

/** Every series and how it stands, read anew when somebody asks and what was read before is no longer fresh. */
export class JudgedBook {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #plans: GivenPlansReader;
  #page: BookPage | null = null;
  #reading: Promise<BookPage> | null = null;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#plans = new GivenPlansReader(store);
  }

  /** At most 10 s old. Rejects with what the database rejects with. */
  async page(): Promise<BookPage> {
    const page = this.#page;
    const ageMs = page === null ? Infinity : this.#clock.nowMs() - page.readAtMs;
    if (page !== null && ageMs < FRESH_MS) return page;
    const reading = this.#readOnce();
    if (page === null || ageMs >= STALE_MS) return reading;
    // Whoever waits for the next one is told how it fails; here the last one still holds.
    reading.catch(() => undefined);
    return page;
  }

  #readOnce(): Promise<BookPage> {
    this.#reading ??= this.#read()
      .then((page) => (this.#page = page))
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }

  async #read(): Promise<BookPage> {
    const store = this.#store;
    const readAtMs = this.#clock.nowMs();
    const [progress, facts, plans, waiting] = await Promise.all([
      readStreamProgress(store),
      readSloFacts(store, { asOfMs: null }),
      this.#plans.read(),
      readWaitingRevisions(store),
    ]);
    const [status, burn, open] = await Promise.all([
      readStatus(store, { asOfMs: null, stream: null }),
      readBudgetBurn(store, { asOfMs: readAtMs }),
      readOpenAlerts(store),
    ]);
    const live = new Set(progress.filter(({ clock }) => clock === 'live').map(({ stream }) => stream));
    // What was removed from a live stream is judged no more: its last figures would stand, and burn, for ever.
    const standing = facts.filter((one) => one.isActive || !live.has(one.stream));
    const factsOf = new Map(standing.map((one) => [nameOf(one), one]));
    const windows = windowsBySeries(burn);
    const alerts = mostUrgent(open);
    const rows = status.flatMap((one): readonly JudgedRow[] => {
      const own = factsOf.get(nameOf(one));
      const key = seriesKeyOf(one);
      const parts = { windows: windows.get(key) ?? new Map<number, WindowCounts>(), alert: alerts.get(key) };
      return own === undefined
        ? []
        : [seriesRow(one, { facts: own, plans: plans.get(one.stream), ...parts })];
    });
    const empty = emptyRows({
      ...{ facts: standing.filter(({ stream }) => live.has(stream)), plans, rows },
      waiting: new Set(waiting.map(nameOf)),
    });
    return { readAtMs, progress, facts, plans, rows: [...rows, ...empty].sort(byUrgency) };
  }
}

const nameOf = ({ stream, slo }: { readonly stream: string; readonly slo: string }): string =>
  JSON.stringify([stream, slo]);

/** Of each series the one that `status` names: by severity, then the tier of the shortest window. */
function mostUrgent(open: readonly OpenAlert[]): ReadonlyMap<string, OpenAlert> {
  const found = new Map<string, OpenAlert>();
  for (const alert of open) {
    const key = seriesKeyOf(alert);
    const other = found.get(key);
    if (other === undefined || isMoreUrgent(alert, other)) found.set(key, alert);
  }
  return found;
}

const isMoreUrgent = (one: OpenAlert, other: OpenAlert): boolean =>
  one.severity === other.severity ? one.long.windowMs < other.long.windowMs : one.severity < other.severity;

/**
 * SLOs that are judged, or about to be, and have no series. Of a live stream alone: a history may well hold nothing of what an SLO is
 * about, and gets no more of it.
 */
function emptyRows({
  facts,
  plans,
  rows,
  waiting,
}: {
  readonly facts: readonly SloFacts[];
  readonly plans: ReadonlyMap<string, GivenPlans>;
  readonly rows: readonly JudgedRow[];
  readonly waiting: ReadonlySet<string>;
}): readonly JudgedRow[] {
  const seen = new Set(rows.map(({ facts: own }) => nameOf(own)));
  return facts
    .filter((one) => !seen.has(nameOf(one)))
    .map((one) =>
      emptyRow(
        { facts: one, plans: plans.get(one.stream) },
        waiting.has(nameOf(one))
          ? { state: 'backfilling', cause: BACKFILLING }
          : { state: 'measures_nothing', cause: MEASURES_NOTHING },
      ),
    );
}
