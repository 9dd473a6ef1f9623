import { AppError, multiplyRatios, type Envelope, type ExactRatio, type PredicateNode } from '@burnline/core';
import { z } from 'zod';
import { exactDecimal } from '../../documents/exact-decimal.ts';
import { formatPath, type SpecPath } from '../../documents/spec-issue.ts';
import { COUNTED_SHAPE, FIELDS_SHAPE } from '../counted-shape.ts';
import { operatorOf } from '../number-condition.ts';
import { parsePredicate } from '../../predicates/parse-predicate.ts';
import type { ObjectivePlace, SliKind } from '../sli-kind.ts';
import { SliReading, type SliTemplate } from '../sli-reading.ts';

/** Entities that a chunk of a minute admits: each is a row per pane, partition and flush. */
const ENTITY_COUNT_DEFAULT = 10_000;
const STEPS = 'steps';

const EXPECTED_SHAPE = z.union(
  [z.string(), z.number(), z.strictObject({ field: z.string(), of: z.enum(['entity', 'event']).optional() })],
  'a number, a field, or an object with field and of (entity or event)',
);

const ENVELOPE_SHAPE = COUNTED_SHAPE.omit({ by: true, histogram: true }).extend({
  entity: FIELDS_SHAPE,
  per: z.enum(['life', 'day', 'month']).optional(),
  consume: FIELDS_SHAPE,
  expected: EXPECTED_SHAPE.optional(),
  believed: z.string().optional(),
});

/**
 * What an entity consumed against its envelope: `thresholdMetric` with an `entity`. Good and total are entities (a task, a
 * session, a user's day), each judged by the sums of all its events; the objective has the ceiling, or the multiple of what
 * was expected.
 */
export const envelopeKind: SliKind = {
  metric: 'thresholdMetric',
  leaves: { '': ENVELOPE_SHAPE },
  objectiveFields: ['op', 'value'],
  variant: 'entity',
  read: (place) => {
    const reading = new SliReading({ ...place, countedLeaf: ['thresholdMetric'] });
    const counted = readCounted(reading);
    if (counted === null) return null;
    return (objective) => {
      const found = limitOf(objective);
      if (found === null) return null;
      const limit = counted.stated === null ? found.limit : multiplyRatios(found.limit, counted.stated);
      return { ...counted.template, derivation: { ...counted.envelope, ...found, limit } };
    };
  },
};

interface Counted {
  readonly template: Omit<SliTemplate, 'derivation'>;
  readonly envelope: Omit<Envelope, 'operator' | 'limit'>;
  /** What the spec itself says is expected of an entity. */
  readonly stated: ExactRatio | null;
}

function readCounted(reading: SliReading): Counted | null {
  reading.checkLeaf(['thresholdMetric'], ENVELOPE_SHAPE);
  return reading.isSound ? readParts(reading) : null;
}

function readParts(reading: SliReading): Counted | null {
  const { document } = reading;
  const at = (key: string): SpecPath => [...reading.counted, key];
  const entity = reading.labelFields(at('entity'), 'tell entities apart by');
  const where = reading.predicate(at('where'));
  const scope = reading.predicate(at('scope'));
  const consumed =
    document.textAt(at('consume')) === STEPS ? [] : reading.summedFields(at('consume'), 'consume');
  const sums = reading.summedFields(at('sum'), 'sum');
  if (document.at(at('expected')) !== undefined && document.at(at('believed')) !== undefined)
    return reading.fail(at('believed'), {
      message: 'What is expected and what is believed are given at once.',
      expected: 'one of expected and believed',
      atKey: true,
    });
  const stated = statedOf(reading, at('expected'));
  const expected = stated === null ? readExpected(reading, at) : null;
  if (!reading.isSound) return null;
  const named = entity.map((name) => namedNode(reading, name));
  const conditions = where === null ? named : [where, ...named];
  const total = conditions.reduce((left, right): PredicateNode => ({ kind: 'and', left, right }));
  const expectedSums = expected === null ? [] : [expected.sum];
  return {
    template: {
      stream: reading.stream,
      scope,
      total,
      verdict: { kind: 'good', where: total },
      groupBy: {
        dimensions: entity,
        seriesCountMax: reading.numberAt(at('seriesMax'), ENTITY_COUNT_DEFAULT),
      },
      sums: [...new Set([...consumed, ...expectedSums, ...sums])],
      histogram: null,
    },
    envelope: {
      kind: 'envelope',
      entity,
      per: perOf(document.textAt(at('per'))),
      consumed,
      expected,
    },
    stated,
  };
}

const perOf = (text: string | undefined): Envelope['per'] =>
  text === 'day' || text === 'month' ? text : 'life';

/** A number that is expected of every entity. */
function statedOf(reading: SliReading, path: SpecPath): ExactRatio | null {
  if (typeof reading.document.at(path) !== 'number') return null;
  const text = reading.document.writtenNumber(path)?.text;
  return (
    decimalOf(text) ??
    reading.fail(path, {
      message: 'What is expected is no plain decimal.',
      expected: 'a plain decimal from 0, such as 20000',
      found: text ?? 'nothing',
    })
  );
}

function readExpected(reading: SliReading, at: (key: string) => SpecPath): Envelope['expected'] {
  const { document } = reading;
  const isBelieved = document.at(at('believed')) !== undefined;
  if (isBelieved) {
    const [sum] = reading.summedFields(at('believed'), 'hold against');
    return sum === undefined ? null : { sum, of: 'event', isBelieved };
  }
  if (document.at(at('expected')) === undefined) return null;
  const isObject = document.at([...at('expected'), 'field']) !== undefined;
  const [sum] = reading.summedFields(isObject ? [...at('expected'), 'field'] : at('expected'), 'expect');
  const of = document.textAt([...at('expected'), 'of']) === 'event' ? 'event' : 'entity';
  return sum === undefined ? null : { sum, of };
}

/** An event of nobody belongs to no entity. */
function namedNode({ fields }: SliReading, name: string): PredicateNode {
  const parsed = fields.some((field) => field.name === name) ? parsePredicate(`${name} != ''`, fields) : null;
  if (parsed?.ok === true) return parsed.node;
  const key = name.slice('attributes.'.length);
  return {
    kind: 'compare',
    operator: '!=',
    left: { kind: 'entry', map: 'attributes', key, type: 'string' },
    right: { kind: 'literal', type: 'string', value: '' },
  };
}

/** The objective's ceiling; null, which is reported, where it has none. */
function limitOf({ context, document, path }: ObjectivePlace): Pick<Envelope, 'operator' | 'limit'> | null {
  const operator = operatorOf(document.textAt([...path, 'op']));
  const isCeiling = operator === '<=' || operator === '<';
  const limit = decimalOf(document.writtenNumber([...path, 'value'])?.text);
  if (isCeiling && limit !== null) return { operator, limit };
  const missing = isCeiling ? 'value' : 'op';
  const place = document.at([...path, missing]) === undefined ? path : [...path, missing];
  return context.report(document, place, {
    message: `${formatPath(path)} has no ${missing} that an envelope goes by.`,
    expected: 'op (lte or lt) and value (a plain decimal from 0)',
    remedy:
      'Write op: lte and value: 200000, in the unit of what is consumed, or a multiple of what is expected.',
  });
}

function decimalOf(text: string | undefined): ExactRatio | null {
  const read = exactDecimal(text?.trim() ?? '');
  return read instanceof AppError ? null : read;
}
