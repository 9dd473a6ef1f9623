import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serveConsole, type ConsoleServer } from '@burnline/console';
import { startEngine } from '@burnline/engine';
import type { Report, ReportBudget } from '@burnline/reading';
import { createLogger, openStore } from '@burnline/runtime';
import { makeReport } from 'burnline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ratioSlo } from '../integrity/questions/ratio-slo.ts';
import { runCli, runCliJson } from '../support/burnline-cli.ts';
import { randomFrom } from '../support/random.ts';
import { isSkipped, startChromium } from './pages/support/chromium.ts';
import { rawRequest } from './asking.ts';

/**
 * Goal: a report says of a week what a recount of the file says, keeps what it told, shows what is another figure since as such, and
 * shows what events are called as text.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK = { fromMs: Date.UTC(2026, 4, 11), toMs: Date.UTC(2026, 4, 18) };
/** What a tenant may call itself. */
const EVIL = '<img src=x onerror=alert(1)>|`a`';
const TARGET = 0.95;

interface Sent {
  readonly atMs: number;
  readonly tenant: string;
  readonly provider: string;
  readonly isOk: boolean;
  readonly costNanoUsd: number | null;
}

/** Some days with an hour of traffic each: before the week, in it with a provider that fails, and on the Monday after. */
function sentEvents(): readonly Sent[] {
  const random = randomFrom(4_711);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const hours = [-5 * 24, 30, 55, 80, 7 * 24 + 2].map((hour) => WEEK.fromMs + hour * HOUR_MS);
  return hours
    .flatMap((startMs, hour) =>
      Array.from({ length: 240 }, (_, index) => ({ atMs: startMs + index * 15_000, hour })),
    )
    .map(({ atMs, hour }) => {
      const provider = pick(['openai', 'bedrock']);
      const isFailing = hour === 2 && provider === 'bedrock';
      return {
        ...{ atMs, provider, tenant: pick(['acme', EVIL]) },
        isOk: random() > (isFailing ? 0.6 : 0.02),
        costNanoUsd: random() < 0.9 ? Math.floor(random() * 9_000_000) : null,
      };
    });
}

const sent = sentEvents();
const inWeek = sent.filter(({ atMs }) => atMs >= WEEK.fromMs && atMs < WEEK.toMs);
const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
/** Left out later: a quarter of an hour in which much went wrong. */
const LEFT_OUT = { fromMs: WEEK.fromMs + 55 * HOUR_MS, toMs: WEEK.fromMs + 55.25 * HOUR_MS };

const SPECS = `apiVersion: openslo/v1
kind: Service
metadata: { name: chat }
spec: {}
${ratioSlo('availability', String(TARGET), `where: "status == 'ok'"`, `scope: "service == 'chat'", by: [tenant]`)}`;

let root: string;
let dataDir: string;

const reported = (...args: readonly string[]): Promise<Report> =>
  runCliJson<Report>(['report', 'weekly', '--data-dir', dataDir, ...args]);
