import { readFileSync } from 'node:fs';
import { formatIssues, loadSpecs } from '@burnline/specs';
import { expect, test } from 'vitest';

/**
 * Mistakes that people make in specs, each as one edit of a sound one, and what they are told. The golden file is read by
 * people: a change of a message is looked at there (vitest -u writes it).
 */
const SOUND = readFileSync(
  new URL('../../packages/specs/src/fixtures/availability.yaml', import.meta.url),
  'utf8',
);

const good = "status == 'ok'";
const scope = "service == 'chat-completions' && is_final";
const where = "status != 'cancelled'";

const EDITS: readonly (readonly [what: string, from: string, to: string])[] = [
  ['a field in dollars', good, 'cost_usd <= 0.002'],
  ['a misspelt field', good, 'ttft_m <= 800'],
  ['the name of another tool', good, 'latency_ms <= 800'],
  ['a word that a status does not have', good, "status == 'success'"],
  ['one = instead of two', good, "status = 'ok'"],
  ['and as in SQL', good, "status == 'ok' and is_final"],
  ['null', good, 'ttft_ms != null'],
  ['text compared with a number', good, "http_status == '200'"],
  ['an own value without attributes', good, "plan == 'pro'"],
  ['an absent value that counts as bad', good, "status == 'ok' && ttft_ms <= 800"],
  ['an absent text that counts as bad', good, "finish_reason != 'length'"],
  ['a failure whose duration nobody knows', good, 'duration_ms <= 800'],
  ['a time below zero', good, 'ttft_ms < 0'],
  ['a share above one', good, "status == 'ok' && confidence > 1"],
  ['a contradiction', good, "status == 'ok' && status == 'error'"],
  ['a tautology', good, "status != 'ok' || status != 'error'"],
  ['has() of what is always there', good, "has(status) && status == 'ok'"],
  ['good that is what total excludes', good, "status == 'cancelled'"],
  ['good that is all of total', good, "status != 'cancelled'"],
  ['a scope that nothing is in', scope, 'attempt < 0'],
  ['a total that its scope excludes', where, '"!is_final"'],
  ['a condition that YAML takes for a tag', where, '!is_final'],
  ['series by an id', '[provider, region]', '[provider, request_id]'],
  ['series by an attribute that is an id', '[provider, region]', '[attributes.user_id]'],
  ['a target of 100 %', 'target: 0.999', 'target: 1'],
  ['percent as a share', 'target: 0.999', 'target: 99.9'],
  ['m for months', 'duration: 30d', 'duration: 1m'],
  ['timeslices', 'budgetingMethod: Occurrences', 'budgetingMethod: Timeslices'],
  ['timeslices within occurrences', 'target: 0.999', 'target: 0.999\n      timeSliceTarget: 0.95'],
  ['a misspelt method', 'budgetingMethod: Occurrences', 'budgetingMethod: Occurences'],
  ['a misspelt key', 'seriesMax: 50', 'serieMax: 50'],
  ['a number among annotations', 'criticality: high', 'criticality: 1'],
  ['a service that nobody defines', '  service: chat-completions\n', '  service: chat-completion\n'],
  ['a tab', '  service: chat-completions\n', '\tservice: chat-completions\n'],
  ['a key twice', '  service: chat-completions\n', '  service: chat-completions\n  service: other\n'],
];

function told([what, from, to]: (typeof EDITS)[number]): string {
  expect(SOUND).toContain(from);
  const { issues, warnings } = loadSpecs([{ file: 'slos.yaml', text: SOUND.replace(from, to) }], {
    mode: 'tolerant',
  });
  const texts = [formatIssues(issues, 'mistake'), formatIssues(warnings, 'warning')].filter(Boolean);
  return `## ${what}\n\n${texts.join('\n\n')}\n`;
}

test('typical mistakes lead to what is meant', async () => {
  const all = EDITS.map(told);
  for (const text of all) expect(text).toMatch(/^(mistake|warning) slos\.yaml:\d+:\d+[ :]/m);
  await expect(all.join('\n')).toMatchFileSnapshot('spec-mistakes.txt');
});
