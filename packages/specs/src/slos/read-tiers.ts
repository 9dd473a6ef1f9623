import { AppError, budgetShareOf, checkTier, parseLongRatio, tierName } from '@burnline/core';
import type { AlertRoute, BurnTier, ExactRatio } from '@burnline/core';
import { ANNOTATION_PREFIX, checkAnnotations, routeOf } from './spec-annotations.ts';
import { checkPolicyEffects, checkTargetEffects } from './spec-effects.ts';
import type { SpecContext } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { parseDuration } from '../documents/spec-duration.ts';
import { formatPath } from '../documents/spec-issue.ts';
import type { SpecPath } from '../documents/spec-issue.ts';

/** OpenSLO has one window per condition; unless an annotation gives it, the short one is the workbook's share. */
const SHORT_WINDOW_SHARE = 12;
/** Below this the short window would be under a minute. */
const LONG_WINDOW_MS_MIN = SHORT_WINDOW_SHARE * 60_000;

/** Severities that mean a page or a ticket; the others than these two words are for tolerant mode. */
const SEVERITIES: Readonly<Record<string, BurnTier['severity']>> = {
  page: 'page',
  critical: 'page',
  high: 'page',
  ticket: 'ticket',
  warning: 'ticket',
  medium: 'ticket',
  low: 'ticket',
};

/** A place in a document. */
interface Place {
  readonly document: SpecDocument;
  readonly path: SpecPath;
}

export interface TierSource {
  readonly context: SpecContext;
  readonly slo: SpecDocument;
  readonly target: ExactRatio;
  readonly periodMs: number;
}

const under = ({ document, path }: Place, ...more: SpecPath): Place => ({
  document,
  path: [...path, ...more],
});

/** The spec that an entry refers to or holds; null where there is none, which is reported. */
function specOf(
  context: SpecContext,
  entry: Place,
  {
    kind,
    reference,
  }: { kind: 'AlertPolicy' | 'AlertCondition' | 'AlertNotificationTarget'; reference: string },
): Place | null {
  const { document, path } = entry;
  const hasReference = document.at([...path, reference]) !== undefined;
  const hasSpec = document.at([...path, 'spec']) !== undefined;
  if (hasReference !== hasSpec) {
    if (hasSpec) return under(entry, 'spec');
    const found = context.resolve(kind, { document, path: [...path, reference] });
    return found === null ? null : { document: found, path: ['spec'] };
  }
  return context.report(document, path, {
    expected: `${reference}, or a spec in place`,
    found: hasSpec ? 'both' : 'neither',
    message: `${formatPath(path)} has ${hasSpec ? 'both' : 'neither'} of ${reference} and spec.`,
  });
}

function readOperator(context: SpecContext, place: Place): BurnTier['operator'] | null {
  const { document, path } = under(place, 'condition', 'op');
  const op = document.textAt(path);
  if (op === 'gt') return '>';
  if (op === 'gte') return '>=';
  if (op !== 'lt' && op !== 'lte') return null;
  return context.report(document, path, {
    expected: 'gt or gte',
    message: `A burn rate alerts above its threshold; op: ${op} says below.`,
    remedy: `Write op: ${op === 'lt' ? 'gt' : 'gte'}.`,
  });
}

function readSeverity(context: SpecContext, place: Place): BurnTier['severity'] | null {
  const { document, path } = under(place, 'severity');
  const word = document.textAt(path);
  if (word === undefined) return null;
  if (word === 'page' || word === 'ticket') return word;
  const severity = SEVERITIES[word.toLowerCase()];
  const details = {
    expected: 'page or ticket',
    message: `The severity ${word} is not page or ticket.`,
    remedy:
      severity === undefined
        ? 'Write page for what must wake somebody, ticket otherwise.'
        : `Write severity: ${severity}.`,
  };
  if (severity === undefined) return context.report(document, path, details);
  context.reportIfStrict(document, path, details);
  return severity;
}

function readFactor(context: SpecContext, place: Place): ExactRatio | null {
  const { document, path } = under(place, 'condition', 'threshold');
  const written = document.writtenNumber(path);
  if (written === undefined) return null;
  const details = {
    expected: 'a plain decimal above 0, such as 14.4',
    message: `The threshold ${written.text} is not a plain decimal above 0.`,
  };
  if (written.isText) {
    context.reportIfStrict(document, path, {
      ...details,
      message: 'The threshold is a text.',
      remedy: 'Write the number without quotes.',
    });
  }
  try {
    const factor = parseLongRatio(written.text.trim());
    const remedy = 'A burn rate of 1 spends the budget just within its period; write what is to be told of.';
    return factor.numerator > 0 ? factor : context.report(document, path, { ...details, remedy });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return context.report(document, path, { ...details, remedy: error.remedy });
  }
}

/** Of `metadata` beside a `spec`. */
const annotationOf = ({ document, path }: Place, name: string): Place => ({
  document,
  path: [...path.slice(0, -1), 'metadata', 'annotations', ANNOTATION_PREFIX + name],
});

interface Windows {
  readonly longWindowMs: number;
  readonly shortWindowMs: number;
}

