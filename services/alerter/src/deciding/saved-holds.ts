import { dateTime64OfMs, shardOf, type Store } from '@burnline/runtime';
import type { AlertBook, WaitingAlert } from './alert-book.ts';
import { readLatestRows, type StreamEvaluation } from './burn-rows.ts';
import type { JudgedSlos } from './judged-slos.ts';

type Shard = Pick<StreamEvaluation, 'stream' | 'shard'>;

interface HoldRow {
  readonly alert_key: string;
  readonly slo: string;
  readonly series_text: string;
  readonly tier: string;
  readonly phase: 'pending' | 'clearing' | 'none';
  readonly since_ms: number;
  readonly deadline_ms: number;
}

/**
 * Which alerts wait for their hold, kept in the database beside the progress: no decision says so, and evaluating the
 * longest hold of all series again would take a start minutes. Holds one entry per waiting alert of the shards held here.
 */
export class SavedHolds {
  readonly #store: Store;
  readonly #slos: JudgedSlos;
  readonly #shardCount: number;
  /** By stream and shard: what the table says, by alert. */
  readonly #saved = new Map<string, Map<string, WaitingAlert>>();

  constructor(parts: { readonly store: Store; readonly slos: JudgedSlos }, shardCount: number) {
    this.#store = parts.store;
    this.#slos = parts.slos;
    this.#shardCount = shardCount;
  }

  /** What waited when a shard was last judged is in the book afterwards, and nothing else of the shard waits there. */
  async restore(book: AlertBook, shard: Shard, decidedThroughMs: number): Promise<void> {
    for (const { alertKey } of this.#waiting(book, shard)) book.drop(alertKey);
    const saved = await this.#read(shard, decidedThroughMs);
    for (const waiting of saved) book.goOn(waiting, decidedThroughMs);
    this.#saved.set(keyOf(shard), new Map(saved.map((waiting) => [waiting.alertKey, waiting])));
  }

  /** Writes what has changed since the last call; before the progress that it belongs to. */
  async save(book: AlertBook, shard: Shard, decidedThroughMs: number): Promise<void> {
    const saved = this.#saved.get(keyOf(shard)) ?? new Map<string, WaitingAlert>();
    const now = new Map(this.#waiting(book, shard).map((waiting) => [waiting.alertKey, waiting]));
    const changed = [...now.values()].filter((waiting) => !isSame(waiting, saved.get(waiting.alertKey)));
    const over = [...saved.values()].filter(({ alertKey }) => !now.has(alertKey));
    const decided_through = Math.floor(decidedThroughMs / 1_000);
    const rowOf = (waiting: WaitingAlert, phase: HoldRow['phase']): object => ({
      stream: shard.stream,
      alert_key: waiting.alertKey,
      decided_through,
      slo: waiting.held.row.slo,
      series: waiting.held.row.series,
      tier: waiting.held.tier.name,
      phase,
      since: dateTime64OfMs(waiting.since),
      deadline: dateTime64OfMs(waiting.deadline),
    });
    await this.#store.insertRows('alert_holds', [
      ...changed.map((waiting) => rowOf(waiting, waiting.phase)),
      ...over.map((waiting) => rowOf(waiting, 'none')),
    ]);
    this.#saved.set(keyOf(shard), now);
  }

  #waiting(book: AlertBook, { stream, shard }: Shard): readonly WaitingAlert[] {
    return book.waiting(stream).filter(({ held }) => this.#isOf(shard, held.row.slo));
  }

  #isOf(shard: number, slo: string): boolean {
    return shardOf(slo, this.#shardCount) === shard;
  }

  async #read({ stream, shard }: Shard, decidedThroughMs: number): Promise<readonly WaitingAlert[]> {
    const rows = await this.#store.query<HoldRow>(
      `SELECT alert_key, slo, toString(series) AS series_text, tier, phase,
              toUnixTimestamp64Milli(since) AS since_ms, toUnixTimestamp64Milli(deadline) AS deadline_ms
       FROM (SELECT * FROM alert_holds FINAL
             WHERE stream = {stream:String} AND decided_through <= fromUnixTimestamp({through:UInt32})
             ORDER BY decided_through DESC LIMIT 1 BY alert_key)
       WHERE phase != 'none'`,
      { stream, through: Math.floor(decidedThroughMs / 1_000) },
    );
    const holds = rows.filter(({ slo }) => this.#isOf(shard, slo));
    const series = holds.map((hold) => ({ slo: hold.slo, series: hold.series_text }));
    const latest = await readLatestRows(this.#store, { stream, series, atMs: decidedThroughMs });
    const rowsOf = new Map(latest.map((row) => [`${row.slo}|${row.series}`, row]));
    return holds.flatMap((hold) => {
      const row = rowsOf.get(`${hold.slo}|${hold.series_text}`);
      const plan = row === undefined ? null : this.#slos.planOf(row.slo, row.specRev);
      const tier = plan?.tiers.find(({ name }) => name === hold.tier);
      if (row === undefined || plan === null || tier === undefined || hold.phase === 'none') return [];
      const { alert_key: alertKey, phase, since_ms: since, deadline_ms: deadline } = hold;
      return [{ alertKey, held: { stream, plan, tier, row }, phase, since, deadline }];
    });
  }
}

function isSame(left: WaitingAlert, right: WaitingAlert | undefined): boolean {
  return right?.phase === left.phase && right.since === left.since && right.deadline === left.deadline;
}

function keyOf({ stream, shard }: Shard): string {
  return `${stream}|${shard}`;
}
