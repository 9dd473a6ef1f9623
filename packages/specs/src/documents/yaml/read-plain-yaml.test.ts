import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, Node } from 'yaml';
import { expect, test } from 'vitest';
import { readDocuments } from '../spec-document.ts';
import type { SpecPath } from '../spec-issue.ts';
import { readPlainYaml } from './read-plain-yaml.ts';

/*
 * The whole parser is the oracle: whatever the quick route gives, data, digits and places, it must give too; what it calls a
 * mistake the quick route must not have read.
 */

const FIXTURE = readFileSync(new URL('../../fixtures/availability.yaml', import.meta.url), 'utf8');

const KEYS = [
  'a',
  'spec',
  'burnline.dev/track',
  'where',
  'null',
  'k-1',
  'x y',
  '1',
  '"q"',
  'on',
  '__proto__',
];
const SCALARS = [
  ...[
    'word',
    'two words',
    '30d',
    '0.999',
    '99',
    '1',
    '-1',
    '+2',
    '.5',
    '1.',
    '1e3',
    '0x1f',
    '0o7',
    '007',
    '1_000',
  ],
  ...[
    'null',
    '~',
    '',
    'true',
    'False',
    'yes',
    "it's",
    'a#b',
    'a #b',
    'a: b',
    'a:',
    ':a',
    'a:b',
    '- a',
    '?',
    '? a',
  ],
  ...[
    '"quoted"',
    '"with \\n"',
    "'it''s'",
    "''",
    '"a" b',
    '"open',
    "'open",
    '&anchor',
    '*anchor',
    '!tag',
    '%',
    '@',
  ],
  ...[
    "status == 'ok' && x > 1",
    '"x == \'y\'"',
    '!x',
    'http://a/b?c=d&e',
    '2024-01-01',
    '12:30',
    'a, b',
    'ä ö 日本',
    '😀',
  ],
  ...[
    '.inf',
    '.nan',
    '0xAB',
    '12e',
    '3.0',
    '100000000000000000000',
    '{',
    '}',
    ']',
    'a]',
    '|',
    '>',
    '|-',
    '>-',
    '>+',
  ],
];
const FLOWS = [
  '[]',
  '{}',
  '[a, b]',
  '[a, [b, c]]',
  '{ a: 1, b: [x] }',
  '{a: 1}',
  '{ a: b, a: c }',
  '[a',
  '[a,]',
  '[a: b]',
  '{ a }',
];
const EXTRAS = ['', '', '', ' # comment', '#', '  ', '\t', ' # a: b', ': x', '\r', ' ', '\u00a0', '\u2028'];
const BETWEEN = [
  '',
  '# comment',
  '   # deeper',
  '   ',
  '...',
  '---',
  '--- # c',
  '%YAML 1.2',
  '--- a',
  '---\n---',
  '-',
  'x',
];

const extra = fc.oneof({ weight: 12, arbitrary: fc.constant('') }, fc.constantFrom(...EXTRAS));
const scalar = fc.constantFrom(...SCALARS);
const key = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'spec') },
  fc.constantFrom(...KEYS),
);
const value = fc.oneof({ weight: 3, arbitrary: scalar }, fc.constantFrom(...FLOWS));
const paragraph = fc
  .tuple(
    fc.constantFrom('|', '>', '|-', '>-', '>+'),
    fc.array(fc.constantFrom('text', 'more # text', '', ' deeper', 'end '), { maxLength: 4 }),
  )
  .map(([head, lines]) => ({ head, lines }));

/** Lines of a block, by depth: keys, dashes, paragraphs, and now and then what does not belong there. */
const { block } = fc.letrec<{ block: string[] }>((tie) => ({
  block: fc
    .array(
      fc.oneof(
        { maxDepth: 3 },
        { weight: 4, arbitrary: fc.tuple(key, value, extra).map(([k, v, x]) => [`${k}: ${v}${x}`]) },
        fc
          .tuple(key, paragraph)
          .map(([k, { head, lines }]) => [`${k}: ${head}`, ...lines.map((line) => `  ${line}`)]),
        fc.tuple(value, extra).map(([v, x]) => [`- ${v}${x}`]),
        fc.constantFrom(...BETWEEN).map((line) => [line]),
        fc
          .tuple(key, extra, fc.constantFrom('', ' ', '  ', '    '), tie('block'))
          .map(([k, x, indent, lines]) => [
            `${k}:${x}`,
            ...lines.map((line) => (line === '' ? '' : indent + line)),
          ]),
        fc
          .tuple(key, tie('block'))
          .map(([k, lines]) => [
            `${k}:`,
            ...lines.map((line, index) => `${index % 2 === 0 ? '- ' : '  '}${line}`),
          ]),
      ),
      { maxLength: 4 },
    )
    .map((parts) => parts.flat()),
}));

