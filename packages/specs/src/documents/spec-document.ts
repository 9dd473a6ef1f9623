import { Document, isAlias, isCollection, isMap, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import type { Node, Pair, Scalar, YAMLError } from 'yaml';
import { scalarOffset } from './scalar-offset.ts';
import { formatPath, showValue } from './spec-issue.ts';
import type { SpecIssue, SpecPath } from './spec-issue.ts';
import { readPlainYaml, type WrittenNumbers } from './yaml/read-plain-yaml.ts';
import { lineCounterOf, splitDocuments } from './yaml/split-documents.ts';

export interface SpecFile {
  readonly file: string;
  readonly text: string;
}

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What an issue says; where it stands comes from the document. */
export interface IssueDetails {
  readonly expected: string;
  /** The value at the path by default. */
  readonly found?: string;
  readonly message: string;
  readonly remedy?: string | undefined;
  /** Point at the key instead of the value. */
  readonly atKey?: boolean;
  /** Point at this character of the text at the path. */
  readonly valueOffset?: number;
}

/** Made when it is first asked for. */
type Lazy<T> = () => T;

function lazy<T extends object>(make: () => T): Lazy<T> {
  let made: T | undefined;
  return () => (made ??= make());
}

/** A YAML document with its nodes, and where in the file its text begins. */
interface PlacedYaml {
  readonly yaml: Document;
  readonly startOffset: number;
}

/** One YAML document of a spec file: its plain data, and where each part of it stands. */
export class SpecDocument {
  readonly file: string;
  readonly number: number;
  /** Plain data; undefined where the document could not be read. */
  readonly data: unknown;
  /** Of a document whose nodes were not needed for its data. */
  readonly #numbers: WrittenNumbers | null;
  readonly #text: string;
  readonly #lines: Lazy<LineCounter>;
  /** Most documents have no mistake, and no use for the places of their parts. */
  readonly #placed: Lazy<PlacedYaml>;

  constructor(source: {
    file: SpecFile;
    number: number;
    data: unknown;
    numbers: WrittenNumbers | null;
    placed: Lazy<PlacedYaml>;
    lines: Lazy<LineCounter>;
  }) {
    this.file = source.file.file;
    this.number = source.number;
    this.data = source.data;
    this.#numbers = source.numbers;
    this.#text = source.file.text;
    this.#placed = source.placed;
    this.#lines = source.lines;
  }

  /** The value at a path, undefined where there is none. */
  at(path: SpecPath): unknown {
    let value = this.data;
    for (const part of path) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[part];
    }
    return value;
  }

  textAt(path: SpecPath): string | undefined {
    const value = this.at(path);
    return typeof value === 'string' ? value : undefined;
  }

  /** Length of the list at a path, 0 where there is none. */
  countAt(path: SpecPath): number {
    const value = this.at(path);
    return Array.isArray(value) ? value.length : 0;
  }

  /** A number as it was written, digit for digit; undefined where there is none. `isText`: it was given as a text. */
  writtenNumber(path: SpecPath): { readonly text: string; readonly isText: boolean } | undefined {
    const value = this.at(path);
    if (typeof value === 'string') return { text: value, isText: true };
    if (typeof value !== 'number') return undefined;
    return { text: this.#writtenAt(path) ?? String(value), isText: false };
  }

  #writtenAt(path: SpecPath): string | undefined {
    if (this.#numbers !== null) return this.#numbers.get(this.at(path.slice(0, -1)))?.get(path.at(-1) ?? '');
    const node = this.#nodeAt(path);
    return isScalar(node) ? node.source : undefined;
  }

  issue(path: SpecPath, details: IssueDetails): SpecIssue {
    const { expected, found, message, remedy } = details;
    return {
      file: this.file,
      document: this.number,
      path: formatPath(path),
      ...this.#positionOf(path, details),
      expected,
      found: found ?? showValue(this.at(path)),
      message,
      ...(remedy === undefined ? {} : { remedy }),
    };
  }

  #positionOf(path: SpecPath, { atKey, valueOffset }: IssueDetails): Position {
    const node = this.#nodeAt(path);
    if (valueOffset !== undefined && isScalar(node)) {
      return this.#position(scalarOffset(this.#text.slice(this.#placed().startOffset), node, valueOffset));
    }
    if (atKey === true) return this.#position(this.#keyOffset(path) ?? node?.range?.[0] ?? 0);
    // What is missing is missed where the part that should hold it begins.
    for (let length = path.length; length > 0; length--) {
      const ancestor = this.#nodeAt(path.slice(0, length));
      if (ancestor?.range)
        return this.#position(
          length < path.length
            ? (this.#keyOffset(path.slice(0, length)) ?? ancestor.range[0])
            : ancestor.range[0],
        );
    }
    return this.#position(this.#placed().yaml.contents?.range?.[0] ?? 0);
  }

  /** Of a character of the document's own text. */
  #position(offset: number): Position {
    const { line, col } = this.#lines().linePos(this.#placed().startOffset + offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }

  #nodeAt(path: SpecPath): Node | undefined {
    const { yaml } = this.#placed();
    let node: unknown = yaml.contents;
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(yaml);
      if (!isCollection(node)) return undefined;
      node = node.get(part, true);
    }
    if (isAlias(node)) node = node.resolve(yaml);
    return (node ?? undefined) as Node | undefined;
  }

  #keyOffset(path: SpecPath): number | undefined {
    const parent = this.#nodeAt(path.slice(0, -1));
    const key = path.at(-1);
    if (!isMap(parent)) return undefined;
    const pair = parent.items.find((item: Pair) => isScalar(item.key) && item.key.value === key);
    return (pair?.key as Scalar | undefined)?.range?.[0];
  }
}

