import type { IncomingMessage } from 'node:http';
import type { CollectorParts } from '../../collector-parts.ts';
import { intakeError } from '../../http/intake-error.ts';
import type { Mapping } from './mapping.ts';

const NAME_CHARS_MAX = 64;

/** The mapping that a request names as `?mapping=NAME`; null: it names none. Throws COLLECTOR_MAPPING_UNKNOWN. */
export function mappingOf({ mappings }: CollectorParts, { url = '' }: IncomingMessage): Mapping | null {
  const [, query = ''] = url.split('?', 2);
  const name = new URLSearchParams(query).get('mapping');
  if (name === null) return null;
  const mapping = mappings?.get(name);
  if (mapping !== undefined) return mapping;
  const known = [...(mappings?.keys() ?? [])].join(', ') || 'none';
  throw intakeError('COLLECTOR_MAPPING_UNKNOWN', `There is no mapping ${name.slice(0, NAME_CHARS_MAX)}`, {
    remedy: `Name one that the intake was given (BURNLINE_MAPPINGS_FOLDER, burnline up --mappings): ${known}.`,
  });
}
