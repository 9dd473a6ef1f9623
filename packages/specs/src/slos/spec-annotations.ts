import { NO_DATA_POLICIES, SEVERITIES, SLO_DIMENSIONS, TIER_PRESETS } from '@burnline/core';
import type { AlertRoute, BurnTier, SloPlan } from '@burnline/core';
import { didYouMean } from '@burnline/core';
import type { SpecContext, SpecKind } from '../documents/spec-context.ts';
import type { SpecDocument } from '../documents/spec-document.ts';
import { DURATION_EXPECTED, DURATION_PATTERN, parseDuration } from '../documents/spec-duration.ts';
import { showValue } from '../documents/spec-issue.ts';
import type { SpecPath } from '../documents/spec-issue.ts';

/** What OpenSLO has no words for stands in annotations under this prefix. Those of others are left alone. */
export const ANNOTATION_PREFIX = 'burnline.dev/';

/** What slices of time without data count as. */
export const EMPTY_SLICES = ['none', 'good', 'bad'] as const;
export const TRACKS = ['infrastructure', 'model'] as const;
export const CRITICALITIES = ['critical', 'high', 'medium', 'low'] as const;
/** Whose events an SLO means to count, where its SLI does not say: those of its own service need a scope. */
export const EVENTS_OF = ['all-services'] as const;
const OPERATORS = ['>', '>='] as const;
/** What keeps tiers from firing on little traffic: counts alone, or evidence too. */
export const LOW_TRAFFIC_GUARDS = ['min-bad', 'exact'] as const;

/** What the value of an annotation looks like; `words` are all there are, where they can be listed. */
interface AnnotationForm {
  readonly pattern: RegExp;
  readonly expected: string;
  readonly words: readonly string[];
}
const COUNT: AnnotationForm = {
  pattern: /^[1-9]\d{0,8}$/,
  expected: 'a whole number from 1, in quotes',
  words: [],
};
const CONFIDENCE: AnnotationForm = {
  pattern: /^0\.[5-9]\d{0,11}$/,
  expected: "a confidence from 0.5 up to below 1, in quotes, such as '0.99'",
  words: [],
};
const DURATION: AnnotationForm = { pattern: DURATION_PATTERN, expected: DURATION_EXPECTED, words: [] };
const LINK: AnnotationForm = {
  pattern: /^https?:\/\/[^\s\p{Cc}]{1,1000}$/u,
  expected: 'an http or https URL',
  words: [],
};
/** The id of an SLO: its name, or its name and an objective's. */
const SLO_ID: AnnotationForm = {
  pattern: /^[a-z0-9-]{1,63}(\/[a-z0-9-]{1,63})?$/,
  expected: 'the name of an SLO, or name/objective',
  words: [],
};
const RECEIVER = '[A-Za-z0-9][A-Za-z0-9_.-]{0,39}';
/** One name of a receiver. */
export const RECEIVER_PATTERN = new RegExp(`^${RECEIVER}$`);
/** Names of receivers, as their settings give them. */
const RECEIVERS: AnnotationForm = {
  pattern: new RegExp(`^${RECEIVER}(, *${RECEIVER}){0,9}$`),
  expected: 'names of up to ten receivers, separated by commas',
  words: [],
};
const ENVIRONMENT = '[^\\s,]{1,100}';
const ENVIRONMENT_LIST: AnnotationForm = {
  pattern: new RegExp(`^${ENVIRONMENT}(, *${ENVIRONMENT}){0,9}$`),
  expected: 'up to ten environments, such as prod, staging',
  words: [],
};
const SEVERITY_LIST: AnnotationForm = {
  pattern: /^SEV-[123](, *SEV-[123]){0,2}$/,
  expected: 'severities, such as SEV-1, SEV-2',
  words: [],
};
const LABEL = '[A-Za-z0-9_.-]{1,100}=[^,=]{1,200}';
const LABEL_LIST: AnnotationForm = {
  pattern: new RegExp(`^${LABEL}(, *${LABEL}){0,9}$`),
  expected: 'group values, such as tenant=acme, region=eu',
  words: [],
};
const oneOf = (words: readonly string[]): AnnotationForm => ({
  pattern: new RegExp(`^(${words.join('|')})$`),
  expected: words.join(' or '),
  words,
});

