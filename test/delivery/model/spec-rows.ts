type Row = Readonly<Record<string, unknown>>;

/** Tables of spec revisions: what is announced, begun, active, backfilled and ended. */
export class SpecRows {
  readonly #plans = new Map<string, Row>();
  readonly #sets = new Map<string, Row>();
  readonly #begins = new Map<string, Row>();
  readonly #active = new Map<string, Row>();
  readonly ended = new Set<string>();
  readonly backfilled = new Set<string>();

  apply(table: string, row: Row): void {
    const revision = String(row['spec_rev']);
    switch (table) {
      case 'spec_revisions':
        this.#plans.set(revision, row);
        return;
      case 'spec_sets':
        this.#sets.set(String(row['spec_set']), row);
        return;
      case 'spec_begins':
        this.#begins.set([row['stream_epoch'], row['partition'], revision].join('|'), row);
        return;
      case 'spec_ends':
        this.ended.add(revision);
        return;
      case 'active_specs':
        this.#activate(row);
        return;
      case 'backfills':
        this.backfilled.add(revision);
        return;
      default:
        // Table `slos` is for people.
        return;
    }
  }

  plans(revisions: unknown): Row[] {
    const wanted = new Set(revisions as readonly string[]);
    return [...this.#plans.values()].filter((row) => wanted.has(String(row['spec_rev'])));
  }

  set(id: unknown): Row | undefined {
    return this.#sets.get(String(id));
  }

  get begins(): readonly Row[] {
    return [...this.#begins.values()];
  }

  /** By SLO, without those that are gone. */
  get active(): ReadonlyMap<string, string> {
    const rows = [...this.#active].map(([slo, row]) => [slo, String(row['spec_rev'])] as const);
    return new Map(rows.filter(([, revision]) => revision !== ''));
  }

  /** The latest of each SLO, as the engine answers. */
  get activations(): readonly Row[] {
    return [...this.#active].map(([slo, row]) => ({
      slo,
      revision: row['spec_rev'],
      activated_ms: Date.parse(`${String(row['activated_at'])}Z`),
    }));
  }

  /** As argMax: the latest by the writers' clocks, whenever it came. */
  #activate(row: Row): void {
    const slo = String(row['slo']);
    const old = this.#active.get(slo);
    if (old === undefined || String(old['activated_at']) < String(row['activated_at']))
      this.#active.set(slo, row);
  }
}
