import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

/** What V8 counts apart from functions: share of the sampled time. */
const APART = ['(idle)', '(garbage collector)', '(program)'];
const TOP_COUNT = 15;

/** Microseconds of self time by function, from a V8 CPU profile. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const nodeOf = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map();
  for (const [index, id] of samples.entries()) {
    const { functionName, url, lineNumber } = nodeOf.get(id).callFrame;
    const file = url === '' ? '' : `  ${path.relative(process.cwd(), fileOf(url))}:${lineNumber + 1}`;
    const name = `${functionName || '(anonymous)'}${file}`;
    // A delta is the time since the sample before.
    times.set(name, (times.get(name) ?? 0) + timeDeltas[index]);
  }
  return times;
}

const fileOf = (url) => (url.startsWith('file:') ? fileURLToPath(url) : url);

/** Shares of idle, garbage collector and native work, then the functions with the most self time, as lines of text. */
export function profileTable(profile) {
  const times = selfTimes(profile);
  const wholeUs = [...times.values()].reduce((sum, us) => sum + us, 0);
  const idleUs = times.get('(idle)') ?? 0;
  const percent = (us, of) => `${((100 * us) / of).toFixed(1).padStart(5)} %`;
  const apart = APART.map((name) => `  ${percent(times.get(name) ?? 0, wholeUs)}  ${name}`);
  const top = [...times]
    .filter(([name]) => !APART.includes(name) && name !== '(root)')
    .sort(([, a], [, b]) => b - a)
    .slice(0, TOP_COUNT)
    .map(([name, us]) => `  ${percent(us, wholeUs - idleUs)}  ${name}`);
  return [
    `${(wholeUs / 1e6).toFixed(1)} s sampled; of the whole:`,
    ...apart,
    `self time, of what is not idle:`,
    ...top,
  ];
}

/**
 * One HTML file that shows the profile as flame graph, by time or by weight, without a network: speedscope, whole, with
 * the profile in it.
 */
export async function writeFlameGraph(file, profileFile) {
  const release = new URL('./dist/release/', import.meta.resolve('speedscope/package.json'));
  const index = await readFile(new URL('index.html', release), 'utf8');
  const [style] = /speedscope-\w+\.css/.exec(index);
  const [script] = /speedscope-\w+\.js/.exec(index);
  const [css, code, profile] = await Promise.all([
    readFile(new URL(style, release), 'utf8'),
    readFile(new URL(script, release), 'utf8'),
    readFile(profileFile, 'base64'),
  ]);
  const name = JSON.stringify(path.basename(profileFile));
  // Asked for a local profile, speedscope sets a global for it and looks for a file that gives it; here it is given at once.
  const hand = `location.hash = 'localProfilePath=inline';
Object.defineProperty(window, 'speedscope', { set: (page) => setTimeout(() => page.loadFileFromBase64(${name}, '${profile}')) });`;
  // A script ends at its first end tag, wherever it stands.
  const inline = (text) => `<script>${text.replaceAll('</script', '<\\/script')}</script>`;
  await writeFile(
    file,
    `<!DOCTYPE html><html><head><meta charset="UTF-8"><title>${path.basename(profileFile)}</title><style>${css}</style></head>` +
      `<body>${inline(hand)}${inline(code)}</body></html>\n`,
  );
}
