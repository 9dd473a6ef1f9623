import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replayHistory, type ReplayedHistory } from './replayed-history.ts';

/** Goal: every statement of docs/sql-cookbook.md runs as it stands there, as the analyst, and has an answer. */
const text = await readFile(new URL('../../../docs/sql-cookbook.md', import.meta.url), 'utf8');
const recipes = [...text.matchAll(/([^\n]+)\n\n```sql\n([^`]+)```/g)].map(
  ([, title, sql]) => [title!, sql!] as const,
);
let history: ReplayedHistory;

beforeAll(async () => {
  history = await replayHistory();
}, 120_000);
afterAll(() => history.close());

it('has a line of words above each statement', () => {
  expect(recipes).toHaveLength(text.split('```sql').length - 1);
  expect(recipes.length).toBeGreaterThan(8);
});

it.each(recipes)('%s', async (_, sql) => {
  const own = sql.replaceAll("'live'", `'${history.stream}'`);
  expect((await history.store.query(own)).length).toBeGreaterThan(0);
});
