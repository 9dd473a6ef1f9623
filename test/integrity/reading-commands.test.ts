import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, startCli, type CliResult } from '../support/burnline-cli.ts';
import { LARGE_ID, WIDE_LABELS, startToldSeries, type ToldSeries } from '../support/told-series.ts';

/** Columns as a terminal has them: two for East Asian wide characters, none for accents that combine. */
function columnsOf(line: string): number {
  const wide = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
  return Array.from(line.replaceAll(/\p{Mn}/gu, '')).length + (line.match(wide) ?? []).length;
}

const COMMAND = new URL('../../services/burnline/bin/burnline.js', import.meta.url).pathname;

/** Goal: what reads the tables of a server of one's own says what was asked for, at every width of a terminal. */
let told: ToldSeries;

beforeAll(async () => {
  told = await startToldSeries();
});
afterAll(() => told.close());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runCli(args, { env: { ...told.env, ...env } });

describe('status', () => {
  const slosOf = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { stdout, exitCode } = await run(['--json', 'status', ...args]);
    expect(exitCode, stdout).toBe(0);
    return (JSON.parse(stdout) as { series: { slo: string }[] }).series.map(({ slo }) => slo);
  };

  it('shows one service, one SLO, or what belongs to both', async () => {
    expect(await slosOf()).toEqual(['chat-ttft', 'search-availability']);
    expect(await slosOf('--service', 'search')).toEqual(['search-availability']);
    expect(await slosOf('--slo', 'chat-ttft')).toEqual(['chat-ttft']);
    expect(await slosOf('--service', 'search', '--slo', 'chat-ttft')).toEqual([]);
  });

  it('names those that there are where one is asked for that is not', async () => {
    const service = await run(['status', '--service', 'serch']);
    expect(service).toMatchObject({ exitCode: 2, stdout: '' });
    expect(service.stderr).toContain('there are chat, search');
    expect(service.stderr).toContain('Did you mean "search"?');
    const slo = await run(['status', '--slo', 'nothing-like-it']);
    expect(slo.exitCode).toBe(2);
    expect(slo.stderr).toContain('chat-ttft, search-availability');
    expect(slo.stderr).toContain('CLI_SLO_UNKNOWN');
  });

  it('watches until Ctrl+C, which is no failure, and answers once where a budget is what --fail-on says', async () => {
    const watching = startCli(['status', '--watch', '1', '--slo', 'chat-ttft'], { env: told.env });
    while ((watching.stdout().match(/^live/gm) ?? []).length < 3)
      await new Promise((resolve) => setTimeout(resolve, 50));
    watching.child.kill('SIGINT');
    const ended = await watching.ended;
    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).not.toContain('search-availability');

    const failing = await run(['status', '--watch', '--fail-on', 'breached']);
    expect(failing.exitCode).toBe(3);
    expect(failing.stdout.match(/^live/gm)).toHaveLength(1);
  });

  it('tells of times that it does not know', async () => {
    expect(await run(['status', '--watch', '0'])).toMatchObject({ exitCode: 2 });
    const odd = await run(['status', '--as-of', 'yesterday']);
    expect(odd.exitCode).toBe(2);
    expect(odd.stderr).toContain('Expected a time such as 2023-11-16T18:31:00Z');
    const future = await run(['status', '--as-of', '2100-01-01']);
    expect(future.exitCode).toBe(0);
    expect(future.stdout).toContain('2100-01-01 00:00:00 UTC is in the future');
    expect((await run(['status', '--as-of', '2020-01-01'])).stdout).toContain('Nothing was evaluated');
  });
});

describe('service', () => {
  it('names those that there are where one is asked for that is not', async () => {
    const service = await run(['service', 'serch']);
    expect(service).toMatchObject({ exitCode: 2, stdout: '' });
    expect(service.stderr).toContain('Did you mean "search"?');
    expect((await run(['service', 'chat', '--stream', 'lively'])).stderr).toContain('CLI_STREAM_UNKNOWN');
    expect((await run(['service', '--as-of', '2020-01-01'])).stdout).toContain('Nothing was evaluated');
    expect((await run(['service', '--rate-of', '2h'])).exitCode).toBe(2);
  });
});

