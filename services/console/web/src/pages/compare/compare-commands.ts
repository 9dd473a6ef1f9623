import type { Comparison } from '../../../../src/api/contract/index.ts';
import { shellWord } from '../../parts/shell-word.ts';

type Compared = Pick<Comparison, 'by' | 'baseline' | 'candidate' | 'fromMs' | 'toMs' | 'rule'> & {
  readonly service: string;
  readonly stream: string;
};

type Option = readonly [name: string, value: string];

const line = (words: readonly string[], options: readonly Option[]): string =>
  [
    'burnline',
    ...words.map(shellWord),
    ...options.map(([name, value]) => `--${name} ${shellWord(value)}`),
  ].join(' ');
const streamOf = ({ stream }: Compared): readonly Option[] => (stream === 'live' ? [] : [['stream', stream]]);
const iso = (atMs: number): string => new Date(atMs).toISOString();

/** The command that says the same. */
export function compareCommand(compared: Compared): string {
  const { by, baseline, candidate, fromMs, toMs, rule, service } = compared;
  return line(
    ['compare', baseline, candidate],
    [
      ['by', by],
      ...(service === '' ? [] : [['service', service] as const]),
      ...streamOf(compared),
      ['from', iso(fromMs)],
      ['to', iso(toMs)],
      ['margin', String(rule.margin)],
    ],
  );
}

/** The command that also asks budgets, approvals and calendars, and keeps its answer. */
export function gateCommand(compared: Compared): string {
  const { by, baseline, candidate, fromMs, toMs, rule, service } = compared;
  return line(
    ['gate'],
    [
      ['service', service],
      ['change', by === 'prompt_version' ? 'prompt' : 'model'],
      ['by', by],
      ['baseline', baseline],
      ['candidate', candidate],
      ['margin', String(rule.margin)],
      ['from', iso(fromMs)],
      ['as-of', iso(toMs)],
      ...streamOf(compared),
    ],
  );
}
