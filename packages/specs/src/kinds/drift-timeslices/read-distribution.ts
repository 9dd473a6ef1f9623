import { derivedField, type HistogramPlan, type PredicateNode } from '@burnline/core';
import { numberNode } from '../number-condition.ts';
import type { SliReading } from '../sli-reading.ts';

/** Two buckets per power of two: of more, each holds so little that chance alone moves them. */
const SCALE_DEFAULT = 1;

/** What is distributed: the histogram that is kept of it, and the condition that an event has it. */
export interface Distribution {
  readonly histogram: HistogramPlan;
  readonly isThere: PredicateNode;
}

/** The distribution of `field`, by its buckets or by its categories; null, which is reported, where it has none. */
export function readDistribution(reading: SliReading): Distribution | null {
  const { document, counted } = reading;
  const [place, listed] = [
    [...counted, 'field'],
    [...counted, 'drift', 'categories'],
  ];
  const category = reading.categoryField(document.textAt(place) ?? '');
  if (category !== null) return categoriesOf(reading, category);
  const field = reading.numberField(place, 'watch the distribution of');
  if (field === null) return null;
  if (document.at(listed) !== undefined)
    return reading.fail(listed, {
      message: `${field} is a number, which has no categories: it is taken by the buckets of a histogram.`,
      expected: 'a text, a boolean or attributes.key as field, or no categories',
      atKey: true,
    });
  return {
    histogram: { field, scale: reading.numberAt([...counted, 'scale'], SCALE_DEFAULT) },
    isThere: { kind: 'has', operand: numberNode(reading, field) },
  };
}

function categoriesOf(reading: SliReading, categoryOf: string): Distribution | null {
  const { document, counted } = reading;
  const statistic = [...counted, 'drift', 'statistic'];
  if (document.textAt(statistic) === 'kolmogorov-smirnov')
    return reading.fail(statistic, {
      message: `kolmogorov-smirnov adds up shares in the order of the values, and those of ${categoryOf} have none.`,
      expected: 'psi or chi-square',
    });
  const scale = [...counted, 'scale'];
  if (document.at(scale) !== undefined)
    return reading.fail(scale, {
      message: `${categoryOf} is no number: its values are taken as they are, by no scale.`,
      expected: 'no scale',
      atKey: true,
    });
  const listed = [...counted, 'drift', 'categories'];
  const categories = Array.from({ length: document.countAt(listed) }, (_, index) =>
    document.textAt([...listed, index]),
  ).filter((text) => text !== undefined);
  const repeated = categories.findIndex((text, index) => categories.indexOf(text) < index);
  if (repeated >= 0)
    return reading.fail([...listed, repeated], {
      message: `${categories[repeated] ?? ''} is listed twice.`,
      expected: 'each category once',
    });
  return {
    histogram: { categoryOf, categories: document.at(listed) === undefined ? null : categories },
    isThere: { kind: 'has', operand: categoryNode(reading, categoryOf) },
  };
}

function categoryNode(
  { fields }: SliReading,
  name: string,
): Extract<PredicateNode, { kind: 'has' }>['operand'] {
  const derived = derivedField(name);
  if (derived !== undefined) return derived.presence;
  const known = fields.find((field) => field.name === name);
  if (known?.type === 'string' || known?.type === 'bool')
    return { kind: 'field', name, type: known.type, nullable: known.nullable };
  return { kind: 'entry', map: 'attributes', key: name.slice('attributes.'.length), type: 'string' };
}
