import { formatIssues, type IssueKind, type SpecIssue } from '@burnline/specs';
import { shown } from './shown.ts';

/** Issues as text: what they quote of a file cannot steer a terminal, and `paint` tells mistakes from warnings. */
export function issuesText(
  issues: readonly SpecIssue[],
  kind: IssueKind,
  paint: (word: string) => string,
): string {
  const safe = issues.map((issue) => ({
    ...issue,
    file: shown(issue.file),
    path: shown(issue.path),
    message: shown(issue.message),
    expected: shown(issue.expected),
    found: shown(issue.found),
    ...(issue.remedy === undefined ? {} : { remedy: shown(issue.remedy) }),
  }));
  return formatIssues(safe, kind, paint);
}
