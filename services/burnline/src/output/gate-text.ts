import type { GateAnswer, GateReason } from '@burnline/core';
import type { KeptGateAnswer } from '../governing/gate.ts';
import { formatCount, formatInstant, formatLabels, formatPercent } from './format.ts';
import type { Output, Tone } from './output.ts';
import { shown } from './shown.ts';

const TONES: Readonly<Record<GateAnswer, Tone>> = { allow: 'good', deny: 'bad', insufficient: 'warn' };
/** What decides first. */
const EFFECTS: readonly GateReason['effect'][] = ['deny', 'insufficient', 'passed', 'allow', 'note'];

/** The answer, why, and the rows behind it. */
export function printGateAnswer(answer: KeptGateAnswer, output: Output): void {
  const { service, change, asOf, evaluated, coverage } = answer;
  output.line(
    `${output.tone(TONES[answer.answer], answer.answer)}: a ${change} of ${shown(service)}, as of ${formatInstant(Date.parse(asOf))} UTC`,
  );
  const known = evaluated === null ? 'never' : `up to ${formatInstant(Date.parse(evaluated))} UTC`;
  output.line(
    `answer ${answer.id}, evaluated ${known}, coverage ${coverage === null ? 'not known' : formatPercent(coverage, 1)}`,
  );
  const reasons = [...answer.reasons].sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect));
  for (const { effect, text, policy } of reasons)
    output.prose(`  ${effect}: ${shown(text)}${policy === null ? '' : ` [${policy}]`}`);
  if (reasons.length === 0) output.line('  nothing speaks against it');
  if (answer.states.length > 0)
    output.table(
      ['policy', 'slo', 'series', 'level', 'since', 'spent', 'events', 'coverage'],
      answer.states.map((state) => [
        state.policy,
        state.slo,
        formatLabels(state.labels),
        state.level,
        state.sinceMs === null ? '' : formatInstant(state.sinceMs),
        formatPercent(state.spent, 1),
        formatCount(state.total),
        formatPercent(state.coverage, 1),
      ]),
      { optional: ['since', 'coverage'] },
    );
}
