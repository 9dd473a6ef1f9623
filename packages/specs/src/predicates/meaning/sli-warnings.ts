import type { FieldDefinition, PredicateNode, SliPlan } from '@burnline/core';
import { inferenceFields } from '../event-fields.ts';
import { parsePredicate } from '../parse-predicate.ts';
import { decidedByAbsence } from './absent-values.ts';
import { ConditionReader } from './condition.ts';
import type { Condition } from './condition.ts';
import { constancy, constantParts } from './constant-parts.ts';
import { predicateText } from './predicate-text.ts';
import { maySatisfy } from './satisfiable.ts';
import { referenceName } from './terms.ts';

/** Something that an SLI says and its author hardly means. */
export interface SliWarning {
  /** Which part of the metric it is about. */
  readonly place: 'scope' | 'total' | 'verdict';
  readonly message: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy: string;
}

type Metric = Pick<SliPlan, 'scope' | 'total' | 'verdict'>;

/** As contradictions.ts refuses what does not fulfil it. */
const OK_HAS_DURATION = parsePredicate("status != 'ok' || has(duration_ms)", inferenceFields);
const CHANGES_NOTHING = 'Remove it, or correct what it compares.';
const A_CHOICE = 'a condition that holds of some events and not of others';

/** What a predicate asks for, joined by `&&`: each as text that equal parts share. */
function conjunctsOf(node: PredicateNode): readonly string[] {
  if (node.kind !== 'and') return [JSON.stringify(node)];
  return [...conjunctsOf(node.left), ...conjunctsOf(node.right)];
}

/** Said again, word for word, what the events were chosen by: clear to readers, and no slip. */
function isRestated(part: PredicateNode, chosenBy: readonly PredicateNode[]): boolean {
  const known = new Set(chosenBy.flatMap(conjunctsOf));
  return conjunctsOf(part).every((conjunct) => known.has(conjunct));
}

function partWarnings(
  reader: ConditionReader,
  {
    place,
    node,
    context,
    chosenBy,
  }: {
    readonly place: SliWarning['place'];
    readonly node: PredicateNode;
    readonly context: readonly Condition[];
    readonly chosenBy: readonly (PredicateNode | null)[];
  },
): readonly SliWarning[] {
  const before = chosenBy.filter((one) => one !== null);
  const told = constantParts(reader, node, context).filter(
    ({ part, holds }) => !holds || !isRestated(part, before),
  );
  return told.map(({ part, holds }) => {
    // Alone it already says nothing, or only of the events that come to it here.
    const isAlone = constancy(reader, part, []) !== null;
    const whose = isAlone ? '' : ', of the events that come to it';
    return {
      place,
      message: `${predicateText(part)} ${holds ? 'always' : 'never'} holds${whose}.`,
      expected: A_CHOICE,
      found: predicateText(part),
      remedy: CHANGES_NOTHING,
    };
  });
}

/** Warns where every event that counts is good, or none is. */
function verdictConstant(
  reader: ConditionReader,
  { verdict }: Metric,
  context: readonly Condition[],
): SliWarning[] {
  const holds = constancy(reader, verdict.where, context);
  if (holds === null) return [];
  const isGood = holds === (verdict.kind === 'good');
  const cause = holds ? 'holds of every event that total counts' : 'holds of no event that total counts';
  return [
    {
      place: 'verdict',
      message: `${verdict.kind} ${cause}: the SLI is ${isGood ? '100' : '0'} % for ever.`,
      expected: A_CHOICE,
      found: predicateText(verdict.where),
      remedy: `Let total count good and bad events, and ${verdict.kind} tell them apart.`,
    },
  ];
}

/** What holds of every event of a stream beyond the ranges of its fields: one that is ok has its duration. */
function knownOfEvents(reader: ConditionReader, fields: readonly FieldDefinition[]): readonly Condition[] {
  const isOfEvents = OK_HAS_DURATION.ok && fields.some(({ name }) => name === 'duration_ms');
  return isOfEvents ? [reader.read(OK_HAS_DURATION.node)] : [];
}

function absenceWarnings(
  reader: ConditionReader,
  { verdict }: Metric,
  context: readonly Condition[],
  fields: readonly FieldDefinition[],
): SliWarning[] {
  const counted = verdict.kind === 'good' ? 'bad' : 'good';
  return decidedByAbsence(reader, verdict.where, [...context, ...knownOfEvents(reader, fields)]).map(
    (reference) => {
      const name = referenceName(reference);
      return {
        place: 'verdict',
        message: `Events without ${name} count as ${counted}.`,
        expected: `has(${name}) in total, or in ${verdict.kind} if it is meant so`,
        found: predicateText(verdict.where),
        remedy: `Write has(${name}) into total's where to leave them out, or into ${verdict.kind} to say that they are ${counted}.`,
      };
    },
  );
}

/**
 * What an SLI's predicates say that cannot be meant: parts that always or never hold, alone or of the events that come to
 * them; a total that counts nothing; a verdict that is the same for all; absent values that decide a verdict by themselves.
 * Nothing is warned of that does not hold of every event.
 */
export function warningsOfSli(metric: Metric, fields: readonly FieldDefinition[]): readonly SliWarning[] {
  const reader = new ConditionReader(fields);
  const { scope, total, verdict } = metric;
  const warnings: SliWarning[] = [];
  const context: Condition[] = [];
  for (const [place, node] of [
    ['scope', scope],
    ['total', total],
  ] as const) {
    if (node === null) continue;
    warnings.push(
      ...partWarnings(reader, { place, node, context, chosenBy: place === 'total' ? [scope] : [] }),
    );
    context.push(reader.read(node));
    // Of what counts nothing there is nothing more to say.
    if (!maySatisfy(...context)) {
      const what = place === 'scope' ? 'scope' : "total's where";
      const nothing = `No event can fulfil ${what}: nothing would ever be counted.`;
      return [...warnings.filter((one) => one.place !== place), nothingCounted(place, nothing, node)];
    }
  }
  const constant = verdictConstant(reader, metric, context);
  if (constant.length > 0) return [...warnings, ...constant];
  return [
    ...warnings,
    ...partWarnings(reader, { place: 'verdict', node: verdict.where, context, chosenBy: [scope, total] }),
    ...absenceWarnings(reader, metric, context, fields),
  ];
}

const nothingCounted = (place: SliWarning['place'], message: string, node: PredicateNode): SliWarning => ({
  place,
  message,
  expected: 'a condition that some events fulfil',
  found: predicateText(node),
  remedy: 'Correct what excludes the rest: a word, a range, or the scope that it stands in.',
});
