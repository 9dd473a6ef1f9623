import { dateTime64OfMs, type Store } from '@burnline/runtime';

/** One partition of one epoch in which a revision begins. */
export interface SpecBeginRow {
  readonly streamEpoch: string;
  readonly partition: number;
  readonly revision: string;
  /** First offset that the revision counts. */
  readonly offset: number;
}

/** A revision that an SLO is judged by. */
interface Activation {
  readonly slo: string;
  readonly revision: string;
}

/** What the database knows of the spec revisions of one stream. */
export class RolloutTables {
  readonly #store: Store;
  readonly #stream: string;
  /** Of all activations that this process has read or written, epoch ms. */
  #latestActivationMs = 0;

  constructor(store: Store, stream: string) {
    this.#store = store;
    this.#stream = stream;
  }

  /** Which revision of each SLO is judged; none for an SLO that is gone. */
  async active(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#store.query<{ slo: string; revision: string; activated_ms: number }>(
      `SELECT slo, argMax(spec_rev, activated_at) AS revision, toUnixTimestamp64Milli(max(activated_at)) AS activated_ms
       FROM active_specs WHERE stream = {stream:String} GROUP BY slo`,
      { stream: this.#stream },
    );
    for (const row of rows) this.#latestActivationMs = Math.max(this.#latestActivationMs, row.activated_ms);
    const isThere = (row: { readonly revision: string }): boolean => row.revision !== '';
    return new Map(rows.filter(isThere).map((row) => [row.slo, row.revision]));
  }

  /** Revisions that were ended; their names are used up. */
  async ended(): Promise<ReadonlySet<string>> {
    const rows = await this.#store.query<{ readonly spec_rev: string }>(
      'SELECT DISTINCT spec_rev FROM spec_ends WHERE stream = {stream:String}',
      { stream: this.#stream },
    );
    return new Set(rows.map((row) => row.spec_rev));
  }

  /** Where revisions begin in these epochs. */
  async begins(epochs: readonly string[]): Promise<readonly SpecBeginRow[]> {
    const rows = await this.#store.query<{
      readonly stream_epoch: string;
      readonly partition: number;
      readonly spec_rev: string;
      readonly begin_offset: number;
    }>(
      `SELECT stream_epoch, partition, spec_rev, begin_offset FROM spec_begins FINAL
       WHERE stream = {stream:String} AND stream_epoch IN {epochs:Array(String)}`,
      { stream: this.#stream, epochs },
    );
    return rows.map((row) => ({
      streamEpoch: row.stream_epoch,
      partition: row.partition,
      revision: row.spec_rev,
      offset: row.begin_offset,
    }));
  }

  /** Offsets up to which the sink has kept everything, by `epoch/partition`. */
  async keptThrough(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#store.query<{ stream_epoch: string; partition: number; position: number }>(
      `SELECT stream_epoch, partition, position FROM watermarks FINAL
       WHERE consumer = 'sink' AND stream = {stream:String}`,
      { stream: this.#stream },
    );
    return new Map(rows.map((row) => [`${row.stream_epoch}/${row.partition}`, row.position]));
  }

  /**
   * From now on these revisions of their SLOs are judged; an empty one: the SLO is gone. The latest activation holds, so a
   * clock that was set back must not make this an older one than those that `active` gave.
   */
  async activate(activations: readonly Activation[], nowMs: number): Promise<void> {
    this.#latestActivationMs = Math.max(nowMs, this.#latestActivationMs + 1);
    const activatedAt = dateTime64OfMs(this.#latestActivationMs);
    await this.#store.insertRows(
      'active_specs',
      activations.map(({ slo, revision }) => ({
        stream: this.#stream,
        slo,
        spec_rev: revision,
        activated_at: activatedAt,
      })),
    );
  }

  async recordEnds(revisions: readonly string[]): Promise<void> {
    const rows = revisions.map((revision) => ({ stream: this.#stream, spec_rev: revision }));
    await this.#store.insertRows('spec_ends', rows);
  }
}
