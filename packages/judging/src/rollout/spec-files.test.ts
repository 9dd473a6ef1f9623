import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadSpecs } from '@burnline/specs';
import { checkSpecsFound, readSpecFiles } from './spec-files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'burnline-specs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true });
    await writeFile(path.join(root, file), file);
  }
}

it('a folder stands for the spec files below it, in order, without those of packages and dot folders', async () => {
  await write('b.yaml', 'a/z.yml', 'a/deeper/y.yaml', 'notes.md');
  await write('node_modules/p/p.yaml', '.git/g.yaml', '.hidden.yaml', 'a/node_modules/q.yaml');
  const files = await readSpecFiles([root, path.join(root, '.hidden.yaml')]);
  expect(files.map(({ text }) => text)).toEqual(['a/deeper/y.yaml', 'a/z.yml', 'b.yaml', '.hidden.yaml']);
  expect(files[0]?.file).toBe(path.join(root, 'a/deeper/y.yaml'));
});

it('a folder without specs is a mistake, and so are files without any document', async () => {
  await write('notes.md');
  await expect(readSpecFiles([root])).rejects.toMatchObject({ code: 'SPECS_MISSING' });
  const found = (text: string) => () => {
    const files = [{ file: 'a.yaml', text }];
    checkSpecsFound(files, loadSpecs(files, { mode: 'tolerant' }));
  };
  for (const text of ['', '# nothing\n', '---\n---\n'])
    expect(found(text)).toThrow(expect.objectContaining({ code: 'SPECS_MISSING' }) as Error);
  expect(found('apiVersion: openslo/v1\nkind: Service\nmetadata: { name: s }\nspec: {}\n')).not.toThrow();
});
