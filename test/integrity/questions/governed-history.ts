import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCli } from '../../support/burnline-cli.ts';
import { randomFrom } from '../../support/random.ts';
import { ratioSlo } from './ratio-slo.ts';

/** An event as it is written to the replayed file: what a recount knows, and nothing of the tables. */
export interface GovernedEvent {
  readonly event_id: string;
  /** Epoch ms. */
  readonly atMs: number;
  readonly provider: string;
  readonly model_requested: string;
  readonly model_served: string;
  readonly region: string;
  readonly prompt_version: string;
  readonly variant: string | null;
  readonly tenant: string;
  readonly system_fingerprint: string;
  readonly status: string;
  readonly ttft_ms: number | null;
  /** Thousandths of an event. */
  readonly weight: number;
  /** What an evaluator said of it, if one did. */
  readonly passed: boolean | null;
}

export const HOUR_MS = 3_600_000;
export const START_MS = Date.UTC(2026, 5, 3, 6);
/** From here on a provider fails, and another model answers. */
export const TURN_MS = START_MS + 4 * HOUR_MS;
export const END_MS = START_MS + 6 * HOUR_MS;
const COUNT = 3_000;

export function governedEvents(seed = 4_711): readonly GovernedEvent[] {
  const random = randomFrom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const times = Array.from({ length: COUNT }, () => START_MS + Math.floor(random() * (END_MS - START_MS)));
  return times
    .sort((a, b) => a - b)
    .map((atMs, index) => {
      const isAfter = atMs >= TURN_MS;
      const provider = pick(['openai', 'openai', 'bedrock']);
      const variant = pick(['control', 'treatment', null]);
      const share = (provider === 'bedrock' && isAfter ? 0.3 : 0.01) + (variant === 'treatment' ? 0.22 : 0);
      const status = random() < share ? pick(['error', 'timeout']) : 'ok';
      const served = isAfter && random() < 0.6 ? 'm-2' : 'm-1';
      return {
        event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
        ...{ atMs, provider, status, variant },
        model_requested: 'm-1',
        model_served: status === 'ok' ? served : '',
        region: pick(['eu', 'us']),
        prompt_version: isAfter && random() < 0.5 ? 'p-2' : 'p-1',
        tenant: pick(['a', 'b', 'c']),
        system_fingerprint: isAfter ? 'fp-2' : 'fp-1',
        ttft_ms: status === 'ok' ? 100 + Math.floor(random() * 1_000) : null,
        weight: pick([1_000, 1_000, 1_000, 2_500]),
        passed: random() < 0.5 ? random() < (served === 'm-2' ? 0.7 : 0.95) : null,
      };
    });
}

/** Who asked, and what was paid, by the number of the event; some events say neither. */
export const userOf = (number: number): string | null => (number % 10 === 0 ? null : `u-${number % 37}`);
export const costOf = (number: number): string | null =>
  number % 7 === 0 ? null : `0.00${String(number % 100).padStart(2, '0')}`;

function wireOf({ atMs, weight, passed, ...event }: GovernedEvent): object {
  const number = Number(event.event_id.slice(-6));
  return {
    ...event,
    user_hash: userOf(number),
    cost_usd: costOf(number),
    occurred_at: new Date(atMs).toISOString(),
    service: 'chat',
    duration_ms: 2_000,
    sample_weight: weight / 1_000,
    verdicts:
      passed === null
        ? []
        : [
            {
              evaluator: 'judge',
              evaluator_version: '1',
              kind: 'online_judge',
              dimension: 'quality',
              passed,
              score: null,
            },
          ],
  };
}

export const GOVERNED_SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
${ratioSlo('availability', '0.9', `where: "status == 'ok'"`, `scope: "service == 'chat'", by: [region]`)}
${ratioSlo('ttft', '0.9', `where: "ttft_ms <= 800"`, `where: "has(ttft_ms)"`)}
${ratioSlo('quality', '0.9', `stream: verdicts, where: "passed"`, `stream: verdicts, where: "dimension == 'quality'"`)}`;

/** How an SLO counts an event, written by hand; null: not at all. */
export const isGood = {
  availability: (event: GovernedEvent): boolean | null => event.status === 'ok',
  ttft: (event: GovernedEvent): boolean | null => (event.ttft_ms === null ? null : event.ttft_ms <= 800),
  quality: (event: GovernedEvent): boolean | null => event.passed,
} as const;
export type GovernedSlo = keyof typeof isGood;

export interface GovernedHistory {
  readonly stream: string;
  readonly dataDir: string;
  readonly events: readonly GovernedEvent[];
  close(): Promise<void>;
}

/** A case of a suite, which an evaluator judged before anything was served by what it was for. */
export interface SuiteCase {
  readonly event_id: string;
  readonly atMs: number;
  readonly variant: string;
  readonly passed: boolean;
  /** Not decided, or no case of a suite. */
  readonly isLeftOut: boolean;
}

/** Two days before the history: the suite finds of the variants what traffic does not, and some cases show nothing. */
export function suiteCases(seed = 99): readonly SuiteCase[] {
  const random = randomFrom(seed);
  return Array.from({ length: 1_200 }, (_, index) => {
    const variant = index % 2 === 0 ? 'control' : 'treatment';
    return {
      event_id: `00000000-0000-4000-8000-1${String(index).padStart(11, '0')}`,
      ...{ variant, atMs: START_MS - 48 * HOUR_MS + index * 1_000 },
      passed: random() < (variant === 'control' ? 0.9 : 0.6),
      isLeftOut: index % 10 === 9,
    };
  });
}

const caseOf = ({ event_id, atMs, variant, passed, isLeftOut }: SuiteCase, index: number): object => ({
  ...{ event_id, variant, passed, service: 'chat', model_served: 'm-1', dimension: 'quality' },
  ...{ evaluator: 'judge', evaluator_version: '1' },
  kind: isLeftOut && index % 20 === 19 ? 'synthetic_probe' : 'offline_suite',
  attributes: isLeftOut && index % 20 !== 19 ? { judge_error: 'timeout' } : {},
  inference_at: new Date(atMs).toISOString(),
  judged_at: new Date(atMs).toISOString(),
});

/** Events, replayed by the command into a folder that is removed at the end. */
export async function replayGoverned({
  specs = GOVERNED_SPECS,
  events = governedEvents(),
  cases = [],
}: {
  readonly specs?: string;
  readonly events?: readonly GovernedEvent[];
  readonly cases?: readonly SuiteCase[];
} = {}): Promise<GovernedHistory> {
  const root = await mkdtemp(path.join(tmpdir(), 'burnline-governed-'));
  const dataDir = path.join(root, 'data');
  const [file, spec] = [path.join(root, 'events.ndjson'), path.join(root, 'slos.yaml')];
  const lines = [...cases.map((one, index) => ({ verdict: caseOf(one, index) })), ...events.map(wireOf)];
  await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  await writeFile(spec, specs);
  const replayed = await runCli(['--json', 'replay', file, '--specs', spec, '--data-dir', dataDir]);
  if (replayed.exitCode !== 0) throw new Error(replayed.stdout + replayed.stderr);
  const { stream } = JSON.parse(replayed.stdout) as { readonly stream: string };
  return { stream, dataDir, events, close: () => rm(root, { recursive: true, force: true }) };
}