/** Rows of a statement, a JSON object a line. */
async function query<Row>(sql: string): Promise<readonly Row[]> {
  const { stdout } = await runCli(['--json', 'query', sql, '--data-dir', dataDir]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

/** The replayed database, by a user who may do what the role says. */
async function openDatabase(role: 'pipeline' | 'analyst') {
  const users = [{ name: role, password: '', role }];
  const engine = await startEngine({ dataDirectory: path.join(dataDir, 'clickhouse'), port: 0, users });
  const store = openStore({ url: engine.url, user: role, password: '', database: 'burnline' });
  const close = async (): Promise<void> => {
    await store.close();
    await engine.stop();
  };
  return { store, close };
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-report-'));
  dataDir = path.join(root, 'data');
  const [file, specs] = ['events.ndjson', 'slos.yaml'].map((name) => path.join(root, name));
  const lines = sent.map(({ atMs, tenant, provider, isOk, costNanoUsd }, index) =>
    JSON.stringify({
      event_id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      occurred_at: new Date(atMs).toISOString(),
      ...{ service: 'chat', tenant, provider, model_requested: 'm', status: isOk ? 'ok' : 'error' },
      ...{
        duration_ms: 100,
        cost_nano_usd: costNanoUsd,
        cost_source: costNanoUsd === null ? 'unknown' : 'reported',
      },
    }),
  );
  await writeFile(file!, lines.join('\n'));
  await writeFile(specs!, SPECS);
  const replayed = await runCli(['replay', file!, '--specs', specs!, '--data-dir', dataDir]);
  if (replayed.exitCode !== 0) throw new Error(replayed.stderr);
}, 120_000);
afterAll(() => rm(root, { recursive: true, force: true }));

const tenantOf = ({ labels }: ReportBudget): string => labels['tenant']!;
function expectCounts(budgets: readonly ReportBudget[], events: readonly Sent[]): void {
  expect(budgets.map(tenantOf).sort()).toEqual([EVIL, 'acme'].sort());
  for (const budget of budgets) {
    const own = events.filter(({ tenant }) => tenant === tenantOf(budget));
    const bad = own.filter(({ isOk }) => !isOk).length;
    expect(budget).toMatchObject({
      ...{ good: own.length - bad, bad, total: own.length },
      sliRatio: expect.closeTo(1 - bad / own.length, 12) as number,
      spentRatio: expect.closeTo(bad / (own.length * (1 - TARGET)), 9) as number,
      isMet: bad / own.length <= 1 - TARGET + 1e-12,
    });
  }
}

describe('a report of a week', () => {
  let first: Report;

  it('counts what the file has in it, and names where bad events came from', async () => {
    first = await reported();
    expect(first).toMatchObject({ ...WEEK, kind: 'weekly', restated: [], firstMadeAtMs: null, coverage: 1 });
    expectCounts(first.budgets, inWeek);
    expect(first.budgets[0]!.reasons[0]).toMatchObject({ dimension: 'provider', value: 'bedrock' });
    const status = await runCliJson<{ series: { labels: { tenant: string }; remainingRatio: number }[] }>([
      ...['status', '--data-dir', dataDir],
      ...['--as-of', '2026-05-18T00:00:00Z'],
    ]);
    for (const budget of first.budgets)
      expect(budget.leftAfterRatio).toBe(
        status.series.find(({ labels }) => labels.tenant === tenantOf(budget))!.remainingRatio,
      );
  });

  it('says how long alerts took to be seen and to be over', async () => {
    const rows = await query<{ fired_s: number; over_s: number | null; long_s: number; tenant: string }>(
      `SELECT toUnixTimestamp(fired_at) AS fired_s, toUnixTimestamp(over_at) AS over_s, long_window_s AS long_s, labels['tenant'] AS tenant
       FROM alerts WHERE fired_at >= '2026-05-11 00:00:00' AND fired_at < '2026-05-18 00:00:00' ORDER BY fired_at DESC, alert_key`,
    );
    expect(rows.length).toBeGreaterThan(0);
    expect(first.alerts.map(({ detectMs, resolveMs }) => [detectMs, resolveMs])).toEqual(
      rows.map(({ fired_s, over_s, long_s, tenant }) => {
        const firedMs = fired_s * 1_000;
        const bad = sent.find(
          (one) =>
            !one.isOk && one.tenant === tenant && one.atMs >= firedMs - long_s * 1_000 && one.atMs < firedMs,
        )!;
        return [firedMs - bad.atMs, over_s === null ? null : over_s * 1_000 - firedMs];
      }),
    );
  });

  it('says of all alerts how many are over, and the median of how long they took', async () => {
    const rows = await query<{ took_s: number }>(
      `SELECT toUInt32(over_at - fired_at) AS took_s FROM alerts
       WHERE fired_at >= '2026-05-11 00:00:00' AND fired_at < '2026-05-18 00:00:00' AND over_at IS NOT NULL`,
    );
    const took = rows.map(({ took_s }) => took_s * 1_000).sort((a, b) => a - b);
    expect(took.length).toBeGreaterThan(0);
    expect(first.alertsOver).toEqual({
      count: took.length,
      resolveMedianMs: took[Math.floor((took.length - 1) / 2)],
    });
    expect(first.alertsLeftOut).toBe(0);
  });

  it('adds up what was spent, by day too', () => {
    const cost = sum(inWeek.map(({ costNanoUsd }) => costNanoUsd ?? 0));
    expect(first.cost).toMatchObject({
      ...{ costNanoUsd: cost, requests: inWeek.length },
      unpriced: inWeek.filter(({ costNanoUsd }) => costNanoUsd === null).length,
      before: { requests: sent.filter(({ atMs }) => atMs < WEEK.fromMs).length },
    });
    for (const { atMs, costNanoUsd } of first.cost!.days)
      expect(costNanoUsd).toBe(
        sum(
          inWeek
            .filter((one) => one.atMs >= atMs && one.atMs < atMs + DAY_MS)
            .map((one) => one.costNanoUsd ?? 0),
        ),
      );
  });

  it('is kept once, and told again the same', async () => {
    const again = await reported('--of', '2026-05-13');
    expect(again).toMatchObject({ id: first.id, restated: [], budgets: first.budgets });
    const rows = await query<{ id: string; figures: string }>('SELECT id, figures FROM reports');
    expect(rows.map(({ id }) => id)).toEqual([first.id]);
    expect((JSON.parse(rows[0]!.figures) as Report).budgets).toEqual(first.budgets);
  });

  it('made after a figure changed says what it was and what it is', async () => {
    const span = [LEFT_OUT.fromMs, LEFT_OUT.toMs].map((atMs) => new Date(atMs).toISOString());
    const adjusted = await runCli([
      ...['adjust', 'add', '--data-dir', dataDir, '--all', '--reason', 'provider credited it'],
      ...['--author', 'ann', '--from', span[0]!, '--to', span[1]!],
    ]);
    expect(adjusted.exitCode).toBe(0);
    const second = await reported();
    const isLeft = ({ atMs }: Sent): boolean => atMs < LEFT_OUT.fromMs || atMs >= LEFT_OUT.toMs;
    expectCounts(second.budgets, inWeek.filter(isLeft));
    expect(second.firstMadeAtMs).toBe(first.madeAtMs);
    for (const budget of second.budgets) {
      const was = first.budgets.find((one) => tenantOf(one) === tenantOf(budget))!;
      const what = `availability ${tenantOf(budget)}`;
      expect(second.restated).toContainEqual({ what, figure: 'good', before: was.good, after: budget.good });
      const total = { what, figure: 'total', before: was.total, after: budget.total };
      expect(second.restated).toContainEqual(total);
    }
    expect(await query('SELECT toUInt32(count()) AS n FROM reports')).toEqual([{ n: 2 }]);
    const { stdout } = await runCli(['report', 'weekly', '--data-dir', dataDir]);
    expect(stdout).toContain('## Restated');
  });

  it('made once raw rows are gone tells what they said then, and of what was never told nothing', async () => {
    const { store, close } = await openDatabase('pipeline');
    const stores = { reader: store, writer: store };
    try {
      const request = { kind: 'weekly', stream: first.stream, author: 'ann' };
      const later = await makeReport(stores, request, first.madeAtMs + 40 * DAY_MS);
      expect(later.cost).toEqual(first.cost);
      expect(later.budgets.map(({ reasons }) => reasons)).toEqual(
        first.budgets.map(({ reasons }) => reasons),
      );
      expect(later.alerts).toEqual(first.alerts);
      const earlier = { ...request, holds: WEEK.fromMs - 1 };
      const untold = await makeReport(stores, earlier, first.madeAtMs + 40 * DAY_MS);
      expect(untold.cost).toBeNull();
      expectCounts(
        untold.budgets,
        sent.filter(({ atMs }) => atMs < WEEK.fromMs),
      );
    } finally {
      await close();
    }
  });

  it('of a week that is not over is refused, with how far things are', async () => {
    const refused = await runCli(['report', 'weekly', '--data-dir', dataDir, '--of', '2026-05-19']);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/not over yet[^]*2026-05-18T/);
  });
});

