import { AppError, nearestWord } from '@burnline/core';

/** Names listed in a message; of thousands the first say enough. */
const NAMES_SHOWN = 10;

/** @throws AppError with the code where there is no such name: which there are, and which is nearest */
export function checkKnown(
  { code, what, name }: { readonly code: string; readonly what: string; readonly name: string },
  known: readonly string[],
): void {
  if (known.includes(name)) return;
  const nearest = nearestWord(name, known);
  const more = known.length > NAMES_SHOWN ? `, and ${known.length - NAMES_SHOWN} more` : '';
  const list =
    known.length === 0 ? 'there are none yet' : `there are ${known.slice(0, NAMES_SHOWN).join(', ')}${more}`;
  throw new AppError(code, `No ${what} is named ${name}; ${list}`, {
    remedy: nearest === undefined ? `Name one of them, or leave it out.` : `Did you mean "${nearest}"?`,
    details: { known: known.slice(0, NAMES_SHOWN) },
  });
}

export const checkStream = (name: string, known: readonly string[]): void => {
  checkKnown({ code: 'CLI_STREAM_UNKNOWN', what: 'stream', name }, known);
};
