import { LineCounter } from 'yaml';

/** What may end or open a document otherwise, or a line: such a file is read as a whole. */
const OTHER_ENDS = /^(?:\.\.\.|%)|[\r\u2028\u2029\ufeff]/m;
const MARKER = '---';

/** One document of a file, as text. */
export interface DocumentText {
  readonly startOffset: number;
  /** With its `---` and the comments before it. */
  readonly text: string;
  /** What stands below the `---`; null where it begins on that line. */
  readonly body: string | null;
}

/** The documents of a YAML file, apart at lines of `---`; null where that is not all there is to it. */
export function splitDocuments(text: string): readonly DocumentText[] | null {
  if (OTHER_ENDS.test(text)) return null;
  const markers = markersOf(text);
  const [first] = markers;
  const before = text.slice(0, first);
  if (first === undefined) return isEmpty(before) ? [] : [{ startOffset: 0, text, body: text }];
  const documents: DocumentText[] = isEmpty(before) ? [] : [{ startOffset: 0, text: before, body: before }];
  for (const [index, marker] of markers.entries()) {
    const end = markers[index + 1] ?? text.length;
    const lineEnd = text.indexOf('\n', marker);
    const bodyStart = lineEnd === -1 ? text.length : lineEnd + 1;
    const isAlone = text.slice(marker, bodyStart).trim() === MARKER;
    documents.push({
      startOffset: marker,
      text: text.slice(marker, end),
      body: isAlone ? text.slice(bodyStart, end) : null,
    });
  }
  return documents;
}

function markersOf(text: string): readonly number[] {
  const markers: number[] = [];
  for (let start = text.startsWith(MARKER) ? 0 : next(text, 0); start !== -1; start = next(text, start)) {
    const behind = text[start + MARKER.length] ?? '\n';
    if (behind === '\n' || behind === ' ' || behind === '\t') markers.push(start);
  }
  return markers;
}

function next(text: string, from: number): number {
  const found = text.indexOf(`\n${MARKER}`, from);
  return found === -1 ? -1 : found + 1;
}

/** Nothing but comments. */
const isEmpty = (text: string): boolean => /^(?: *(?:#.*)?\n)*$/.test(text);

/** Where the lines of a text begin, as the parser counts them. */
export function lineCounterOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', end + 1)) lines.addNewLine(end + 1);
  return lines;
}
