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

function formatIssue(issue: SpecIssue): string {
  const where = `${issue.file}:${issue.line}:${issue.column}`;
  const path = issue.path === '' ? '' : ` ${issue.path}`;
  return [
    `${where}${path}: ${issue.message}`,
    `    expected: ${issue.expected}`,
    `    found:    ${issue.found}`,
    ...(issue.remedy === undefined ? [] : [`    remedy:   ${issue.remedy}`]),
  ].join('\n');
}

/** Issues as text for a terminal, without colours: position, path and message, then expected, found and remedy. */
export function formatIssues(issues: readonly SpecIssue[]): string {
  return issues.map(formatIssue).join('\n\n');
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
