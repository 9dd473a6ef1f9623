import {
  burnRate,
  COMPARISON_DEFAULTS,
  DAY_MS,
  ratioToNumber,
  type Comparison as Compared,
  type ComparisonRule,
  type ExactRatio,
} from '@burnline/core';
import { ARM_DIMENSIONS, RAW_ROWS_MS, readArmFigures, readArms, type ArmFigures } from '@burnline/queries';
import {
  comparisonAnswer,
  comparisonWord,
  readKnownArms,
  readTwoArms,
  specsAsked,
  type ArmsAsked,
  type KnownArms,
  type TwoArms,
} from '@burnline/reading';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import { arms, comparison, type Comparison } from '../contract/index.ts';
import { aboutOf, endOf, oneStream } from '../reading/about.ts';
import { withDeadline } from '../reading/time-limit.ts';
import { stretchOf } from '../reading/time-range.ts';
import { number, QUERY, route } from '../route.ts';

/** A statement over raw rows each. */
const SLOS_MAX = 50;
/** Of all statements together: an answer has one turn, for which others wait. */
const TIMEOUT_MS = 30_000;
const NAMES_SHOWN = 10;

export const comparisonRoute = route({
  path: '/compare',
  summary:
    'Two arms (variants, models, prompts) side by side by every SLI, by the figures of `burnline compare`',
  query: z.strictObject({
    by: z.enum(ARM_DIMENSIONS).describe('What tells the arms apart.'),
    baseline: QUERY.arm.describe('The arm that is held against, by its value.'),
    candidate: QUERY.arm.describe('The arm in question.'),
    ...{ stream: QUERY.stream, service: QUERY.name },
    slo: QUERY.name.describe('One SLO, or all objectives of one.'),
    ...{ from: QUERY.from, to: QUERY.to },
    alpha: number(1e-9, 0.5).describe('Chance of a wrong verdict of all SLIs together; 0.05 by default.'),
    margin: number(0, 1).describe('A difference of bad shares up to this is none; 0 by default.'),
    minEvents: number(1, 1e9).describe('Fewer events of an arm show nothing; 100 by default.'),
    suitesFrom: QUERY.from.describe('From when on offline suites count; 35 days before the end by default.'),
  }),
  answer: comparison,
  reads: 'events',
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const progress = oneStream(page, query.stream);
    const { stream, evaluatedThroughMs } = progress;
    const { by, baseline, candidate, slo, service } = query;
    const stretch = stretchOf(query, {
      endMs: evaluatedThroughMs ?? endOf(progress, page),
      ...{ defaultMs: DAY_MS, lengthMaxMs: RAW_ROWS_MS },
    });
    const rule = {
      alpha: query.alpha ?? COMPARISON_DEFAULTS.alpha,
      margin: query.margin ?? COMPARISON_DEFAULTS.margin,
      eventCountMin: query.minEvents ?? COMPARISON_DEFAULTS.eventCountMin,
    };
    const asked: ArmsAsked = {
      ...{ stream, by, baseline, candidate, slo, service, rule, ...stretch },
      suitesFromMs: query.suitesFrom,
    };
    const inTime = withDeadline(store, TIMEOUT_MS);
    const specs = checkedSpecs(await readKnownArms(inTime, asked), asked);
    const [found, figures] = await Promise.all([
      readTwoArms(inTime, asked, specs),
      readArmFigures(inTime, { stream, by, arms: [baseline, candidate], service, ...stretch }),
    ]);
    return {
      about: aboutOf(page, stream),
      ...{ ...stretch, by, baseline, candidate, rule, alphaEach: found.alphaEach },
      conclusion: comparisonAnswer(found.slos, rule),
      figures: { baseline: figuresOf(figures, baseline), candidate: figuresOf(figures, candidate) },
      slos: slosOf(found, specs, rule),
      notCompared: [...found.notCompared],
      evaluators: found.evaluators.map(({ online, offline, ...one }) => ({
        ...one,
        ...{ online: inWords(online, rule), offline: inWords(offline, rule) },
      })),
    };
  },
});