/** Every annotation under our prefix: which kinds may have it, and what its value looks like. */
const ANNOTATIONS: Readonly<
  Record<string, { readonly kinds: readonly SpecKind[]; readonly form: AnnotationForm }>
> = {
  track: { kinds: ['SLO'], form: oneOf(TRACKS) },
  dimension: { kinds: ['SLO'], form: oneOf(SLO_DIMENSIONS) },
  within: { kinds: ['SLO'], form: SLO_ID },
  'events-of': { kinds: ['SLO'], form: oneOf(EVENTS_OF) },
  criticality: { kinds: ['SLO', 'Service'], form: oneOf(CRITICALITIES) },
  'min-bad': { kinds: ['SLO'], form: COUNT },
  'min-events': { kinds: ['SLO'], form: COUNT },
  'low-traffic': { kinds: ['SLO'], form: oneOf(LOW_TRAFFIC_GUARDS) },
  confidence: { kinds: ['SLO'], form: CONFIDENCE },
  tiers: { kinds: ['SLO'], form: oneOf(TIER_PRESETS) },
  operator: { kinds: ['SLO'], form: oneOf(OPERATORS) },
  'no-data': { kinds: ['SLO'], form: oneOf(NO_DATA_POLICIES) },
  'empty-slices': { kinds: ['SLO'], form: oneOf(EMPTY_SLICES) },
  'hold-state': { kinds: ['SLO'], form: DURATION },
  'resolve-after': { kinds: ['SLO'], form: DURATION },
  'group-from': { kinds: ['SLO'], form: COUNT },
  'short-window': { kinds: ['AlertCondition'], form: DURATION },
  runbook: { kinds: ['SLO', 'Service'], form: LINK },
  receivers: { kinds: ['Service', 'AlertNotificationTarget'], form: RECEIVERS },
  'only-severity': { kinds: ['AlertNotificationTarget'], form: SEVERITY_LIST },
  'only-labels': { kinds: ['AlertNotificationTarget'], form: LABEL_LIST },
  'only-environment': { kinds: ['AlertNotificationTarget'], form: ENVIRONMENT_LIST },
};

/** The annotations under our prefix that a kind may have, by their names without it. */
export function annotationFormsOf(kind: SpecKind): Readonly<Record<string, AnnotationForm>> {
  const own = Object.entries(ANNOTATIONS).filter(([, { kinds }]) => kinds.includes(kind));
  return Object.fromEntries(own.map(([name, { form }]) => [name, form]));
}

interface AnnotationPlace {
  readonly kind: SpecKind;
  readonly key: string;
  readonly path: SpecPath;
}

/** What to do about an annotation that a kind does not have: another name, or the kind that has it. */
function misplacedRemedy({ kind, key }: AnnotationPlace, known: readonly string[]): string | undefined {
  const kinds = ANNOTATIONS[key.slice(ANNOTATION_PREFIX.length)]?.kinds;
  if (kinds !== undefined && !kinds.includes(kind)) return `Write it into the metadata of the ${kinds[0]}.`;
  return didYouMean(key, known);
}

function checkAnnotation(context: SpecContext, document: SpecDocument, place: AnnotationPlace): void {
  const { kind, key, path } = place;
  const known = annotationFormsOf(kind);
  const name = key.slice(ANNOTATION_PREFIX.length);
  const form = Object.hasOwn(known, name) ? known[name] : undefined;
  if (form === undefined) {
    const keys = Object.keys(known).map((word) => ANNOTATION_PREFIX + word);
    context.report(document, path, {
      expected: keys.length === 0 ? `no ${ANNOTATION_PREFIX} annotation` : keys.join(', '),
      found: key,
      message: `${key} is not an annotation that ${kind} documents may have.`,
      remedy: misplacedRemedy(place, keys),
      atKey: true,
    });
    return;
  }
  const value = document.textAt(path);
  if (value === undefined || form.pattern.test(value)) return;
  context.report(document, path, {
    expected: form.expected,
    message: `${key} is ${showValue(value)}, not ${form.expected}.`,
    remedy: didYouMean(value, form.words),
  });
}

/**
 * Reports annotations under our prefix that a kind does not have, or whose value is none. `base`: where the document of
 * that kind stands, if inside another.
 */
