import { canRead } from '@burnline/contracts';
import { incompatible, type RegistryClient } from './registry-client.ts';
import { registryError } from './registry-errors.ts';
import { streamSchemas, type StreamSchema } from './stream-subjects.ts';

/** What a registry lacks of a stream's schemas. */
export interface RegistryPlan {
  /** Older ones first. */
  readonly missing: readonly StreamSchema[];
  /** Subjects that would take a schema which cannot read older messages, and the rule that they have. */
  readonly unguarded: readonly { readonly subject: string; readonly found: string | null }[];
}

/** The rule of every subject: a new schema reads what older ones wrote. */
const LEVEL = 'BACKWARD';
/** Stricter rules, which an operator may set. */
const LEVELS_TAKEN: ReadonlySet<string> = new Set([LEVEL, 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE']);

/**
 * Compares a registry with the schemas of this version, and changes nothing. Rejects with REGISTRY_SCHEMA_INCOMPATIBLE if
 * one of them cannot follow what is registered, and with REGISTRY_STREAM_BEGUN_WITHOUT for a stream whose log already has
 * messages while the registry knows nothing of it: they are framed by the ids of the table that comes with the program,
 * which mean other schemas in a registry.
 */
export async function planRegistry(
  client: RegistryClient,
  stream: string,
  log: { readonly hasMessages: boolean },
): Promise<RegistryPlan> {
  const schemas = streamSchemas(stream);
  const missing: StreamSchema[] = [];
  for (const one of schemas) {
    if ((await client.idOf(one.subject, one.text)) === null) missing.push(one);
  }
  if (missing.length === schemas.length && log.hasMessages) throw begunWithout(client.url, stream);
  for (const { subject, text } of missing) {
    if (!(await mayFollow(client, subject, text)))
      throw incompatible(subject, { url: client.url, reason: '' });
  }
  const unguarded: { subject: string; found: string | null }[] = [];
  for (const subject of new Set(schemas.map((one) => one.subject))) {
    const found = await client.compatibilityOf(subject);
    if (found === null || !LEVELS_TAKEN.has(found)) unguarded.push({ subject, found });
  }
  return { missing, unguarded };
}

/** A registry judges by the subject's rule, which may be none yet: so it is judged here too. */
async function mayFollow(client: RegistryClient, subject: string, text: string): Promise<boolean> {
  const newest = await client.newestOf(subject);
  if (newest !== null && !canRead({ reader: text, writer: newest })) return false;
  return client.isCompatible(subject, text);
}

/** Does what the plan says; safe to do again, and by several at once. */
export async function applyRegistryPlan(client: RegistryClient, plan: RegistryPlan): Promise<void> {
  for (const { subject, text } of plan.missing) await client.register(subject, text);
  for (const { subject } of plan.unguarded) await client.setCompatibility(subject, LEVEL);
}

function begunWithout(url: string, stream: string): Error {
  return registryError(
    'REGISTRY_STREAM_BEGUN_WITHOUT',
    `Stream ${stream} has messages, and the schema registry at ${url} has none of its schemas.`,
    {
      remedy:
        'Schema ids in these messages are of the table that comes with Burnline. Leave SCHEMA_REGISTRY_URL out for this stream, or begin a new one with it: set BURNLINE_STREAM.',
      details: { url, stream },
    },
  );
}
