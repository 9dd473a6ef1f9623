import type { Store } from '@burnline/runtime';
import { msOfDateTime } from '../sql-values.ts';

/** Who reported within the last day. */
export interface Source {
  readonly stream: string;
  readonly service: string;
  readonly environment: string;
  readonly instance: string;
  /** `lost`: silent for 30 s or longer, without having said that it stops. */
  readonly state: 'expected' | 'stopped' | 'lost';
  readonly lastHeardMs: number;
  readonly emitted: number;
  readonly acknowledged: number;
  readonly retried: number;
  readonly dropped: number;
  readonly droppedByReason: Readonly<Record<string, number>>;
}

/** More than a page shows. */
const SOURCES_MAX = 2_000;

/** Sources, those that are lost first, then those that lost most; at most 2,000. */
export async function readSources(store: Store): Promise<readonly Source[]> {
  const rows = await store.query<Omit<Source, 'lastHeardMs'> & { heard: string }>(
    `SELECT stream, service, environment, instance, state, last_heard AS heard, emitted, acknowledged, retried, dropped,
            dropped_by_reason AS droppedByReason
     FROM sources ORDER BY state = 'lost' DESC, dropped DESC, stream, service, instance LIMIT ${SOURCES_MAX}`,
  );
  return rows.map(({ heard, ...row }) => ({ ...row, lastHeardMs: msOfDateTime(heard) }));
}
