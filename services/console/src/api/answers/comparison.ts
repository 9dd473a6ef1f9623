import { COMPARISON_DEFAULTS, DAY_MS } from '@burnline/core';
import { ARM_DIMENSIONS, RAW_ROWS_MS } from '@burnline/queries';
import { readKnownArms, readTwoArms, specsAsked, type ArmsAsked, type KnownArms } from '@burnline/reading';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import { comparison } from '../contract/index.ts';
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
    const { slos, notCompared, alphaEach, evaluators } = await readTwoArms(inTime, asked, specs);
    return {
      about: aboutOf(page, stream),
      ...{ ...stretch, by, baseline, candidate, rule, alphaEach },
      ...{ slos: [...slos], notCompared: [...notCompared], evaluators: [...evaluators] },
    };
  },
});

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
