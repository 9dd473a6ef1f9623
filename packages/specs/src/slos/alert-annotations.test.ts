import { readFileSync } from 'node:fs';
import { alertTimingOf } from '@burnline/core';
import { expect, it } from 'vitest';
import { loadSpecs } from '../load-specs.ts';

/** Goal: a spec says how its alerts end and are told; what it does not say follows from its tiers. */
const text = readFileSync(new URL('../fixtures/availability.yaml', import.meta.url), 'utf8');

function load(annotations: string) {
  const anchor = 'metadata:\n  name: chat-availability\n';
  expect(text).toContain(anchor);
  const changed = text.replace(anchor, `${anchor}  annotations: { ${annotations} }\n`);
  return loadSpecs([{ file: 'a.yaml', text: changed }], { mode: 'strict' });
}

it('takes the hold before an end for every tier, the size of a group, and a runbook', () => {
  const { plans, issues } = load(
    `burnline.dev/resolve-after: 20m, burnline.dev/group-from: '3', burnline.dev/runbook: 'https://wiki.example/chat?a=1'`,
  );
  expect(issues).toEqual([]);
  expect(plans[0]).toMatchObject({ groupFrom: 3, runbook: 'https://wiki.example/chat?a=1' });
  for (const tier of plans[0]!.tiers) {
    expect(alertTimingOf(tier)).toMatchObject({ resolveHoldMs: 1_200_000, gapMs: 7_200_000 });
  }
});

it('has a hold of two short windows without one', () => {
  const { plans } = loadSpecs([{ file: 'a.yaml', text }], { mode: 'strict' });
  const holds = plans[0]!.tiers.map((tier) => alertTimingOf(tier).resolveHoldMs / 60_000);
  expect(holds).toEqual([10, 60, 240, 720]);
});

it.each([
  `burnline.dev/resolve-after: soon`,
  `burnline.dev/group-from: '0'`,
  `burnline.dev/runbook: 'ftp://x'`,
])('refuses %s', (annotation) => {
  expect(load(annotation).issues).toHaveLength(1);
});
