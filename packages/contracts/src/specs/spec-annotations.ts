import { NO_DATA_POLICIES, TIER_PRESETS } from '@burnline/core';
import { didYouMean } from '../text/did-you-mean.ts';
import type { SpecContext, SpecKind } from './spec-context.ts';
import type { SpecDocument } from './spec-document.ts';
import { showValue } from './spec-issue.ts';

/** What OpenSLO has no words for stands in annotations under this prefix. Those of others are left alone. */
export const ANNOTATION_PREFIX = 'burnline.dev/';

export const TRACKS = ['infrastructure', 'model'] as const;
export const CRITICALITIES = ['critical', 'high', 'medium', 'low'] as const;
const OPERATORS = ['>', '>='] as const;

/** Words that an annotation may have; null: a whole number from 1. */
const ANNOTATIONS: Readonly<
  Record<string, { readonly kinds: readonly SpecKind[]; readonly words: readonly string[] | null }>
> = {
  track: { kinds: ['SLO'], words: TRACKS },
  criticality: { kinds: ['SLO', 'Service'], words: CRITICALITIES },
  'min-bad': { kinds: ['SLO'], words: null },
  tiers: { kinds: ['SLO'], words: TIER_PRESETS },
  operator: { kinds: ['SLO'], words: OPERATORS },
  'no-data': { kinds: ['SLO'], words: NO_DATA_POLICIES },
};

const WHOLE_NUMBER = /^[1-9]\d{0,8}$/;

function checkAnnotation(
  context: SpecContext,
  document: SpecDocument,
  { kind, key }: { kind: SpecKind; key: string },
): void {
  const path = ['metadata', 'annotations', key];
  const known = Object.keys(ANNOTATIONS).filter((name) => ANNOTATIONS[name]?.kinds.includes(kind));
  const name = key.slice(ANNOTATION_PREFIX.length);
  const rule = known.includes(name) ? ANNOTATIONS[name] : undefined;
  if (rule === undefined) {
    context.report(document, path, {
      expected:
        known.length === 0
          ? `no ${ANNOTATION_PREFIX} annotation`
          : known.map((word) => ANNOTATION_PREFIX + word).join(', '),
      found: key,
      message: `${key} is not an annotation that a ${kind} may have.`,
      remedy: didYouMean(
        key,
        known.map((word) => ANNOTATION_PREFIX + word),
      ),
      atKey: true,
    });
    return;
  }
  const value = document.textAt(path);
  if (value === undefined || (rule.words === null ? WHOLE_NUMBER.test(value) : rule.words.includes(value)))
    return;
  const expected = rule.words === null ? 'a whole number from 1, in quotes' : rule.words.join(' or ');
  context.report(document, path, {
    expected,
    message: `${key} is ${showValue(value)}, not ${expected}.`,
    remedy: didYouMean(value, rule.words ?? []),
  });
}

/** Reports annotations under our prefix that a kind does not have, or whose value is none. */
export function checkAnnotations(context: SpecContext, document: SpecDocument, kind: SpecKind): void {
  const annotations = document.at(['metadata', 'annotations']);
  if (typeof annotations !== 'object' || annotations === null) return;
  for (const key of Object.keys(annotations)) {
    if (key.startsWith(ANNOTATION_PREFIX)) checkAnnotation(context, document, { kind, key });
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

export function annotationNumber(document: SpecDocument, name: string): number | undefined {
  const value = document.textAt(['metadata', 'annotations', ANNOTATION_PREFIX + name]) ?? '';
  return WHOLE_NUMBER.test(value) ? Number(value) : undefined;
}

export const tierOperatorOf = (document: SpecDocument): '>' | '>=' | undefined =>
  annotationWord(document, 'operator', OPERATORS);
