import path from 'node:path';
import { serveConsole } from '@burnline/console';
import { startEngine } from '@burnline/engine';
import { readServiceActions } from '@burnline/queries';
import { createLogger, openStore } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KeptGateAnswer } from 'burnline';
import { runCli, type CliResult } from '../../support/burnline-cli.ts';
import {
  END_MS,
  GOVERNED_SPECS,
  HOUR_MS,
  TURN_MS,
  governedEvents,
  replayGoverned,
  type GovernedHistory,
} from './governed-history.ts';

/**
 * Goal: the gate goes by budgets, arms and policies as they stood at the moment that is asked about, keeps what it said, and says the same of
 * a past moment as was said then.
 *
 * Method: a history after which two budgets are spent, replayed whole and up to a moment: what the shorter one says then, the whole one says of
 * then.
 */
const SPECS = GOVERNED_SPECS.replaceAll('duration: 28d', 'duration: 4h').replace(
  'target: 0.9 }',
  'target: 0.88 }',
);
const POLICIES = `---
apiVersion: openslo/v1
kind: ErrorBudgetPolicy
metadata: { name: experience }
spec:
  services: [chat]
  slos: [availability]
  stops: [feature, config]
  evidence: { minEvents: 200, minCoverage: 0.5 }
  sampling: { ok: 0.1, freeze: 1 }
  rollbackAt: freeze
---
apiVersion: openslo/v1
kind: ErrorBudgetPolicy
metadata: { name: answers }
spec:
  services: [chat]
  track: model
  stops: [model, prompt]
`;
const MIDDLE_MS = TURN_MS + 70 * 60_000;
let whole: GovernedHistory;
let until: GovernedHistory;

beforeAll(async () => {
  const events = governedEvents();
  whole = await replayGoverned({ specs: SPECS + POLICIES, events });
  until = await replayGoverned({
    specs: SPECS + POLICIES,
    events: events.filter(({ atMs }) => atMs < MIDDLE_MS),
  });
}, 300_000);
afterAll(async () => {
  await whole.close();
  await until.close();
});

interface Asked extends CliResult {
  readonly answer: KeptGateAnswer;
}

async function gate(
  history: GovernedHistory,
  change: string,
  asOfMs: number,
  more: readonly string[] = [],
): Promise<Asked> {
  const result = await runCli([
    ...['--json', 'gate', '--service', 'chat', '--change', change, '--stream', history.stream],
    ...['--as-of', new Date(asOfMs).toISOString(), ...more, '--data-dir', history.dataDir],
  ]);
  expect(result.stderr).toBe('');
  return { ...result, answer: JSON.parse(result.stdout) as KeptGateAnswer };
}

/** Of an answer what does not name it. */
const said = ({ id, stream, ...answer }: KeptGateAnswer): object => {
  expect([id.length, stream.length > 0]).toEqual([8, true]);
  return answer;
};

