import { consoleError } from '../../console-error.ts';

export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The stretch that is asked for: up to the end where none is said, and of the default length. Throws CONSOLE_PARAMETER_INVALID. */
export function stretchOf(
  { from, to }: { readonly from?: number | undefined; readonly to?: number | undefined },
  {
    endMs,
    defaultMs,
    lengthMaxMs,
  }: { readonly endMs: number; readonly defaultMs: number; readonly lengthMaxMs: number },
): Stretch {
  const toMs = to ?? (from === undefined ? endMs : Math.max(endMs, from + 1));
  const fromMs = from ?? Math.max(0, toMs - defaultMs);
  if (fromMs >= toMs)
    throw consoleError('CONSOLE_PARAMETER_INVALID', 'The stretch of time is empty', {
      remedy: 'Give a `to` that is later than `from`.',
    });
  if (toMs - fromMs > lengthMaxMs)
    throw consoleError('CONSOLE_PARAMETER_INVALID', 'The stretch of time is too long for this question', {
      remedy: `Ask for ${Math.round(lengthMaxMs / 86_400_000)} days at most.`,
    });
  return { fromMs, toMs };
}
