import {
  readCountedStatus,
  readOpenAlerts,
  readSloFacts,
  readStreamProgress,
  readWaitingRevisions,
  type CountedStatus,
  type OpenAlert,
  type SeriesStatus,
  type SloFacts,
  type StreamProgress,
} from '@burnline/queries';
import { seriesKeyOf } from '@burnline/reading';
import { mapInTurns, type Clock, type Logger, type Store } from '@burnline/runtime';
import { momentOutside } from './moment.ts';
import { BACKFILLING, MEASURES_NOTHING } from './causes.ts';
import { GivenPlansReader, type GivenPlans } from './given-plans.ts';
import { KeptAnswers } from './kept-answers.ts';
import { emptyRow, seriesRow, sharedRow, type JudgedRow } from './overview-row.ts';
import { mostUrgentFirst } from './row-order.ts';

/** Where everything stands, as it was read in one go. */
export interface BookPage {
  /** When the tables were read, or the moment of the history that was asked about, epoch ms. */
  readonly readAtMs: number;
  readonly progress: readonly StreamProgress[];
  /** The most urgent first. */
  readonly rows: readonly JudgedRow[];
  readonly facts: readonly SloFacts[];
  readonly plans: ReadonlyMap<string, GivenPlans>;
}

/** Figures change every few seconds: what is younger need not be read again. */
const FRESH_MS = 2_000;
/** Of many series a reading takes long: the next one waits until it has taken a fifth of the time at most. */
const READING_SHARE = 5;
const FRESH_MS_MAX = 10_000;
/** What is older is waited for; between the two the last one is told, and says when it was read, while the next is read. */
const STALE_MS = 60_000;
const STALE_READINGS = 3;
/**
 * Where nobody asks it is read anew all the same, so that whoever opens a page has it at once: so often, and where a reading takes long
 * a twentieth of the time at most, as long as that is before it would be waited for; never more than half of it.
 */
const BEAT_MS = 15_000;
const BEAT_SHARE = 20;
const beatOf = (tookMs: number): number =>
  Math.max(BEAT_MS, 2 * tookMs, Math.min(BEAT_SHARE * tookMs, STALE_MS - 2 * tookMs));
/** A page about a moment asks several questions, and each needs all that stood then. */
const MOMENTS_MAX = 2;
/** What stood at a moment changes only where a history is judged anew; and of the last hour something may still be to be judged. */
const MOMENT_KEPT_MS = 30_000;
const RECENT_MS = 3_600_000;

