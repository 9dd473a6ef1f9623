import { formatPath } from '../documents/spec-issue.ts';
import type { ObjectivePlace } from '../kinds/sli-kind.ts';

/** A number in quotes is read, and told: OpenSLO has a number there. */
export function warnOfQuotes(
  { context, document, path }: ObjectivePlace,
  { isText }: { readonly isText: boolean },
): void {
  if (!isText) return;
  context.reportIfStrict(document, path, {
    expected: 'a number without quotes',
    message: `${formatPath(path)} is a text.`,
    remedy: 'Remove the quotes.',
  });
}
