import { createHash } from 'node:crypto';
import { OTHER_LABEL, valueReader, type Derivation, type SliPlan } from '@burnline/core';
import type { DecodedRecord } from './record.ts';

/** What stands in a label where the event has no value. */
const ABSENT_LABEL = '';

export interface SeriesIdentity {
  /** Unsigned 64-bit number as text: table columns take it as it is, doubles could not hold it. */
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The one series of an SLI without group-by. */
export const UNGROUPED: SeriesIdentity = { series: '0', labels: {} };

/** Reads the group-by values of a record; `attributes.key` and `measures.key` reach into the maps. */
export function createGroupReader(
  dimensions: readonly string[],
): (record: DecodedRecord) => readonly string[] {
  const readers = dimensions.map(valueReader);
  return (record) => readers.map((read) => labelText(read(record)));
}

function labelText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return ABSENT_LABEL;
}

/** Whether an SLI's groups are entities, which are judged together. */
export const isOfEntities = ({ derivation }: { readonly derivation?: Derivation | null }): boolean =>
  derivation?.kind === 'envelope';

/** Which table says what a series stands for: entities come by the hundred thousand, and nobody looks for one among series. */
export function namesTableOf(sli: SliPlan, labels: Readonly<Record<string, string>>): 'series' | 'entities' {
  return isOfEntities(sli) && !Object.values(labels).includes(OTHER_LABEL) ? 'entities' : 'series';
}

/** The series of what a cap left over, as text; null without group-by, where nothing is capped. */
export function otherSeriesOf(dimensions: readonly string[]): string | null {
  if (dimensions.length === 0) return null;
  return seriesIdentityOf(
    dimensions,
    dimensions.map(() => OTHER_LABEL),
  ).series;
}

/** Names a series by its labels: the first eight bytes of SHA-256 over `name=value` lines, so that SQL can name it too. */
export function seriesIdentityOf(dimensions: readonly string[], values: readonly string[]): SeriesIdentity {
  const labels = Object.fromEntries(
    dimensions.map((dimension, index) => [dimension, values[index] ?? ABSENT_LABEL]),
  );
  const text = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
  const digest = createHash('sha256').update(text).digest();
  return { series: digest.readBigUInt64BE(0).toString(), labels };
}