const file = fc
  .tuple(
    fc.array(block, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('\n', ''),
    fc.nat(),
    fc.constantFrom('', '', ' ', 'x', '\n', ':', '-'),
  )
  .map(([documents, end, at, noise]) => {
    const text = documents.map((lines) => lines.join('\n')).join('\n---\n') + end;
    const place = at % (text.length + 1);
    return text.slice(0, place) + noise + text.slice(place);
  });

const options = { prettyErrors: false, logLevel: 'error', merge: false } as const;

function* pathsOf(node: unknown, path: SpecPath = []): Generator<SpecPath> {
  yield path;
  if (isMap(node))
    for (const { key: name, value: inner } of node.items)
      if (isScalar(name)) yield* pathsOf(inner, [...path, String(name.value)]);
  if (isSeq(node)) for (const [index, inner] of node.items.entries()) yield* pathsOf(inner, [...path, index]);
}

function dataOf(yaml: Document): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function nodeAt(yaml: Document, path: SpecPath): Node | null {
  const node: unknown =
    path.length === 0 ? yaml.contents : isCollection(yaml.contents) ? yaml.getIn(path, true) : null;
  return node as Node | null;
}

/** Compares a file with what the whole parser says; returns whether every document was sound. */
function compare(text: string): boolean {
  const lines = new LineCounter();
  const parsed = [...parseAllDocuments(text, { ...options, lineCounter: lines })];
  const found = readDocuments({ file: 'a.yaml', text });
  const isSound = (yaml: Document): boolean => yaml.errors.length + yaml.warnings.length === 0;
  const sound = parsed.flatMap((yaml, index) => {
    const data = dataOf(yaml);
    return isSound(yaml) && data !== null && data !== undefined ? [{ yaml, data, number: index + 1 }] : [];
  });
  expect(found.sound.map(({ number, data }) => ({ number, data }))).toEqual(
    sound.map(({ number, data }) => ({ number, data })),
  );
  for (const [index, { yaml }] of sound.entries()) {
    const document = found.sound[index];
    for (const path of pathsOf(yaml.contents)) {
      const node = nodeAt(yaml, path);
      if (isScalar(node) && typeof node.value === 'number')
        expect(document?.writtenNumber(path)?.text).toBe(node.source);
      // What an alias stands for is where it is defined.
      if (!node?.range || isAlias(node) || document === undefined) continue;
      const { line, col } = lines.linePos(node.range[0]);
      const issue = document.issue(path, { expected: '', message: '' });
      expect([issue.line, issue.column]).toEqual([Math.max(1, line), Math.max(1, col)]);
    }
  }
  return parsed.every(isSound);
}

test('the quick route reads what the whole parser reads, at the same places', () => {
  let soundCount = 0;
  let plainCount = 0;
  fc.assert(
    fc.property(file, (text) => {
      if (compare(text)) soundCount += 1;
      const parsed = parseAllDocuments(text, options);
      const plain = readPlainYaml(text);
      if (plain === null || /^(?:---|\.\.\.|%)/m.test(text)) return;
      plainCount += 1;
      const [yaml] = parsed;
      expect(parsed.length).toBeLessThanOrEqual(1);
      expect(yaml === undefined ? [] : [...yaml.errors, ...yaml.warnings]).toEqual([]);
      expect(plain.data).toEqual(yaml === undefined ? null : dataOf(yaml));
    }),
    { numRuns: 4_000 },
  );
  // A test of what nobody writes would pass too.
  expect(soundCount).toBeGreaterThan(400);
  expect(plainCount).toBeGreaterThan(200);
});

test('one change of a sound spec is read as the whole parser reads it', () => {
  const noise = fc.constantFrom(
    '',
    ' ',
    '  ',
    '\n',
    ':',
    '- ',
    '#',
    "'",
    '"',
    '{',
    ']',
    ',',
    '0',
    '|',
    '\t',
    '---\n',
    '\n---\n',
  );
  fc.assert(
    fc.property(fc.nat(FIXTURE.length), fc.nat(3), noise, (at, cut, text) => {
      compare(FIXTURE.slice(0, at) + text + FIXTURE.slice(at + cut));
    }),
    { numRuns: 500 },
  );
});

test('specs as people write them take the quick route', () => {
  for (const document of FIXTURE.split('---\n')) expect(readPlainYaml(document)).not.toBeNull();
});