export function checkAnnotations(
  context: SpecContext,
  document: SpecDocument,
  { kind, base = [] }: { readonly kind: SpecKind; readonly base?: SpecPath },
): void {
  const path = [...base, 'metadata', 'annotations'];
  const annotations = document.at(path);
  if (typeof annotations !== 'object' || annotations === null) return;
  for (const key of Object.keys(annotations)) {
    if (!key.startsWith(ANNOTATION_PREFIX)) continue;
    checkAnnotation(context, document, { kind, key, path: [...path, key] });
  }
}

/** The value of an annotation if it is one of the words, else undefined (which has been reported). */
export function annotationWord<Word extends string>(
  document: SpecDocument | null,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = document?.textAt(['metadata', 'annotations', ANNOTATION_PREFIX + name]);
  return words.find((word) => word === value);
}

/** The value of an annotation if it has the form of one, else undefined (which has been reported). */
export function annotationText(document: SpecDocument, name: string): string | undefined {
  const value = document.textAt(['metadata', 'annotations', ANNOTATION_PREFIX + name]);
  return value !== undefined && ANNOTATIONS[name]?.form.pattern.test(value) === true ? value : undefined;
}

export function annotationNumber(document: SpecDocument, name: string): number | undefined {
  const value = document.textAt(['metadata', 'annotations', ANNOTATION_PREFIX + name]) ?? '';
  return COUNT.pattern.test(value) ? Number(value) : undefined;
}

/** The SLO that one says it is within; what is wrong with it has been reported, or will be when all are read. */
export function withinOf(document: SpecDocument): string | undefined {
  const value = document.textAt(['metadata', 'annotations', `${ANNOTATION_PREFIX}within`]) ?? '';
  return SLO_ID.pattern.test(value) ? value : undefined;
}

/** What an SLO, or else its service, says of how its alerts are told; what is wrong has been reported. */
export function tellingOf(
  document: SpecDocument,
  service: SpecDocument | null,
): Pick<SloPlan, 'runbook' | 'groupFrom' | 'routes'> {
  const runbook = linkOf(document) ?? linkOf(service);
  const groupFrom = annotationNumber(document, 'group-from');
  const route = service === null ? null : routeOf(service, []);
  return {
    ...(runbook !== undefined && { runbook }),
    ...(groupFrom !== undefined && { groupFrom }),
    ...(route !== null && { routes: [route] }),
  };
}

/** The route that a notification target, or a service, is; null where it names no receivers, or not rightly (which has been reported). */
export function routeOf(document: SpecDocument, base: SpecPath): AlertRoute | null {
  const textOf = (name: string, { pattern }: AnnotationForm): readonly string[] => {
    const text = document.textAt([...base, 'metadata', 'annotations', ANNOTATION_PREFIX + name]) ?? '';
    return pattern.test(text) ? text.split(/, */) : [];
  };
  const receivers = textOf('receivers', RECEIVERS);
  if (receivers.length === 0) return null;
  const severities = SEVERITIES.filter((one) => textOf('only-severity', SEVERITY_LIST).includes(one));
  const environments = textOf('only-environment', ENVIRONMENT_LIST);
  const labels = textOf('only-labels', LABEL_LIST).map((label) => label.split('='));
  return {
    name: document.textAt([...base, 'metadata', 'name']) ?? '',
    receivers: [...new Set(receivers)],
    ...(severities.length > 0 && { severities }),
    ...(environments.length > 0 && { environments }),
    labels: Object.fromEntries(labels) as Readonly<Record<string, string>>,
  };
}

function linkOf(document: SpecDocument | null): string | undefined {
  const value = document?.textAt(['metadata', 'annotations', `${ANNOTATION_PREFIX}runbook`]) ?? '';
  return LINK.pattern.test(value) ? value : undefined;
}

/** Tiers with the hold before `resolve` that the SLO asks for, if it does. */
export function withResolveHold(document: SpecDocument, tiers: readonly BurnTier[]): readonly BurnTier[] {
  const text = document.textAt(['metadata', 'annotations', `${ANNOTATION_PREFIX}resolve-after`]);
  const hold = parseDuration(text);
  return hold === null ? tiers : tiers.map((tier) => ({ ...tier, resolveHoldMs: hold.durationMs }));
}

export const tierOperatorOf = (document: SpecDocument): '>' | '>=' | undefined =>
  annotationWord(document, 'operator', OPERATORS);
