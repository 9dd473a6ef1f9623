import { formatRatio } from '@burnline/core';
import { readGivenFiles, readJudgedSlos } from '@burnline/queries';
import { loadSpecs } from '@burnline/specs';
import { z } from 'zod';
import { consoleError } from '../../console-error.ts';
import { specs, validateRequest, type ValidateAnswer } from '../contract/index.ts';
import { aboutOf, oneStream } from '../reading/about.ts';
import { documentOf } from '../reading/slo-document.ts';
import { QUERY, route } from '../route.ts';

export const specsRoute = route({
  path: '/specs',
  summary: 'The documents that a stream was last given, and the SLOs that are judged',
  query: z.strictObject({ stream: QUERY.stream }),
  answer: specs,
  answerTo: async ({ store, book, backtest }, { query }) => {
    const page = await book.page();
    const { stream } = oneStream(page, query.stream);
    const [given, judged] = await Promise.all([
      readGivenFiles(store, stream),
      readJudgedSlos(store, { stream }),
    ]);
    const plans = page.plans.get(stream);
    const facts = new Map(page.facts.filter((one) => one.stream === stream).map((one) => [one.slo, one]));
    return {
      about: aboutOf(page, stream),
      givenAtMs: given?.givenAtMs ?? null,
      files: given === null ? [] : given.files.map(({ name, text }) => ({ name, text })),
      mayBacktest: backtest !== null,
      slos: judged.flatMap(({ slo, sli }) => {
        const own = facts.get(slo);
        if (own === undefined) return [];
        const { displayName, service, target } = own;
        return [
          {
            slo,
            displayName,
            service,
            target: formatRatio(target),
            document: documentOf(own, sli, plans?.get(slo)),
          },
        ];
      }),
    };
  },
});

/** What `burnline validate` says of documents; nothing is kept. Throws CONSOLE_BODY_INVALID. */
export function validateSpecs(body: unknown): ValidateAnswer {
  const parsed = validateRequest.safeParse(body);
  if (!parsed.success)
    throw consoleError('CONSOLE_BODY_INVALID', 'The body is no list of spec files', {
      remedy: 'Send JSON: {"files": [{"name": "slos.yaml", "text": "..."}]}, 50 files at most.',
    });
  const files = parsed.data.files.map(({ name, text }) => ({ file: name, text }));
  const { plans, issues } = loadSpecs(files, { mode: 'tolerant' });
  return {
    isValid: issues.length === 0,
    issues: issues.map(({ file, line, column, message, remedy }) => ({
      ...{ file, line, column, message, remedy: remedy ?? null },
    })),
    slos: plans.map(({ slo, displayName, service, target }) => ({
      ...{ slo, displayName, service, target: formatRatio(target) },
    })),
  };
}