function readWindows(context: SpecContext, place: Place): Windows | null {
  const { document, path } = under(place, 'condition', 'lookbackWindow');
  const duration = parseDuration(document.textAt(path));
  if (duration === null) return null;
  const longWindowMs = duration.durationMs;
  const own = annotationOf(place, 'short-window');
  const short = parseDuration(own.document.textAt(own.path));
  if (short !== null) {
    if (short.durationMs > 0 && short.durationMs < longWindowMs)
      return { longWindowMs, shortWindowMs: short.durationMs };
    return context.report(own.document, own.path, {
      expected: `at least 1m and less than the lookbackWindow, ${duration.text}`,
      message: `A short window of ${short.text} does not fit into a lookbackWindow of ${duration.text}.`,
      remedy: `Leave it out for a twelfth of the lookbackWindow.`,
    });
  }
  if (longWindowMs >= LONG_WINDOW_MS_MIN)
    return { longWindowMs, shortWindowMs: longWindowMs / SHORT_WINDOW_SHARE };
  return context.report(document, path, {
    expected: 'at least 12m',
    message: `A lookbackWindow of ${duration.text} is too short: its short window, a twelfth, would be under a minute.`,
    remedy: `Give it a short window of its own: annotations: { ${ANNOTATION_PREFIX}short-window: 1m }.`,
  });
}

function readCondition(source: TierSource, condition: Place, name: string | undefined): BurnTier | null {
  const { context, target, periodMs } = source;
  const operator = readOperator(context, condition);
  const severity = readSeverity(context, condition);
  const factor = readFactor(context, condition);
  const windows = readWindows(context, condition);
  if (operator === null || severity === null || factor === null || windows === null) return null;
  const hold = under(condition, 'condition', 'alertAfter');
  const { longWindowMs, shortWindowMs } = windows;
  const tier: BurnTier = {
    name: name ?? tierName(longWindowMs, shortWindowMs),
    longWindowMs,
    shortWindowMs,
    budgetShare: budgetShareOf(factor, periodMs, longWindowMs),
    factor,
    operator,
    severity,
    holdMs: parseDuration(hold.document.textAt(hold.path))?.durationMs ?? 0,
  };
  return checkTier(tier, { target, periodMs });
}

function readPolicy(source: TierSource, entry: Place): BurnTier | null {
  const { context } = source;
  const policy = specOf(context, entry, { kind: 'AlertPolicy', reference: 'alertPolicyRef' });
  if (policy === null) return null;
  const isInline = policy.path.length > 1;
  if (isInline) {
    checkAnnotations(context, policy.document, { kind: 'AlertPolicy', base: policy.path.slice(0, -1) });
    checkPolicy(context, policy.document, policy.path);
  }
  const condition = specOf(context, under(policy, 'conditions', 0), {
    kind: 'AlertCondition',
    reference: 'conditionRef',
  });
  if (condition === null) return null;
  const tier = readCondition(
    source,
    condition,
    policy.document.textAt([...policy.path.slice(0, -1), 'metadata', 'name']),
  );
  const routes = routesOf(context, policy);
  const isFaulty = context.isFaulty(policy.document) || context.isFaulty(condition.document);
  if (isFaulty || tier === null || routes.length === 0) return isFaulty ? null : tier;
  return { ...tier, routes };
}

/** The routes among a policy's notification targets. */
function routesOf(context: SpecContext, policy: Place): readonly AlertRoute[] {
  const count = policy.document.countAt([...policy.path, 'notificationTargets']);
  return Array.from({ length: count }, (_, index) => {
    const target = specOf(context, under(policy, 'notificationTargets', index), {
      kind: 'AlertNotificationTarget',
      reference: 'targetRef',
    });
    return target === null ? null : routeOf(target.document, target.path.slice(0, -1));
  }).filter((route) => route !== null);
}

/** Checks what a policy's lists refer to, whether or not an SLO uses the policy. */
export function checkPolicy(context: SpecContext, document: SpecDocument, base: SpecPath): void {
  checkPolicyEffects(context, document, base);
  for (let index = 0; index < document.countAt([...base, 'notificationTargets']); index++) {
    checkTargetEffects(context, document, [...base, 'notificationTargets', index, 'spec']);
  }
  const lists = [
    { list: 'conditions', kind: 'AlertCondition', reference: 'conditionRef' },
    { list: 'notificationTargets', kind: 'AlertNotificationTarget', reference: 'targetRef' },
  ] as const;
  for (const { list, kind, reference } of lists) {
    for (let index = 0; index < document.countAt([...base, list]); index++) {
      const path = [...base, list, index];
      specOf(context, { document, path }, { kind, reference });
      checkAnnotations(context, document, { kind, base: path });
    }
  }
}

/**
 * The burn tiers that an SLO's alert policies write, most urgent first: one policy per tier, its condition's
 * lookbackWindow the long window, a twelfth of it or its annotation the short one, threshold the factor. Null where one has a mistake.
 */
export function readTiers(source: TierSource): readonly BurnTier[] | null {
  const { context, slo } = source;
  const tiers: BurnTier[] = [];
  const count = slo.countAt(['spec', 'alertPolicies']);
  for (let index = 0; index < count; index++) {
    const path = ['spec', 'alertPolicies', index];
    try {
      const tier = readPolicy(source, { document: slo, path });
      if (tier !== null) tiers.push(tier);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const expected = 'a tier that can fire within the budget period';
      context.report(slo, path, {
        expected,
        found: 'one that cannot',
        message: error.message,
        remedy: error.remedy,
      });
    }
  }
  if (tiers.length < count) return null;
  const windows = new Set(tiers.map((tier) => tier.longWindowMs));
  const names = new Set(tiers.map((tier) => tier.name));
  if (windows.size === count && names.size === count)
    return tiers.sort((a, b) => a.longWindowMs - b.longWindowMs);
  return context.report(slo, ['spec', 'alertPolicies'], {
    expected: 'one policy per tier, each with a lookbackWindow of its own',
    found: 'two alike',
    message: 'Two alert policies have the same lookbackWindow or name.',
  });
}
