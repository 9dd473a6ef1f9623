import { shellWord } from '../../parts/shell-word.ts';

/** What a silence is of, and for how long. */
export interface SilenceForm {
  readonly slos: readonly string[];
  readonly service: string;
  readonly severities: readonly string[];
  /** name=value each. */
  readonly labels: readonly string[];
  /** As the command takes it: 90m, 2h, 1d. */
  readonly length: string;
  readonly reason: string;
}

/** The command that does the same: for a shell, whatever names hold. */
export function silenceCommand({ slos, service, severities, labels, length, reason }: SilenceForm): string {
  const options = [
    ...slos.map((slo) => ['slo', slo] as const),
    ...(service === '' ? [] : [['service', service] as const]),
    ...labels.map((label) => ['label', label] as const),
    ...severities.map((severity) => ['severity', severity] as const),
    ['for', length] as const,
    ['reason', reason === '' ? 'WHY' : reason] as const,
  ];
  return `burnline silence add ${options.map(([name, value]) => `--${name} ${shellWord(value)}`).join(' ')}`;
}
