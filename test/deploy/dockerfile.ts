import { spawnSync } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import path from 'node:path';

/** One stage of a Dockerfile: what it begins from, and its instructions in order. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: 'run'; readonly command: string }
  | {
      readonly kind: 'copy';
      readonly from: string | null;
      readonly sources: readonly string[];
      readonly to: string;
    }
  | { readonly kind: 'other'; readonly line: string };

/** Where images work; the only folder that this project's stages copy from and to. */
const WORKDIR = '/burnline';

/** Reads the instructions that this project uses. */
export function parseDockerfile(text: string): readonly Stage[] {
  const lines = text
    .replaceAll('\\\n', '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  for (const line of lines) {
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'FROM') stages.push({ base: rest[0] ?? '', name: rest[2] ?? 'image', steps: [] });
    else stages.at(-1)?.steps.push(stepOf(word, rest, line));
  }
  return stages;
}

function stepOf(word: string, rest: readonly string[], line: string): Step {
  if (word === 'RUN') return { kind: 'run', command: line.slice('RUN '.length) };
  if (word !== 'COPY') return { kind: 'other', line };
  const from = /^--from=(.+)$/.exec(rest[0] ?? '')?.[1] ?? null;
  const places = (from === null ? rest : rest.slice(1)).map((place) =>
    place === WORKDIR ? '.' : place.replace(/^\/burnline\//, ''),
  );
  return { kind: 'copy', from, sources: places.slice(0, -1), to: places.at(-1) ?? '' };
}

/** Runs all stages as folders below `folder`, on the files of `context`; returns the last one's folder. */
export async function runStages(stages: readonly Stage[], context: string, folder: string): Promise<string> {
  let place = '';
  for (const { name, base, steps } of stages) {
    place = path.join(folder, name);
    await mkdir(place);
    if (stages.some((stage) => stage.name === base)) await copyInto(path.join(folder, base), place);
    for (const step of steps) {
      if (step.kind === 'run') run(step.command, place);
      if (step.kind !== 'copy') continue;
      const root = step.from === null ? context : path.join(folder, step.from);
      for (const source of step.sources) {
        const isFolder = step.to.endsWith('/') && source !== '.';
        const target = isFolder ? path.join(step.to, path.basename(source)) : step.to;
        await copyInto(path.join(root, source), path.join(place, target));
      }
    }
  }
  return place;
}

async function copyInto(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true, force: true });
}

function run(command: string, cwd: string): void {
  const result = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status !== 0)
    throw new Error(`${command} ended with ${String(result.status)}\n${result.stderr.slice(-3_000)}`);
}
