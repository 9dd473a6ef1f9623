import type { Verdict } from './receiver.ts';

/** A timeout, a conflict and a rate limit pass by themselves, unlike any other client error or a redirect. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 425, 429]);

/** What a status says where an API has no rules of its own; 0 stands for no answer at all. */
export function httpVerdict(statusCode: number): Verdict {
  if (statusCode >= 200 && statusCode < 300) return 'taken';
  return statusCode >= 300 && statusCode < 500 && !PASSING.has(statusCode) ? 'refused' : 'again';
}