function toData(yaml: Document | null): unknown {
  try {
    return yaml?.toJS({ maxAliasCount: 100 }) as unknown;
  } catch {
    // Aliases that expand without bound, or to nothing; the latter are among the document's errors.
    return undefined;
  }
}

/** Errors that stand for themselves. After any other the parser guesses, and what it then finds follows from the first. */
const OWN_CAUSES: ReadonlySet<YAMLError['code']> = new Set(['DUPLICATE_KEY']);

function causesOf(faults: readonly YAMLError[]): readonly YAMLError[] {
  // A tab is found where the parser first stumbles over it, or only after what it made of the line.
  const tab = faults.find(({ code }) => code === 'TAB_AS_INDENT');
  if (tab !== undefined) return [tab];
  const first = faults.find(({ code }) => !OWN_CAUSES.has(code));
  return faults.filter((fault) => OWN_CAUSES.has(fault.code) || fault === first);
}

function syntaxRemedy({ code }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'Keep one of the two.';
  if (code === 'TAG_RESOLVE_FAILED') return 'Put a condition that begins with ! into quotes.';
  if (code === 'TAB_AS_INDENT') return 'Indent with blanks; the rest of this document is not checked.';
  return 'Correct the YAML; the rest of this document is not checked.';
}

export interface ReadDocuments {
  /** Documents whose YAML is sound. */
  readonly sound: readonly SpecDocument[];
  /** Documents with syntax errors: only what they are called is used, so that references to them are not reported too. */
  readonly broken: readonly SpecDocument[];
  readonly issues: readonly SpecIssue[];
}

/** Reads all documents of a file. Empty ones are passed over; numbers count them. */
export function readDocuments(file: SpecFile): ReadDocuments {
  return readSoundDocuments(file) ?? readWholeFile(file);
}

/**
 * One document after another, without the nodes of those that are written plainly: those are parsed when somebody asks where
 * something stands. Null where a document has a mistake: what the parser then says may hang on what stands around it.
 */
function readSoundDocuments(file: SpecFile): ReadDocuments | null {
  const parts = splitDocuments(file.text);
  if (parts === null) return null;
  const lines = lazy(() => lineCounterOf(file.text));
  const sound: SpecDocument[] = [];
  for (const [index, { startOffset, text, body }] of parts.entries()) {
    const plain = body === null ? null : readPlainYaml(body);
    const parsed = plain === null ? parseSound(text) : null;
    if (plain === null && parsed === null) return null;
    const data = plain === null ? toData(parsed) : plain.data;
    if (data === undefined) return null;
    if (data === null) continue;
    const placed = lazy(() => ({ yaml: parsed ?? parseSound(text) ?? new Document(), startOffset }));
    const numbers = plain?.numbers ?? null;
    sound.push(new SpecDocument({ file, number: index + 1, data, numbers, placed, lines }));
  }
  return { sound, broken: [], issues: [] };
}

function readWholeFile(file: SpecFile): ReadDocuments {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, { ...PARSE_OPTIONS, lineCounter: lines });
  const documents = Array.isArray(parsed) ? parsed : [];
  const [sound, broken, issues]: [SpecDocument[], SpecDocument[], SpecIssue[]] = [[], [], []];
  for (const [index, yaml] of documents.entries()) {
    const document = new SpecDocument({
      file,
      number: index + 1,
      data: toData(yaml),
      numbers: null,
      placed: () => ({ yaml, startOffset: 0 }),
      lines: () => lines,
    });
    const faults = causesOf([...yaml.errors, ...yaml.warnings]);
    for (const fault of faults) issues.push(syntaxIssue(fault, { document, text: file.text, lines }));
    if (faults.length > 0) broken.push(document);
    else if (document.data === undefined) {
      const expected = 'at most 100 aliases';
      issues.push(
        document.issue([], { expected, found: 'more', message: 'The document expands too many aliases.' }),
      );
    } else if (document.data !== null) sound.push(document);
  }
  return { sound, broken, issues };
}

const PARSE_OPTIONS = { prettyErrors: false, logLevel: 'error', merge: false } as const;

/** One document with its nodes, offsets counted from its own start; null unless it is sound, and one. */
function parseSound(text: string): Document | null {
  const parsed = parseAllDocuments(text, PARSE_OPTIONS);
  const [yaml] = parsed;
  const isSound =
    parsed.length === 1 && yaml !== undefined && yaml.errors.length + yaml.warnings.length === 0;
  return isSound ? yaml : null;
}

function syntaxIssue(
  fault: YAMLError,
  { document, text, lines }: { document: SpecDocument; text: string; lines: LineCounter },
): SpecIssue {
  const { line, col } = lines.linePos(fault.pos[0]);
  const around = text.slice(fault.pos[0], fault.pos[1]).split('\n')[0] ?? '';
  return {
    file: document.file,
    document: document.number,
    path: '',
    line: Math.max(1, line),
    column: Math.max(1, col),
    expected: 'sound YAML',
    found: around === '' ? 'the end of the line' : showValue(around),
    message: `YAML: ${fault.message.replace(/\.?$/, '.')}`,
    remedy: syntaxRemedy(fault),
  };
}