describe('asked of the console', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let server: ConsoleServer;
  const printed = new Map<string, string>();
  const QUESTIONS: readonly (readonly [command: string, query: string])[] = [
    ['weekly', 'kind=weekly'],
    ['weekly --format html', 'kind=weekly&format=html&of=2026-05-13T00:00:00Z'],
    ['weekly --sla --series tenant=acme', 'kind=weekly&sla=true&series=tenant%3Dacme'],
  ];
  /** When it was made is no part of what it says. */
  const withoutMoment = (text: string): string =>
    text.replace(/(Made|As measured by) [\d-]+ [\d:]+ UTC/g, '$1 then').replaceAll(/\\-/g, '-');
  const ask = (query: string): ReturnType<typeof rawRequest> =>
    rawRequest(`${server.url}/api/v1/report?${query}`);

  beforeAll(async () => {
    for (const [command] of QUESTIONS) {
      const { stdout } = await runCli(['report', ...command.split(' '), '--data-dir', dataDir]);
      printed.set(command, stdout);
    }
    // Nobody who may write is there.
    database = await openDatabase('analyst');
    const logger = createLogger({ name: 'console', level: 'warn' });
    server = await serveConsole({ store: database.store, logger, host: '127.0.0.1', port: 0 });
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await database.close();
  });

  it.each(QUESTIONS)('is what `burnline report %s` prints', async (command, query) => {
    const { status, text, headers } = await ask(query);
    expect(status, text).toBe(200);
    expect(withoutMoment(text)).toBe(withoutMoment(printed.get(command)!));
    expect(text).toMatch(/(Made|As measured by) /);
    const isPage = query.includes('html');
    expect(headers).toMatchObject({
      'content-type': isPage ? 'text/html; charset=utf-8' : 'text/markdown; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    // Its one style is let in by what it is.
    if (isPage) {
      const style = /<style>([^]*)<\/style>/.exec(text)![1]!;
      expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
      expect(text).not.toMatch(/ style="|<script/);
    }
  });

  it('says of figures that no row keeps that they are not kept, and keeps nothing', async () => {
    const count = (): Promise<unknown> => database.store.query('SELECT count() AS n FROM reports');
    const before = await count();
    const { text } = await ask('kind=weekly&series=tenant%3Dnobody');
    expect(text).toContain('not kept');
    expect(await count()).toEqual(before);
  });

  it.each([
    ['', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=daily', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=weekly&of=yesterday', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=weekly&format=pdf', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=weekly&series=acme', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=weekly&author=ann', 400, 'CONSOLE_PARAMETER_INVALID'],
    ['kind=weekly&stream=none', 404, 'CONSOLE_NOT_FOUND'],
    ['kind=weekly&of=2026-05-19T00:00:00Z', 422, 'REPORT_PERIOD_OPEN'],
  ])('answers "%s" with %d %s', async (query, status, code) => {
    const answer = await ask(query);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({ status, code, remedy: expect.any(String) as string });
  });
});

describe('written down', () => {
  it('as Markdown has its charts beside it, and names as text', async () => {
    const file = path.join(root, 'week.md');
    await runCli(['report', 'weekly', '--data-dir', dataDir, '--output', file]);
    const text = await readFile(file, 'utf8');
    expect(text).not.toMatch(/(?<!\\)[<`]/);
    for (const [, chart] of text.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g))
      expect(await readFile(path.join(root, chart!), 'utf8')).toMatch(/^<svg [^]*<\/svg>$/);
    expect((await readdir(root)).filter((name) => name.endsWith('.svg')).sort()).toEqual([
      'week.budgets.svg',
      'week.spend.svg',
    ]);
    // Every row of a table has as many cells as its head.
    for (const table of text.split('\n\n').filter((block) => block.startsWith('|'))) {
      const cells = table.split('\n').map((row) => row.replaceAll(/\\\|/g, '').split('|').length);
      expect(new Set(cells).size, table).toBe(1);
    }
  });

  it('for a customer has their series alone, and nothing of how it is run', async () => {
    const { stdout } = await runCli([
      ...['report', 'weekly', '--data-dir', dataDir],
      ...['--sla', '--series', 'tenant=acme'],
    ]);
    expect(stdout).toContain('tenant=acme');
    expect(stdout).toContain('95.0 %');
    for (const internal of ['onerror', 'bedrock', 'SEV-', '$', 'What is due'])
      expect(stdout).not.toContain(internal);
  });

  it.skipIf(isSkipped())(
    'as HTML is a page that runs nothing, asks for nothing and prints to a PDF',
    async () => {
      const file = path.join(root, 'week.html');
      await runCli(['report', 'weekly', '--data-dir', dataDir, '--format', 'html', '--output', file]);
      const browser = await startChromium();
      try {
        const page = await browser.newPage();
        const wrong: string[] = [];
        page.on('dialog', () => wrong.push('a script ran'));
        page.on('console', (message) => wrong.push(message.text()));
        page.on('request', (request) => {
          if (request.url() !== `file://${file}`) wrong.push(request.url());
        });
        await page.goto(`file://${file}`);
        expect(await page.locator('h2').allInnerTexts()).toEqual([
          ...['Restated', 'Budgets', 'Why', 'Quality, safety and drift', 'Alerts'],
          ...['Cost', 'What is due'],
        ]);
        expect(await page.locator('svg path[stroke]').count()).toBe(2);
        expect(await page.locator('img').count()).toBe(0);
        expect(await page.getByText(EVIL).count()).toBeGreaterThan(0);
        expect(wrong).toEqual([]);
        expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
      } finally {
        await browser.close();
      }
    },
  );
});
