import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadSpecs } from '../load-specs.ts';

/** As they stand in databases. Where one differs all rows of such an SLO begin anew: then CODE_EPOCH says so. */
const REVISIONS = {
  'chat-availability': '6767e01859344aa2',
  'chat-ttft/most': '82aaa7a093edd901',
  'chat-ttft/nearly-all': '73e16f85e74ff37b',
  'extraction-goodput': 'a62eb023c8fa1c25',
  'summaries-cost': 'd4ec3ed7e1ad37fd',
  'support-faithfulness': 'ccb36dc373c337da',
  'triage-quality': '774bc473bf08db26',
  'triage-quality/right': '357a8ba2ca69b2b3',
  'triage-quality/sure': '3baf6408c8c5661a',
};

it('a revision stays what it is: rows that were counted go on to be the same rows', () => {
  const folder = new URL('../fixtures/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const files = names.map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }));
  const revisions = files.flatMap((file) =>
    loadSpecs([file], { mode: 'strict' }).plans.map(({ slo, sli }) => [slo, sli.specRev]),
  );
  expect(Object.fromEntries(revisions)).toEqual(REVISIONS);
});
