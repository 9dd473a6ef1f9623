/** One mistake in a spec file, or one thing worth a warning. */
export interface SpecIssue {
  readonly file: string;
  /** Number of the YAML document within the file, from 1. */
  readonly document: number;
  /** `spec.objectives[0].target`; empty for the document as a whole. */
  readonly path: string;
  /** From 1, in the file. */
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
  /** One sentence that needs no other field to be understood. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export type SpecPath = readonly (string | number)[];

/** `spec.objectives[0].target` */
export function formatPath(path: SpecPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** What an issue is: a mistake keeps specs from being run, a warning does not. */
export type IssueKind = 'mistake' | 'warning';

function formatIssue(issue: SpecIssue, label: string): string {
  const where = `${label} ${issue.file}:${issue.line}:${issue.column}`;
  const path = issue.path === '' ? '' : ` ${issue.path}`;
  return [
    `${where}${path}: ${issue.message}`,
    `    expected: ${issue.expected}`,
    `    found:    ${issue.found}`,
    ...(issue.remedy === undefined ? [] : [`    remedy:   ${issue.remedy}`]),
  ].join('\n');
}

/**
 * Issues as text for a terminal: what they are, position, path and message, then expected, found and remedy. `paint`
 * colours the word that tells mistakes and warnings apart.
 */
export function formatIssues(
  issues: readonly SpecIssue[],
  kind: IssueKind = 'mistake',
  paint: (word: string) => string = (word) => word,
): string {
  return issues.map((issue) => formatIssue(issue, paint(kind))).join('\n\n');
}

const VALUE_LENGTH_MAX = 60;

/** A value of a spec as a message shows it. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}...` : text;
}