/** Every series and how it stands: read anew when somebody asks and what was read before is no longer fresh, and now and then. */
export class JudgedBook {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #plans: GivenPlansReader;
  readonly #moments = new KeptAnswers<BookPage>(MOMENTS_MAX);
  #page: BookPage | null = null;
  #tookMs = 0;
  #reading: Promise<BookPage> | null = null;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#plans = new GivenPlansReader(store);
  }

  /**
   * Where everything stood at a moment, as it was known 30 s ago at most (2 s, of the last hour), read by a store with the limits of whoever asks first; without a moment,
   * where it stands.
   */
  at(asOfMs: number | undefined, store: Store): Promise<BookPage> {
    if (asOfMs === undefined) return this.page();
    const nowMs = this.#clock.nowMs();
    const keptMs = nowMs - asOfMs < RECENT_MS ? FRESH_MS : MOMENT_KEPT_MS;
    return this.#moments.of(this, `${asOfMs} ${Math.floor(nowMs / keptMs)}`, () =>
      readBookAt(store, { asOfMs, plans: this.#plans, nowMs }),
    );
  }

  /** At most a minute old, or as many ms as are given; where a reading takes long, three of them. Rejects with what the database rejects with. */
  async page({ staleMs = STALE_MS }: { readonly staleMs?: number } = {}): Promise<BookPage> {
    const page = this.#page;
    const ageMs = page === null ? Infinity : this.#clock.nowMs() - page.readAtMs;
    // Whoever waited for each reading would find it too old once it is there.
    const waitedMs = Math.max(staleMs, STALE_READINGS * this.#tookMs);
    const freshMs = Math.min(FRESH_MS_MAX, Math.max(FRESH_MS, READING_SHARE * this.#tookMs));
    if (page !== null && ageMs < Math.min(freshMs, staleMs)) return page;
    const reading = this.#readOnce();
    if (page === null || ageMs >= waitedMs) return reading;
    // Whoever waits for the next one is told how it fails; here the last one still holds.
    reading.catch(() => undefined);
    return page;
  }

  /** Reads at once, and again and again, until the signal is aborted. Never rejects. */
  async keep(logger: Logger, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ageMs = this.#page === null ? Infinity : this.#clock.nowMs() - this.#page.readAtMs;
      const beatMs = beatOf(this.#tookMs);
      if (ageMs < beatMs) await this.#clock.sleep(beatMs - ageMs, signal);
      else
        try {
          await this.#readOnce();
        } catch (error) {
          // Whoever asks is told; the next beat may find the database back.
          logger.debug({ error: String(error) }, 'could not read where everything stands');
          await this.#clock.sleep(BEAT_MS, signal);
        }
    }
  }

  #readOnce(): Promise<BookPage> {
    const readAtMs = this.#clock.nowMs();
    this.#reading ??= readBook(this.#store, { readAtMs, plans: this.#plans })
      .then((page) => {
        this.#tookMs = this.#clock.nowMs() - readAtMs;
        return (this.#page = page);
      })
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }
}

async function readBook(
  store: Store,
  { readAtMs, plans: reader }: { readonly readAtMs: number; readonly plans: GivenPlansReader },
): Promise<BookPage> {
  const [progress, facts, plans, waiting, figures] = await Promise.all([
    readStreamProgress(store),
    readSloFacts(store, { asOfMs: null }),
    reader.read(),
    readWaitingRevisions(store),
    readFigures(store, null),
  ]);
  const live = liveStreams(progress);
  const standing = standingFacts(facts, live);
  const rows = await judgedRows(figures, { facts: standing, plans });
  const empty = emptyRows({
    ...{ facts: standing.filter(({ stream }) => live.has(stream)), plans, rows },
    waiting: new Set(waiting.map(nameOf)),
  });
  return { readAtMs, progress, facts, plans, rows: mostUrgentFirst([...rows, ...empty]) };
}

/**
 * The same of a moment, by the questions that `burnline status --as-of` asks: what had no series then is not there. Throws
 * CONSOLE_MOMENT_OUTSIDE where nothing was judged yet, or is to come.
 */
async function readBookAt(
  store: Store,
  {
    asOfMs,
    nowMs,
    plans: reader,
  }: { readonly asOfMs: number; readonly nowMs: number; readonly plans: GivenPlansReader },
): Promise<BookPage> {
  if (asOfMs > nowMs) throw await momentOutside(store, { asOfMs, nowMs });
  const [progress, facts, plans, figures] = await Promise.all([
    readStreamProgress(store, { asOfMs }),
    readSloFacts(store, { asOfMs }),
    reader.read(),
    readFigures(store, asOfMs),
  ]);
  if (figures.status.length === 0) throw await momentOutside(store, { asOfMs, nowMs });
  const rows = await judgedRows(figures, { facts: standingFacts(facts, liveStreams(progress)), plans });
  return {
    readAtMs: asOfMs,
    progress: knownBySeries(progress, figures.status),
    facts,
    plans,
    rows: mostUrgentFirst(rows),
  };
}

/** Progress is kept for the end of hours in the long run: of a moment before the first of them the series tell how far, and how complete. */
function knownBySeries(
  progress: readonly StreamProgress[],
  status: readonly SeriesStatus[],
): readonly StreamProgress[] {
  return progress.map((one) => {
    const own = status.filter(({ stream }) => stream === one.stream);
    if (one.evaluatedThroughMs !== null || own.length === 0) return one;
    return {
      ...one,
      evaluatedThroughMs: Math.max(...own.map(({ evaluatedAtMs }) => evaluatedAtMs)),
      coverage: Math.min(...own.map(({ coverage }) => coverage)),
    };
  });
}

interface Figures {
  readonly status: readonly CountedStatus[];
  readonly open: readonly OpenAlert[];
}

async function readFigures(store: Store, asOfMs: number | null): Promise<Figures> {
  const [status, open] = await Promise.all([
    readCountedStatus(store, { asOfMs, stream: null }),
    readOpenAlerts(store, { asOfMs }),
  ]);
  return { status, open };
}

const liveStreams = (progress: readonly StreamProgress[]): ReadonlySet<string> =>
  new Set(progress.filter(({ clock }) => clock === 'live').map(({ stream }) => stream));

/** What was removed from a live stream is judged no more: its last figures would stand, and burn, for ever. */
const standingFacts = (facts: readonly SloFacts[], live: ReadonlySet<string>): readonly SloFacts[] =>
  facts.filter((one) => one.isActive || !live.has(one.stream));

async function judgedRows(
  { status, open }: Figures,
  { facts, plans }: Pick<BookPage, 'facts' | 'plans'>,
): Promise<readonly JudgedRow[]> {
  const partsOf = new Map(
    facts.map((one) => [
      nameOf(one),
      { facts: one, shared: sharedRow({ facts: one, plans: plans.get(one.stream) }) },
    ]),
  );
  const alerts = mostUrgent(open);
  const rows = await mapInTurns(status, (one) => {
    const own = partsOf.get(nameOf(one));
    const alert = alerts.size === 0 ? undefined : alerts.get(seriesKeyOf(one));
    return own === undefined ? null : seriesRow(one, { facts: own.facts, shared: own.shared, alert });
  });
  return rows.filter((row) => row !== null);
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