export const armsRoute = route({
  path: '/compare/arms',
  summary: 'What can be compared in a stretch of time: values of each dimension, with their events',
  query: z.strictObject({
    ...{ stream: QUERY.stream, service: QUERY.name },
    ...{ from: QUERY.from, to: QUERY.to },
  }),
  answer: arms,
  reads: 'events',
  answerTo: async ({ store, book }, { query }) => {
    const page = await book.page();
    const progress = oneStream(page, query.stream);
    const stretch = stretchOf(query, {
      endMs: progress.evaluatedThroughMs ?? endOf(progress, page),
      ...{ defaultMs: DAY_MS, lengthMaxMs: RAW_ROWS_MS },
    });
    const { stream } = progress;
    const found = await readArms(store, { stream, by: ARM_DIMENSIONS, service: query.service, ...stretch });
    return { about: aboutOf(page, stream), ...stretch, arms: [...found] };
  },
});

/** With the word for each verdict, and what is seen beside what may be. */
function inWords<One extends Compared>(
  one: One,
  rule: ComparisonRule,
): One & Pick<Comparison['slos'][number], 'word' | 'seenDifference'> {
  const { baseline, candidate } = one;
  return {
    ...one,
    word: comparisonWord(one, rule),
    seenDifference:
      baseline.badRatio === null || candidate.badRatio === null
        ? null
        : candidate.badRatio - baseline.badRatio,
  };
}

function slosOf({ slos }: TwoArms, specs: KnownArms['specs'], rule: ComparisonRule): Comparison['slos'] {
  const targets = new Map(specs.map(({ slo, target }) => [slo, target]));
  return slos.flatMap((one) => {
    const target = targets.get(one.slo);
    if (target === undefined) return [];
    const rates = {
      baseline: burnRateOf(one.baseline, target),
      candidate: burnRateOf(one.candidate, target),
    };
    return [
      {
        ...inWords(one, rule),
        targetRatio: ratioToNumber(target),
        ...{ baselineBurnRate: rates.baseline, candidateBurnRate: rates.candidate },
      },
    ];
  });
}

/** Of a sampled stream events stand for thousandths. */
const burnRateOf = ({ bad, total }: Compared['baseline'], target: ExactRatio): number | null =>
  total === 0 ? null : burnRate({ bad: Math.round(bad * 1_000), total: Math.round(total * 1_000) }, target);

/** Of an arm that has events of another service alone, nothing. */
function figuresOf(all: readonly ArmFigures[], name: string): Comparison['figures']['baseline'] {
  const found = all.find(({ arm }) => arm === name);
  if (found === undefined)
    return {
      ...{ inferences: 0, errorRatio: null, ttftMs: null, durationMs: null },
      ...{ outputTokens: null, costNanoUsd: null },
    };
  const { inferences, errorRatio, ttftMs, durationMs, outputTokens, costNanoUsd } = found;
  return { inferences, errorRatio, ttftMs, durationMs, outputTokens, costNanoUsd };
}

/** SLOs to compare by. Throws CONSOLE_NOT_FOUND, CONSOLE_TOO_COSTLY. */
function checkedSpecs({ arms, specs }: KnownArms, asked: ArmsAsked): KnownArms['specs'] {
  for (const name of [asked.baseline, asked.candidate])
    if (!arms.includes(name)) throw unknown(asked.by, arms);
  if (asked.service !== undefined && !specs.some(({ service }) => service === asked.service))
    throw unknown('service', [...new Set(specs.map(({ service }) => service))].sort());
  const own = specsAsked(specs, asked);
  if (asked.slo !== undefined && own.length === 0)
    throw unknown(
      'SLO',
      specsAsked(specs, { service: asked.service }).map(({ slo }) => slo),
    );
  if (own.length <= SLOS_MAX) return own;
  throw consoleError('CONSOLE_TOO_COSTLY', `${own.length} SLOs are more than one answer compares by`, {
    remedy: `Name a service or an SLO (${SLOS_MAX} at most), or take \`burnline compare\`.`,
  });
}

const unknown = (what: string, known: readonly string[]): Error =>
  consoleError('CONSOLE_NOT_FOUND', `There is no such ${what} in that time`, {
    remedy:
      known.length === 0
        ? 'There is none yet.'
        : `There is ${known.slice(0, NAMES_SHOWN).join(', ')}${known.length > NAMES_SHOWN ? ' and others' : ''}.`,
  });
