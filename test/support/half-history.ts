import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const REQUESTS = new URL('../../examples/llmperf-2023/data/requests.csv', import.meta.url).pathname;
/** Providers whose alerts fire, and one whose runs, two weeks later, let them resolve. */
const PROVIDERS = ['bedrock', 'lepton', 'replicate', 'groq'];

/** Half of the llmperf example, for the time of suites that replay it again and again. No cell of it holds a line break. */
export async function writeHalfHistory(
  directory: string,
): Promise<{ readonly file: string; readonly recordCount: number }> {
  const [header, ...rows] = (await readFile(REQUESTS, 'utf8')).split('\n');
  const kept = rows.filter((row) => PROVIDERS.includes(row.split(',')[1]!));
  const file = path.join(directory, 'requests.csv');
  await writeFile(file, [header, ...kept, ''].join('\n'));
  return { file, recordCount: kept.length };
}