describe.each([60, 80, 120])('on a terminal of %i columns', (columns) => {
  const linesOf = async (command: string): Promise<readonly string[]> => {
    const { stdout, exitCode } = await run([command], { COLUMNS: String(columns) });
    expect(exitCode).toBe(0);
    return stdout.split('\n');
  };

  it('status wraps no row, whatever characters stand in it', async () => {
    const lines = await linesOf('status');
    expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
    const text = lines.join('\n');
    for (const word of [WIDE_LABELS.model_served, 'breached', 'SEV-', '95.0 %', 'only partly filled'])
      expect(text).toContain(word);
  });

  it('service wraps none, with a name and without', async () => {
    for (const command of [['service'], ['service', 'chat']]) {
      const { stdout, exitCode } = await run(command, { COLUMNS: String(columns) });
      expect(exitCode).toBe(0);
      const lines = stdout.split('\n');
      expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
      for (const word of ['chat-ttft', 'breached']) expect(lines.join('\n')).toContain(word);
      expect(stdout.includes('search-availability')).toBe(command.length === 1);
    }
  });

  it('alerts wraps no row either, and cuts no key, which `alerts end` wants whole', async () => {
    const lines = await linesOf('alerts');
    expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
    expect(lines.join('\n')).toContain(` live|chat-ttft|${LARGE_ID}|1h&5m`);
    expect(lines.join('\n')).toContain(WIDE_LABELS.model_served);
  });
});

describe('query on the database of CLICKHOUSE_URL', () => {
  it('reads as its user, in the format that is asked for', async () => {
    const sql = 'SELECT slo, series FROM series ORDER BY slo';
    const text = `chat-ttft\t${LARGE_ID}\nsearch-availability\t0\n`;
    expect(await run(['query', sql, '--format', 'TSV'])).toEqual({ exitCode: 0, stdout: text, stderr: '' });
    expect((await run(['query', sql])).stdout).toContain(`│ chat-ttft           │ ${LARGE_ID} │`);
  });

  it.runIf(process.platform === 'linux')(
    'gives each value a line where a terminal has no room for a table',
    async () => {
      const sql =
        "SELECT slo, series, 14400000 AS cost, '深層言語模型-大規模版' AS model FROM series ORDER BY slo";
      const shownAt = async (columns: number): Promise<string> => {
        const command = `stty cols ${columns}; ${process.execPath} ${COMMAND} query "${sql}"`;
        const env = { ...process.env, ...told.env };
        const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], { env });
        const lines = stdout.replaceAll('\r', '').split('\n');
        expect(lines.filter((line) => columnsOf(line) > columns)).toEqual([]);
        return lines.join('\n');
      };
      expect(await shownAt(60)).toMatch(
        /^Row 1:\n─+\nslo: +chat-ttft\nseries: +9202981340292034555\ncost: +14400000\n/,
      );
      expect(await shownAt(120)).toContain('│ chat-ttft           │ 9202981340292034555 │ 14400000 │');
    },
  );

  it('keeps a user who may write from writing', async () => {
    const result = await run(['query', 'TRUNCATE TABLE series']);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('CLI_QUERY_REFUSED');
    expect((await run(['query', 'SELECT count() FROM series', '--format', 'TSV'])).stdout).toBe('2\n');
  });

  it('says what is wrong, and what to do, in a few lines', async () => {
    const wrong = await run(['query', 'SELEC 1']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('Syntax error: failed at position 1 (SELEC)');
    expect(wrong.stderr.length).toBeLessThan(600);
    const login = await run(['query', 'SELECT 1'], { CLICKHOUSE_PASSWORD: 'wrong' });
    expect(login.exitCode).toBe(2);
    expect(login.stderr).toContain('CLICKHOUSE_PASSWORD');
    const away = await run(['query', 'SELECT 1'], { CLICKHOUSE_URL: 'http://127.0.0.1:9' });
    expect(away.exitCode).toBe(1);
    expect(away.stderr).toContain('CLI_QUERY_UNANSWERED');
  });
});
