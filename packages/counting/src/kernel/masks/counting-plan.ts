import { isGoodSum, type HistogramPlan, type NumberHistogram } from '@burnline/core';
import { NO_BUCKET } from '../../counting/odd-buckets.ts';
import { bucketOf } from '../../counting/value-buckets.ts';
import { categoryReader, type ReadBucket } from '../category-reader.ts';
import { COLUMN_LENGTH, referenceColumn, type ColumnTable } from '../columns.ts';
import type { PlacedSli } from '../generate-count.ts';
import type { GroupSource, GroupSources } from '../group-columns.ts';
import { ALL_AT } from './mask-plan.ts';

export interface NumberColumns {
  readonly numbers: Float64Array;
  readonly ids: Int32Array;
}

/** What is summed; `offset` is null for what has no numbers. */
export interface Summed {
  readonly offset: number | null;
  readonly isNullable: boolean;
  /** Over good events alone. */
  readonly isOfGood: boolean;
}

/** The buckets of events, for all histograms that are kept alike. */
export interface Buckets {
  readonly bucketAt: ReadBucket;
  /** By event. */
  readonly ofEvents: Int32Array;
}

export interface Groups {
  readonly source: GroupSource;
  /** By event. */
  readonly ofEvents: Int32Array;
}

/** An SLI, and the first words of its predicates' planes. */
export interface PlanedSli {
  readonly sliIndex: number;
  readonly scopeAt: number;
  readonly totalAt: number;
  readonly verdictAt: number;
  readonly isGood: boolean;
  readonly summed: readonly Summed[];
  readonly buckets: Buckets | null;
  readonly groups: Groups | null;
}

/** Gives SLIs that ask for the same buckets or groups the same ones. */
export class CountingPlan {
  readonly #columns: ColumnTable;
  readonly #sources: GroupSources;
  readonly #buckets = new Map<string, Buckets>();
  readonly #groups = new Map<GroupSource, Groups>();

  constructor(columns: ColumnTable, sources: GroupSources) {
    this.#columns = columns;
    this.#sources = sources;
  }

  get buckets(): readonly Buckets[] {
    return [...this.#buckets.values()];
  }

  get groups(): readonly Groups[] {
    return [...this.#groups.values()];
  }

  planed({ sli, scope, total, verdict }: PlacedSli, sliIndex: number, places: readonly number[]): PlanedSli {
    const at = (predicate: number | null): number =>
      predicate === null ? ALL_AT : (places[predicate] ?? ALL_AT);
    return {
      sliIndex,
      scopeAt: at(scope),
      totalAt: at(total),
      verdictAt: at(verdict),
      isGood: sli.verdict.kind === 'good',
      summed: sli.sums.map((sum) => this.#summedOf(sum)),
      buckets: sli.histogram === null ? null : this.#bucketsOf(sli.histogram),
      groups: sli.groupBy.dimensions.length === 0 ? null : this.#groupsOf(sli.groupBy.dimensions),
    };
  }

  #summedOf(sum: string): Summed {
    const { offset, isNullable } = this.#columns.summedColumn(sum) ?? { offset: null, isNullable: false };
    return { offset, isNullable, isOfGood: isGoodSum(sum) };
  }

  #bucketsOf(histogram: HistogramPlan): Buckets | null {
    const name = JSON.stringify(histogram);
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const bucketAt =
      'categoryOf' in histogram ? categoryReader(this.#columns, histogram) : this.#numberBuckets(histogram);
    if (bucketAt === null) return null;
    const buckets = { bucketAt, ofEvents: new Int32Array(COLUMN_LENGTH) };
    this.#buckets.set(name, buckets);
    return buckets;
  }

  #numberBuckets({ field, scale }: NumberHistogram): ReadBucket | null {
    if (!this.#columns.isNumeric(field)) return null;
    const { offset, isNullable } = referenceColumn(this.#columns, field);
    return (index, numbers, ids) =>
      isNullable && ids[offset + index] === 0 ? NO_BUCKET : bucketOf(numbers[offset + index] ?? 0, scale);
  }

  #groupsOf(dimensions: readonly string[]): Groups {
    const source = this.#sources.sourceOf(dimensions);
    const known = this.#groups.get(source);
    if (known !== undefined) return known;
    const groups = { source, ofEvents: new Int32Array(COLUMN_LENGTH) };
    this.#groups.set(source, groups);
    return groups;
  }
}