describe('the gate over a history', () => {
  it('lets changes ship before the budgets are spent, and stops those that a policy names after', async () => {
    const before = await gate(whole, 'config', TURN_MS - HOUR_MS);
    expect([before.exitCode, before.answer.answer]).toEqual([0, 'allow']);
    expect(before.answer.states.map(({ level }) => level)).toEqual(['warn', 'ok', 'ok']);
    const after = await gate(whole, 'config', END_MS);
    expect([after.exitCode, after.answer.answer]).toEqual([3, 'deny']);
    expect(after.answer.reasons).toContainEqual(
      expect.objectContaining({ effect: 'deny', code: 'frozen', policy: 'experience', slo: 'availability' }),
    );
    const model = await gate(whole, 'model', END_MS);
    expect(model.answer.reasons).toContainEqual(
      expect.objectContaining({ effect: 'deny', code: 'frozen', policy: 'answers', slo: 'quality' }),
    );
    const fix = await gate(whole, 'fix', END_MS);
    expect([fix.exitCode, fix.answer.answer]).toEqual([0, 'allow']);
    expect(fix.answer.reasons.map(({ effect }) => effect)).toContain('passed');
  });

  it('has not enough evidence long after the last evaluation, before the first one, and of a service without SLOs', async () => {
    for (const asOfMs of [END_MS + 3 * HOUR_MS, TURN_MS - 5 * HOUR_MS])
      expect((await gate(whole, 'fix', asOfMs)).exitCode).toBe(4);
    const other = await runCli([
      ...[
        'gate',
        '--service',
        'chatt',
        '--change',
        'fix',
        '--stream',
        whole.stream,
        '--data-dir',
        whole.dataDir,
      ],
    ]);
    expect([other.exitCode, other.stdout]).toEqual([4, expect.stringContaining('no SLO of chatt')]);
  });

  it('refuses a model that is shown to be worse, and one that is not shown at all', async () => {
    const asOf = TURN_MS + HOUR_MS;
    const byVariant = ['--by', 'variant', '--baseline', 'control', '--candidate', 'treatment'];
    const worse = await gate(whole, 'model', asOf, byVariant);
    expect(worse.answer.reasons).toContainEqual(
      expect.objectContaining({ effect: 'deny', code: 'candidate-worse', slo: 'availability' }),
    );
    expect(worse.answer.comparison!.map(({ slo }) => slo)).toEqual(['availability', 'quality', 'ttft']);
    const unknown = ['--by', 'variant', '--baseline', 'control', '--candidate', 'nobody'];
    const none = await gate(whole, 'model', TURN_MS - HOUR_MS, unknown);
    expect([none.exitCode, none.answer.answer]).toEqual([4, 'insufficient']);
    const feature = await runCli([
      ...['gate', '--service', 'chat', '--change', 'feature', ...byVariant, '--data-dir', whole.dataDir],
    ]);
    expect([feature.exitCode, feature.stderr]).toEqual([2, expect.stringContaining('has no candidate')]);
  });

  it('says of a past moment what was said then', async () => {
    const arms = ['--by', 'variant', '--baseline', 'control', '--candidate', 'treatment'];
    for (const [change, more] of [
      ['config', []],
      ['prompt', arms],
    ] as const) {
      const asOfMs = MIDDLE_MS - 10 * 60_000;
      const then = await gate(until, change, asOfMs, more);
      const later = await gate(whole, change, asOfMs, more);
      expect(said(later.answer)).toEqual(said(then.answer));
      expect(then.answer.states.length).toBeGreaterThan(2);
      expect(then.answer.states.some(({ level }) => level !== 'ok')).toBe(true);
    }
  });

  it('keeps every answer, with its reasons and rows', async () => {
    const { answer } = await gate(whole, 'feature', END_MS);
    const asked = await runCli([
      ...['--json', 'query', '--data-dir', whole.dataDir],
      `SELECT change, answer, reasons, states, coverage FROM gate_answers WHERE id = '${answer.id}'`,
    ]);
    const row = JSON.parse(asked.stdout) as Record<string, string>;
    expect(row).toMatchObject({ change: 'feature', answer: answer.answer, coverage: answer.coverage });
    expect(JSON.parse(row['reasons']!)).toEqual(answer.reasons);
    expect(JSON.parse(row['states']!)).toEqual(answer.states);
  });

  it('walks the ladder by the budgets that status shows', async () => {
    const { answer } = await gate(whole, 'feature', END_MS);
    const status = await runCli([
      ...['--json', 'status', '--as-of', new Date(END_MS).toISOString(), '--data-dir', whole.dataDir],
    ]);
    const { series } = JSON.parse(status.stdout) as {
      series: readonly {
        slo: string;
        labels: Record<string, string>;
        remainingRatio: number;
        projectedRemainingRatio: number | null;
        isEstimated: boolean;
        total: number;
      }[];
    };
    for (const state of answer.states) {
      const own = series.find(
        (one) => one.slo === state.slo && one.labels['region'] === state.labels['region'],
      )!;
      const left = own.isEstimated ? (own.projectedRemainingRatio ?? own.remainingRatio) : own.remainingRatio;
      expect([state.spent, state.total]).toEqual([expect.closeTo(1 - left, 9), own.total]);
    }
  });
});

describe('what policies ask for beside the gate', () => {
  it('is told over HTTP by the levels that the gate goes by', { timeout: 240_000 }, async () => {
    const { answer } = await gate(whole, 'fix', END_MS);
    const frozen = answer.states.filter(({ policy, level }) => policy === 'experience' && level === 'freeze');
    expect(frozen.length).toBeGreaterThan(0);
    const engine = await startEngine({
      dataDirectory: path.join(whole.dataDir, 'clickhouse'),
      port: 0,
      users: [{ name: 'analyst', password: '', role: 'analyst' }],
    });
    const store = openStore({ url: engine.url, user: 'analyst', password: '', database: 'burnline' });
    const logger = createLogger({ name: 'console', level: 'silent' });
    const server = await serveConsole({ store, logger, host: '127.0.0.1', port: 0 });
    try {
      const response = await fetch(`${server.url}/api/v1/services/chat/actions?stream=${whole.stream}`);
      const told = (await response.json()) as Awaited<ReturnType<typeof readServiceActions>>;
      expect(told).toMatchObject({ samplingRate: 1, isComplete: true });
      expect(told.rollback.map(({ labels, level, sinceMs }) => ({ labels, level, sinceMs }))).toEqual(
        frozen.map(({ labels, level, sinceMs }) => ({ labels, level, sinceMs })),
      );
      // What the file brings in with the turn.
      for (const { candidates } of told.rollback)
        expect(candidates.map(({ what, value }) => `${what} ${value}`)).toContain('system_fingerprint fp-2');
      const before = await readServiceActions(store, {
        ...{ stream: whole.stream, service: 'chat', asOfMs: TURN_MS - HOUR_MS },
      });
      expect(before).toMatchObject({ samplingRate: 0.1, rollback: [] });
      // Nothing is asked for there, and nothing is missing for it.
      const unknown = await readServiceActions(store, {
        ...{ stream: whole.stream, service: 'nobody', asOfMs: END_MS },
      });
      expect(unknown).toMatchObject({ samplingRate: null, rollback: [], isComplete: true });
    } finally {
      await server.close();
      await store.close();
      await engine.stop();
    }
  });
});
