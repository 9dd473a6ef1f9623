import { encodeSpecMark, type SchemaSource } from '@burnline/contracts';
import { isAppError, type SloPlan } from '@burnline/core';
import {
  readCommitMetadata,
  type Clock,
  type EventLog,
  type Logger,
  type Store,
  type StreamEpoch,
} from '@burnline/runtime';
import { recordSlos } from './slo-registry.ts';
import { JudgedSpecs } from './judged-specs.ts';
import { RolloutTables, type SpecBeginRow } from './rollout-tables.ts';
import { processorGroupOf, type SpecCatalog } from '@burnline/counting';

/** A backfill that was refused is tried again after so long: raw rows may have come or gone by then. */
const REFUSED_PAUSE_MS = 60_000;

export interface RolloutParts {
  readonly store: Store;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly schemas: SchemaSource;
  readonly catalog: SpecCatalog;
  /** Writes what a revision would have counted before it began, durably; may be called again for the same job. */
  readonly backfill: (job: BackfillJob, signal: AbortSignal) => Promise<void>;
}

export interface RolloutStream {
  readonly name: string;
  readonly kind: 'live' | 'replay';
  /** Epochs of the topics that carry events and verdicts. */
  readonly epochs: readonly StreamEpoch[];
}

export interface BackfillJob {
  readonly stream: RolloutStream;
  readonly plan: SloPlan;
  /** Where the revision begins, in every partition of every epoch. */
  readonly begins: readonly SpecBeginRow[];
}

/**
 * Brings a set of SLOs to one stream: announces their revisions in the log, waits until every partition has begun them,
 * backfills what lies before, and only then makes them the ones that are judged; what they replace ends last. So nothing
 * partial is ever judged, and at each moment one revision of an SLO is.
 *
 * Every step may be repeated, after a crash or by another process: the first announcement counts.
 */
export class SpecRollout {
  readonly #parts: RolloutParts;
  readonly #stream: RolloutStream;
  readonly #tables: RolloutTables;
  /** Revisions as they are named in this stream. */
  #wanted: readonly SloPlan[] = [];
  readonly #judged: JudgedSpecs;
  #proposed: readonly SloPlan[] | null = null;
  #isSettled = false;
  #pausedUntilMs = 0;

  constructor(parts: RolloutParts, stream: RolloutStream) {
    this.#parts = parts;
    this.#stream = stream;
    this.#tables = new RolloutTables(parts.store, stream.name);
    this.#judged = new JudgedSpecs(parts, stream.name);
  }

  /** SLOs that are judged now, each by its active revision. A new list whenever it changes. */
  get judged(): readonly SloPlan[] {
    return this.#judged.judged;
  }

  /** Nothing is left to be done until the specs change. */
  get isSettled(): boolean {
    return this.#isSettled && this.#proposed === null;
  }

  /** The stream is to have these SLOs: the next `advance` announces them. */
  propose(plans: readonly SloPlan[]): void {
    this.#proposed = plans;
  }

