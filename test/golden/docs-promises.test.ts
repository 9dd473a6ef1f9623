import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/burnline-cli.ts';

/** Goal: what the documents send a reader to is there: files, headings, commands, their flags and npm's scripts. */
const ROOT = new URL('../..', import.meta.url).pathname;
const DOCUMENTS = [
  'README.md',
  'packages/publisher/README.md',
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((name) => ({ name, text: readFileSync(path.join(ROOT, name), 'utf8') }));

const PATH =
  /((?:npm test --|vitest\.config\.js) )?(?<![\w/.@-])((?:test|packages|services|sql|examples|deploy|docs|\.ci)\/[\w./*@-]*)/g;
/** What a command makes, or somebody who deploys. */
const MADE_LATER = /^(deploy\/secrets)\b/;
/** Flags of other programs that the documents speak of, without the program before them. */
const FLAGS_OF_OTHERS = new Set(['--scale', '--project', '--help', '--mapping']);

const found = <T>(of: (document: (typeof DOCUMENTS)[number]) => readonly T[]): readonly T[] =>
  DOCUMENTS.flatMap(of);

/** In code alone: prose may say `burnline` and a word after it. */
const codeOf = (text: string): readonly string[] => [
  ...[...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!.replaceAll('\\\n', ' ').split('\n'),
  ),
  ...[...text.replaceAll(/^```.*?^```/gms, '').matchAll(/`([^`]+)`/g)].map(([, span]) => span!),
];

/** As GitHub makes them. */
const anchorsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Whether a path leads somewhere; `*` stands for any part of a name. */
function exists(pattern: string): boolean {
  let found = [ROOT];
  for (const part of pattern.split('/').filter((one) => one !== '')) {
    const name = new RegExp(`^${part.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`);
    found = part.includes('*')
      ? found.flatMap((folder) =>
          readdirSync(folder, { withFileTypes: true })
            .filter((entry) => name.test(entry.name))
            .map((entry) => path.join(folder, entry.name)),
        )
      : found.map((folder) => path.join(folder, part)).filter((file) => existsSync(file));
  }
  return found.length > 0;
}

describe('the documents', () => {
  it('name files and folders that are there', () => {
    const names = found(({ name, text }) =>
      [...text.matchAll(PATH)].map(([, filter, file]) => ({
        name,
        // What a test is chosen by is the beginning of its path.
        file: file!.replace(/\.$/, '') + (filter === undefined ? '' : '*'),
      })),
    );
    expect(names.length).toBeGreaterThan(80);
    const missing = names.filter(({ file }) => {
      if (MADE_LATER.test(file)) return false;
      const pattern = file.replaceAll(/\b[A-Z]{2,}\b(?!\.)/g, '*');
      return !exists(pattern);
    });
    expect(missing).toEqual([]);
  });

  it('link to files and headings that are there', () => {
    const links = found(({ name, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, file, anchor]) => ({
        name,
        file: file === '' ? name : path.join(path.dirname(name), file!),
        anchor,
      })),
    );
    expect(links.length).toBeGreaterThan(40);
    const broken = links.filter(({ file, anchor }) => {
      if (!exists(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(path.join(ROOT, file), 'utf8')).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('name scripts that npm knows', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const names = found(({ text }) =>
      [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, one]) => one!),
    );
    expect(names).toContain('demo');
    expect(names.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

describe('the commands of the documents', () => {
  /** By command, the words of its help that begin with dashes; subcommands by both words. */
  const flags = new Map<string, ReadonlySet<string>>();

  async function read(command: readonly string[]): Promise<void> {
    const { stdout, exitCode } = await runCli([...command, '--help']);
    expect(exitCode).toBe(0);
    flags.set(command.join(' '), new Set(stdout.match(/--[a-z][a-z-]*/g)));
    const commands = /^Commands:\n(.*?)(?:\n\n|$(?![\s\S]))/ms.exec(stdout)?.[1] ?? '';
    const names = [...commands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!);
    for (const name of names) if (name !== 'help') await read([...command, name]);
  }

  beforeAll(() => read([]), 240_000);

  it('exist, with every flag that stands beside them', () => {
    const uses = found(({ name, text }) =>
      codeOf(text).flatMap((code) =>
        [
          ...code.matchAll(/(?<![\w/.@-])burnline (?:-- )?((?:--json )?[a-z].*?|--.*?)(?=$|[|#`]|&&|; )/g),
        ].map(([, rest]) => ({ name, words: rest!.trim().split(/\s+/) })),
      ),
    );
    expect(uses.length).toBeGreaterThan(40);
    const wrong = uses.flatMap(({ name, words }) => {
      if (words.includes('COMMAND')) return [];
      const [first = '', second = ''] = words.filter((word) => !word.startsWith('-'));
      const command = flags.has(`${first} ${second}`) ? `${first} ${second}` : first;
      const known = flags.get(command);
      if (known === undefined) return [{ name, command: words.join(' '), why: 'no such command' }];
      const parent = flags.get(command.split(' ')[0]!)!;
      return words
        .map((word) => /^\[?(--[a-z][a-z-]*)/.exec(word)?.[1])
        .filter((flag) => flag !== undefined && flag !== '--json' && flag !== '--help')
        .filter((flag) => !known.has(flag!) && !parent.has(flag!))
        .map((flag) => ({ name, command: words.join(' '), why: `no ${flag}` }));
    });
    expect(wrong).toEqual([]);
  });

  it('have the flags that are named by themselves', () => {
    const known = new Set([...flags.values()].flatMap((one) => [...one]));
    const named = found(({ name, text }) =>
      [...text.matchAll(/`(--[a-z][a-z-]*)/g)].map(([, flag]) => ({ name, flag: flag! })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ flag }) => !known.has(flag) && !FLAGS_OF_OTHERS.has(flag))).toEqual([]);
  });
});
