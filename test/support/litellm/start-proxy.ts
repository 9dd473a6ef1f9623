import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { freePort } from '../kafka/ports.ts';

/** LiteLLM's own program, in a Python environment with `litellm[proxy]`; its interpreter stands beside it. */
const PROGRAM = process.env['BURNLINE_LITELLM'];
const PRESETS = 'generic_api_compatible_callbacks.json';
const OURS = new URL(`../../../services/collector/litellm/${PRESETS}`, import.meta.url).pathname;
/** It imports for some ten seconds, and longer beside other suites. */
const START_TIMEOUT_MS = 120_000;
const run = promisify(execFile);

/** Whether LiteLLM's proxy is there. CI installs it where PyPI can be reached; where it is not, the skip is printed. */
export const hasLitellm = PROGRAM !== undefined;
if (!hasLitellm) {
  const how =
    "python3 -m venv DIR && DIR/bin/pip install 'litellm[proxy]==1.108.7', BURNLINE_LITELLM=DIR/bin/litellm";
  process.stderr.write(`\n*** SKIPPED: tests against LiteLLM's proxy. *** It is not installed (${how})\n`);
}

export interface LitellmProxy {
  readonly url: string;
  /** What it wrote so far. */
  readonly output: () => string;
  stop(): Promise<void>;
}

/**
 * A proxy with this configuration and environment, and our preset among its own. The presets stand in the package's folder: it
 * runs from a folder of links to it, so that the installation stays as it is.
 */
export async function startLitellm(
  config: object,
  env: Readonly<Record<string, string>>,
): Promise<LitellmProxy> {
  if (PROGRAM === undefined) throw new Error('BURNLINE_LITELLM is not set');
  const folder = await mkdtemp(path.join(tmpdir(), 'burnline-litellm-'));
  await linkPackage(folder, path.join(path.dirname(PROGRAM), 'python'));
  const configFile = path.join(folder, 'config.yaml');
  await writeFile(configFile, stringify(config));
  const port = await freePort();
  const args = ['--config', configFile, '--port', String(port), '--host', '127.0.0.1'];
  const own = { PYTHONPATH: folder, LITELLM_LOCAL_MODEL_COST_MAP: 'True', LITELLM_TELEMETRY: 'False' };
  const child = spawn(PROGRAM, args, { cwd: folder, env: { ...process.env, ...own, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const ended = once(child, 'exit');
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadlineMs = performance.now() + START_TIMEOUT_MS;
  while (!(await isLive(url))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await stop();
      throw new Error(`the proxy did not start: ${output.slice(-4_000)}`);
    }
    await sleep(200);
  }
  return { url, output: () => output, stop };
}

async function isLive(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/liveliness`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}

async function linkPackage(folder: string, python: string): Promise<void> {
  const where =
    "import importlib.util; print(importlib.util.find_spec('litellm').submodule_search_locations[0])";
  const { stdout } = await run(python, ['-c', where]);
  await run('cp', ['-as', stdout.trim(), path.join(folder, 'litellm')]);
  const file = path.join(folder, 'litellm/integrations/generic_api', PRESETS);
  const merged = { ...(await readJson(file)), ...(await readJson(OURS)) };
  // The link goes, and not what it leads to.
  await unlink(file);
  await writeFile(file, JSON.stringify(merged));
}

async function readJson(file: string): Promise<object> {
  return JSON.parse(await readFile(file, 'utf8')) as object;
}
