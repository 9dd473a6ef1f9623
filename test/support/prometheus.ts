import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './kafka/ports.ts';

export interface RunningPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/** A real Prometheus on 127.0.0.1 whose data is in a folder. `config` is that of its file, YAML. */
export async function startPrometheus(
  folder: string,
  { config, retention }: { readonly config: string; readonly retention: string },
): Promise<RunningPrometheus> {
  const address = `127.0.0.1:${await freePort()}`;
  await writeFile(path.join(folder, 'prometheus.yml'), config);
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--storage.tsdb.retention.time=${retention}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const url = `http://${address}`;
  for (let attempt = 0; attempt < 300; attempt++) {
    const isReady = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    await sleep(100);
  }
  return {
    url,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}
