import type { IncomingMessage } from 'node:http';
import { textOf } from './litellm/scalars.ts';

/** Who sends, for what does not say it itself; null: nobody says. */
export interface Source {
  readonly service: string | null;
  readonly environment: string | null;
}

/** By `?service=` and `?environment=` of the URL, where a sender can be given nothing else. */
export function sourceOf({ url = '' }: IncomingMessage): Source {
  const [, query = ''] = url.split('?', 2);
  const given = new URLSearchParams(query);
  return { service: textOf(given.get('service')), environment: textOf(given.get('environment')) };
}