  /**
   * Takes over a set of SLOs: all that the stream is to have. Their announcements are in the log when it resolves. To be
   * called before anything else is appended to a new stream, whose SLOs are then judged from its first event on.
   */
  async announce(plans: readonly SloPlan[]): Promise<void> {
    const ended = await this.#tables.ended();
    const wanted = plans.map((plan) => named(plan, ended));
    await this.#parts.catalog.record(wanted.map((plan) => plan.sli));
    await recordSlos(this.#parts.store, wanted, this.#parts.clock.nowMs());
    this.#wanted = wanted;
    this.#judged.want(wanted);
    this.#isSettled = false;
    const begun = await this.#begunEverywhere();
    const missing = wanted.map((plan) => plan.sli.specRev).filter((revision) => !begun.has(revision));
    const isAtStart = await this.#mark({ begun: missing, ended: [] });
    if (isAtStart) await this.#activateAll(wanted);
    await this.#judged.refresh();
  }

  /** Does what can be done now; false while it waits for others or nothing is left. */
  async advance(signal: AbortSignal): Promise<boolean> {
    if (this.#proposed !== null) {
      const proposed = this.#proposed;
      await this.announce(proposed);
      if (this.#proposed === proposed) this.#proposed = null;
    }
    if (this.#isSettled || this.#parts.clock.monotonicMs() < this.#pausedUntilMs) return false;
    const active = await this.#tables.active();
    const pending = this.#wanted.filter((plan) => active.get(plan.slo) !== plan.sli.specRev);
    if (pending.length > 0 && !(await this.#bringIn(pending, signal))) return false;
    const wanted = new Set(this.#wanted.map((plan) => plan.slo));
    const gone = [...active.keys()].filter((slo) => !wanted.has(slo));
    await this.#tables.activate(
      gone.map((slo) => ({ slo, revision: '' })),
      this.#parts.clock.nowMs(),
    );
    await this.#judged.refresh();
    await this.#endOthers();
    this.#isSettled = true;
    return true;
  }

  /** Makes revisions the ones that are judged, those that need no backfill together; false where one has to wait. */
  async #bringIn(pending: readonly SloPlan[], signal: AbortSignal): Promise<boolean> {
    const begins = byRevision(await this.#begins());
    const keptThrough = await this.#tables.keptThrough();
    let ready: SloPlan[] = [];
    for (const plan of pending) {
      const places = begins.get(plan.sli.specRev) ?? [];
      if (!this.#isComplete(places, keptThrough)) {
        await this.#activateAll(ready);
        return false;
      }
      ready.push(plan);
      if (places.every((begin) => this.#isStart(begin))) continue;
      await this.#activateAll(ready.slice(0, -1));
      if (!(await this.#backfill({ plan, begins: places }, signal))) return false;
      await this.#activateAll([plan]);
      ready = [];
    }
    await this.#activateAll(ready);
    return true;
  }

  /** False if it was refused: it is tried again later, and what is judged meanwhile goes on. */
  async #backfill(job: Omit<BackfillJob, 'stream'>, signal: AbortSignal): Promise<boolean> {
    const { backfill, clock, logger } = this.#parts;
    const fields = { slo: job.plan.slo, stream: this.#stream.name };
    logger.info(fields, 'backfilling from raw rows');
    try {
      await backfill({ ...job, stream: this.#stream }, signal);
      return true;
    } catch (error) {
      const isRefused = isAppError(error) && error.code.startsWith('BACKFILL_') && !signal.aborted;
      if (!isRefused) throw error;
      logger.error({ ...fields, code: error.code, reason: error.message }, 'the backfill failed');
      this.#pausedUntilMs = clock.monotonicMs() + REFUSED_PAUSE_MS;
      return false;
    }
  }

  async #activateAll(plans: readonly SloPlan[]): Promise<void> {
    if (plans.length === 0) return;
    const { clock, logger } = this.#parts;
    const active = await this.#tables.active();
    const others = plans.filter(({ slo, sli }) => active.get(slo) !== sli.specRev);
    const activations = others.map(({ slo, sli }) => ({ slo, revision: sli.specRev }));
    await this.#tables.activate(activations, clock.nowMs());
    const [first] = plans;
    const whose = plans.length === 1 ? { slo: first?.slo } : { slos: plans.length };
    logger.info({ ...whose, stream: this.#stream.name }, 'the revision is judged now');
  }

  /** Whether every partition has begun a revision, and the sink has kept all that lies before. */
  #isComplete(begins: readonly SpecBeginRow[], keptThrough: ReadonlyMap<string, number>): boolean {
    if (begins.length < this.#partitionCount) return false;
    return begins.every(
      (begin) =>
        this.#isStart(begin) ||
        (keptThrough.get(`${begin.streamEpoch}/${begin.partition}`) ?? 0) >= begin.offset,
    );
  }

  /** Ends what is counted and neither wanted nor judged. The end is recorded first: a name never begins twice. */
  async #endOthers(): Promise<void> {
    const kept = new Set(this.#wanted.map((plan) => plan.sli.specRev));
    const begun = new Set((await this.#begins()).map((begin) => begin.revision));
    const recorded = await this.#tables.ended();
    const over = [...begun].filter((revision) => !kept.has(revision));
    await this.#tables.recordEnds(over.filter((revision) => !recorded.has(revision)));
    const counted = await this.#countedNow();
    const ended = over.filter((revision) => !recorded.has(revision) || counted.has(revision));
    await this.#mark({ begun: [], ended });
  }

  /** Revisions that some processor's last commit still counts: an end that was recorded may not have reached the log. */
  async #countedNow(): Promise<ReadonlySet<string>> {
    const { catalog, log } = this.#parts;
    const topics = this.#stream.epochs.map((epoch) => epoch.topic);
    const counted = new Set<string>();
    for (const { metadata } of await log.committed(processorGroupOf(this.#stream.name), topics)) {
      const { revisions } = await catalog.setOf(readCommitMetadata(metadata)?.specSetId ?? '');
      for (const revision of revisions) counted.add(revision);
    }
    return counted;
  }

  /** Appends one mark to every partition; true if each became the first message of its epoch. */
  async #mark(change: {
    readonly begun: readonly string[];
    readonly ended: readonly string[];
  }): Promise<boolean> {
    if (change.begun.length + change.ended.length === 0) return false;
    const { clock, log, schemas } = this.#parts;
    const isLive = this.#stream.kind === 'live';
    const markedAt = isLive ? clock.nowMs() * 1_000 : 0;
    const value = encodeSpecMark(
      { marked_at: markedAt, begun_specs: change.begun, ended_specs: change.ended },
      schemas,
    );
    // In a replay the log's time is the data's: an announcement must not move it.
    const message = isLive ? { value } : { value, timestampMs: 0 };
    const places = this.#stream.epochs.flatMap((epoch) =>
      epoch.startOffsets.map((start, partition) => ({ topic: epoch.topic, partition, start })),
    );
    const offsets = await log.append(
      places.map(({ topic, partition }) => ({ topic, partition, messages: [message] })),
    );
    return places.every(({ start }, index) => offsets[index] === start);
  }

  async #begunEverywhere(): Promise<ReadonlySet<string>> {
    const counts = new Map<string, number>();
    for (const { revision } of await this.#begins()) counts.set(revision, (counts.get(revision) ?? 0) + 1);
    return new Set([...counts].flatMap(([name, count]) => (count >= this.#partitionCount ? [name] : [])));
  }

  #begins(): Promise<readonly SpecBeginRow[]> {
    return this.#tables.begins(this.#stream.epochs.map(({ epoch }) => epoch));
  }

  #isStart({ streamEpoch, partition, offset }: SpecBeginRow): boolean {
    const epoch = this.#stream.epochs.find((one) => one.epoch === streamEpoch);
    return epoch?.startOffsets[partition] === offset;
  }

  get #partitionCount(): number {
    return this.#stream.epochs.reduce((sum, epoch) => sum + epoch.partitionCount, 0);
  }
}

function byRevision(begins: readonly SpecBeginRow[]): ReadonlyMap<string, readonly SpecBeginRow[]> {
  const places = new Map<string, SpecBeginRow[]>();
  for (const begin of begins) {
    const known = places.get(begin.revision);
    if (known === undefined) places.set(begin.revision, [begin]);
    else known.push(begin);
  }
  return places;
}

/** A plan under the name that its revision has in a stream: the hash, or where that was ended, the hash and a number. */
function named(plan: SloPlan, ended: ReadonlySet<string>): SloPlan {
  const base = plan.sli.specRev;
  let name = base;
  for (let number = 2; ended.has(name); number += 1) name = `${base}.${number}`;
  return name === base ? plan : { ...plan, sli: { ...plan.sli, specRev: name } };
}
