import type { z } from 'zod';
import { consoleError } from '../../console-error.ts';

/** A place in a list as text that is to be sent back as it is. */
export const cursorOf = (place: unknown): string => Buffer.from(JSON.stringify(place)).toString('base64url');

/** The place that a cursor names; undefined without one. Throws CONSOLE_PARAMETER_INVALID for what is none of this list's. */
export function placeOf<T>(cursor: string | undefined, shape: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  const parsed = shape.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (parsed.success) return parsed.data;
  throw consoleError('CONSOLE_PARAMETER_INVALID', 'The cursor is none of this list', {
    remedy:
      'Send `next` of the answer before as `cursor`, with the same other parameters; or none to begin anew.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
