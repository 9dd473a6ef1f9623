import { AppError, type SliPlan } from '@burnline/core';
import { specRevOf } from '@burnline/specs';
import type { Store } from '@burnline/runtime';
import { SpecSet } from './spec-set.ts';

type SpecCatalogErrorCode = 'SPEC_REVISION_UNKNOWN' | 'SPEC_REVISION_CORRUPT' | 'SPEC_SET_UNKNOWN';

/**
 * What each spec revision counts, whatever files this process was started with: a stretch of the log is counted with the
 * revisions that were announced in it. Holds one plan per revision that this process has met.
 */
export class SpecCatalog {
  readonly #store: Store;
  readonly #plans = new Map<string, SliPlan>();
  readonly #sets = new Map<string, SpecSet>([['', SpecSet.EMPTY]]);

  constructor(store: Store) {
    this.#store = store;
  }

  /** Records revisions durably; to be called before they are announced. */
  async record(slis: readonly SliPlan[]): Promise<void> {
    const rows = slis.map((sli) => ({ slo: sli.slo, spec_rev: sli.specRev, plan: JSON.stringify(sli) }));
    await this.#store.insertRows('spec_revisions', rows);
    for (const sli of slis) this.#plans.set(sli.specRev, sli);
  }

  /** Fetches revisions that this process has not met; rejects with SPEC_REVISION_UNKNOWN (halt). */
  async fetch(revisions: readonly string[]): Promise<void> {
    const missing = revisions.filter((revision) => !this.#plans.has(revision));
    if (missing.length === 0) return;
    const rows = await this.#store.query<{ readonly spec_rev: string; readonly plan: string }>(
      'SELECT spec_rev, plan FROM spec_revisions FINAL WHERE spec_rev IN {revisions:Array(String)}',
      { revisions: missing },
    );
    for (const row of rows) this.#plans.set(row.spec_rev, checkedPlan(row.spec_rev, row.plan));
    for (const revision of missing) this.planOf(revision);
  }

  /** Throws SPEC_REVISION_UNKNOWN for a revision that was neither recorded nor fetched. */
  planOf(revision: string): SliPlan {
    const plan = this.#plans.get(revision);
    if (plan !== undefined) return plan;
    throw new AppError<SpecCatalogErrorCode>(
      'SPEC_REVISION_UNKNOWN',
      `The log announces spec revision ${revision}, which is not in table spec_revisions`,
      { outcome: 'halt', remedy: 'The log and the database do not belong together; see docs/operations.md.' },
    );
  }

  /** The set that a commit names, its revisions fetched. Rejects with SPEC_SET_UNKNOWN (halt). */
  async setOf(id: string): Promise<SpecSet> {
    const known = this.#sets.get(id);
    if (known !== undefined) return known;
    const [row] = await this.#store.query<{ readonly spec_revs: readonly string[] }>(
      'SELECT spec_revs FROM spec_sets FINAL WHERE spec_set = {id:String}',
      { id },
    );
    const set = SpecSet.of(row?.spec_revs ?? []);
    if (set.id !== id) {
      throw new AppError<SpecCatalogErrorCode>(
        'SPEC_SET_UNKNOWN',
        `A commit names the spec set ${id}, which is not in table spec_sets`,
        {
          outcome: 'halt',
          remedy: 'The log and the database do not belong together; see docs/operations.md.',
        },
      );
    }
    await this.fetch(set.revisions);
    this.#sets.set(id, set);
    return set;
  }
}

/** A revision is its plan's hash, and `.2` and so on where it was ended and begun again. */
function baseRevisionOf(revision: string): string {
  return revision.split('.')[0] ?? revision;
}

/** What was written must be what the revision hashes: other counts under its name could not be told apart later. */
function checkedPlan(revision: string, text: string): SliPlan {
  const plan = JSON.parse(text) as SliPlan;
  const { specRev, ...counted } = plan;
  if (specRev === revision && specRevOf(counted) === baseRevisionOf(revision)) return plan;
  throw new AppError<SpecCatalogErrorCode>(
    'SPEC_REVISION_CORRUPT',
    `Table spec_revisions holds another plan under ${revision} than the one that it hashes`,
    {
      outcome: 'halt',
      remedy: 'Restore the table, or count with the release of Burnline that wrote the revision.',
    },
  );
}
