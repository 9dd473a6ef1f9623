import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { cacheFolder, filledOnce } from './kafka/cache-folder.ts';
import { goProgram } from './kafka/go-program.ts';
import { freePort } from './kafka/ports.ts';
import { lastLines, runCommand } from './kafka/run-command.ts';
import { hasProgram } from './programs.ts';

const VERSION = 'v0.165.0';
const MODULES = 'go.opentelemetry.io/collector';
const READY_DEADLINE_MS = 30_000;

export const canBuildOtelCollector = (): boolean => hasProgram('go', 'Debian: apt-get install golang-go');

export interface RunningOtelCollector {
  /** Where it takes OTLP over HTTP. */
  readonly url: string;
  /** Ends it as an operator does: it sends what it still has. */
  stop(): Promise<void>;
}

/**
 * A real OpenTelemetry Collector on 127.0.0.1, built by its own builder from the components that `configFile` asks for (the first time
 * three minutes of CPU time).
 */
export async function startOtelCollector(
  configFile: string,
  env: Readonly<Record<string, string>>,
): Promise<RunningOtelCollector> {
  const program = await otelCollectorProgram();
  const [grpc, http] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const child = spawn(program, ['--config', configFile, '--set', 'service::telemetry::metrics::level=none'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env, OTLP_GRPC_ENDPOINT: grpc, OTLP_HTTP_ENDPOINT: http },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4_000);
  });
  await untilReady(child, `http://${http}`, () => log);
  return {
    url: `http://${http}`,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

async function untilReady(child: ChildProcess, url: string, log: () => string): Promise<void> {
  const deadline = performance.now() + READY_DEADLINE_MS;
  for (;;) {
    const isReady = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`The OpenTelemetry Collector did not start:\n${log()}`);
    }
    await sleep(50);
  }
}

async function otelCollectorProgram(): Promise<string> {
  const folder = path.join(cacheFolder(), 'otelcol', VERSION);
  await filledOnce(folder, async (draft) => {
    const builder = await goProgram({
      ...{ title: "the OpenTelemetry Collector's builder", folder: 'otelcol-builder' },
      ...{ module: `${MODULES}/cmd/builder`, version: VERSION },
    });
    const sources = await mkdtemp(path.join(tmpdir(), 'burnline-otelcol-'));
    try {
      const manifest = path.join(sources, 'builder.yaml');
      await writeFile(
        manifest,
        stringify({
          dist: { name: 'otelcol', output_path: path.join(sources, 'dist') },
          receivers: [{ gomod: `${MODULES}/receiver/otlpreceiver ${VERSION}` }],
          exporters: [{ gomod: `${MODULES}/exporter/otlphttpexporter ${VERSION}` }],
        }),
      );
      const { exitCode, output } = await runCommand(builder, ['--config', manifest], { CGO_ENABLED: '0' });
      if (exitCode !== 0)
        throw new Error(`The OpenTelemetry Collector could not be built:\n${lastLines(output)}`);
      await rename(path.join(sources, 'dist', 'otelcol'), path.join(draft, 'otelcol'));
    } finally {
      await rm(sources, { recursive: true, force: true });
    }
  });
  return path.join(folder, 'otelcol');
}
