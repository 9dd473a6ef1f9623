import { expect } from 'vitest';
import { runCli } from '../../support/burnline-cli.ts';

export interface Counts {
  readonly good: number;
  readonly total: number;
}
/** As the command prints it. */
export interface Day {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fromMs: number;
  readonly toMs: number;
  readonly before: (Counts & { readonly bad: number; readonly remainingRatio: number | null }) | null;
  readonly after: Counts & { readonly remainingRatio: number | null };
  readonly difference: (Counts & { readonly bad: number }) | null;
  readonly causes: readonly string[];
}

export const SERVICE = '\napiVersion: openslo/v1\nkind: Service\nmetadata: { name: chat }\nspec: {}';
export const document = (name: string, rest: string): string => `
apiVersion: openslo/v1
kind: SLO
metadata: { name: ${name} }
spec:
  service: chat
  timeWindow: [{ duration: 2d, isRolling: true }]
${rest}`;
export const slo = (name: string, source: string, objective: string, method = 'Occurrences'): string =>
  document(
    name,
    `  indicator: { metadata: { name: ${name} }, spec: { ${source} } }
  budgetingMethod: ${method}
  objectives: [{ ${objective} }]`,
  );
export const ratio = (good: string, total = ''): string =>
  `ratioMetric: { counter: false, good: { metricSource: { type: burnline, spec: { ${good} } } }, total: { metricSource: { type: burnline, spec: { ${total} } } } }`;

/** What `burnline periods` answers. */
export async function daysOf(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly Day[]> {
  const { stdout, stderr, exitCode } = await runCli(['--json', 'periods', ...args], { env });
  expect(exitCode, stdout + stderr).toBe(0);
  return (JSON.parse(stdout) as { days: Day[] }).days;
}
