import { isAppError } from '@burnline/core';
import { z } from 'zod';
import { registryError, type RegistryError } from './registry-errors.ts';

export interface RegistryOptions {
  /** `https://host:8081`, or with the path under which a registry serves Confluent's protocol. */
  readonly url: string;
  readonly login: { readonly username: string; readonly password: string } | null;
  readonly timeoutMs?: number;
}

/**
 * A schema registry by Confluent's REST protocol.
 *
 * Every call rejects with REGISTRY_UNREACHABLE (retry) where an answer may come later, with REGISTRY_REFUSED or
 * REGISTRY_ANSWER_INVALID (halt) where it will not. All calls may be made again: registering twice gives one id.
 */
export interface RegistryClient {
  readonly url: string;
  /** The schema's text; null for an id that the registry does not have. */
  schemaById(id: number): Promise<string | null>;
  /** Id of a schema under a subject; null if it is not registered there. */
  idOf(subject: string, schema: string): Promise<number | null>;
  /** Registers, unless it is there already; its id. Rejects with REGISTRY_SCHEMA_INCOMPATIBLE. */
  register(subject: string, schema: string): Promise<number>;
  /** The newest schema's text of a subject; null where there is none. */
  newestOf(subject: string): Promise<string | null>;
  /** Whether the schema may follow the newest of the subject by its rule; true where there is none. */
  isCompatible(subject: string, schema: string): Promise<boolean>;
  /** The subject's own rule; null where it has none. */
  compatibilityOf(subject: string): Promise<string | null>;
  setCompatibility(subject: string, level: string): Promise<void>;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';
/** Answers take milliseconds; whoever waits tries again. */
const TIMEOUT_MS = 5_000;
/** Our largest schema takes 15 KB. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;
/** Ids are Java's ints. */
const ID_MAX = 2 ** 31 - 1;

/** The protocol's codes for a subject, a version or a schema that is not there. */
const MISSING_CODES: ReadonlySet<number> = new Set([40_401, 40_402, 40_403, 40_408]);
/** Of a schema: it is incompatible. Of anything else: somebody changed the same at the same moment. */
const CONFLICT = 409;
const BUSY_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

const ID_ANSWER = z.object({ id: z.number().int().min(1).max(ID_MAX) });
const SCHEMA_ANSWER = z.object({
  schema: z.string(),
  schemaType: z.string().optional(),
  references: z.array(z.unknown()).max(0, 'refers to other schemas').optional(),
});
const COMPATIBLE_ANSWER = z.object({ is_compatible: z.boolean() });
const LEVEL_ANSWER = z.object({ compatibilityLevel: z.string() });
const ERROR_ANSWER = z.object({ error_code: z.number(), message: z.string().optional() });

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

export function openRegistryClient(options: RegistryOptions): RegistryClient {
  const url = options.url.replace(/\/+$/, '');
  const headers = requestHeaders(options.login);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;

  const call = async (method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer> => {
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: parsed(await readBounded(response, url)) };
    } catch (error) {
      throw isAppError(error) ? error : unreachable(url, reasonOf(error), error);
    }
  };
  /** The answer in the form that is expected; null for what is not there. */
  const ask = async <T>(answer: Promise<Answer>, form: z.ZodType<T>): Promise<T | null> => {
    const { status, json } = await answer;
    if (status === 404 && MISSING_CODES.has(ERROR_ANSWER.safeParse(json).data?.error_code ?? 0)) return null;
    if (status !== 200) throw failure(url, { status, json });
    const read = form.safeParse(json);
    if (read.success) return read.data;
    throw answerInvalid(url, `gave an answer of another form: ${z.prettifyError(read.error)}`);
  };
  const of = (subject: string): string => encodeURIComponent(subject);
  return {
    url,
    async schemaById(id) {
      if (id < 1 || id > ID_MAX) return null;
      return (await ask(call('GET', `/schemas/ids/${id}`), SCHEMA_ANSWER))?.schema ?? null;
    },
    async idOf(subject, schema) {
      return (await ask(call('POST', `/subjects/${of(subject)}`, { schema }), ID_ANSWER))?.id ?? null;
    },
    async register(subject, schema) {
      const answer = await call('POST', `/subjects/${of(subject)}/versions`, { schema });
      if (answer.status === CONFLICT) throw incompatible(subject, { url, reason: messageOf(answer.json) });
      const registered = await ask(Promise.resolve(answer), ID_ANSWER);
      if (registered === null) throw answerInvalid(url, `has no place for subject ${subject}`);
      return registered.id;
    },
    async newestOf(subject) {
      const path = `/subjects/${of(subject)}/versions/latest`;
      return (await ask(call('GET', path), SCHEMA_ANSWER))?.schema ?? null;
    },
    async isCompatible(subject, schema) {
      const path = `/compatibility/subjects/${of(subject)}/versions/latest`;
      return (await ask(call('POST', path, { schema }), COMPATIBLE_ANSWER))?.is_compatible ?? true;
    },
    async compatibilityOf(subject) {
      return (await ask(call('GET', `/config/${of(subject)}`), LEVEL_ANSWER))?.compatibilityLevel ?? null;
    },
    async setCompatibility(subject, level) {
      await ask(call('PUT', `/config/${of(subject)}`, { compatibility: level }), z.unknown());
    },
  };
}

export function incompatible(
  subject: string,
  { url, reason }: { readonly url: string; readonly reason: string },
): RegistryError {
  return registryError(
    'REGISTRY_SCHEMA_INCOMPATIBLE',
    `The schema of this version cannot follow what ${url} has for ${subject}: ${reason || 'it would not read older messages'}`,
    {
      remedy:
        'Nothing was changed. Deploy a version of Burnline whose schemas can read the registered ones; newer ones only add fields with defaults.',
      details: { subject, url },
    },
  );
}

function requestHeaders(login: RegistryOptions['login']): Record<string, string> {
  const headers = { accept: `${CONTENT_TYPE}, application/json`, 'content-type': CONTENT_TYPE };
  if (login === null) return headers;
  const credentials = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  return { ...headers, authorization: `Basic ${credentials}` };
}

async function readBounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    byteCount += chunk.length;
    if (byteCount > ANSWER_BYTES_MAX) throw answerInvalid(url, `gave more than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function messageOf(json: unknown): string {
  return ERROR_ANSWER.safeParse(json).data?.message ?? '';
}

function failure(url: string, { status, json }: Answer): RegistryError {
  const said = messageOf(json);
  const answer = `${status}${said === '' ? '' : ` (${said})`}`;
  if (status === 401 || status === 403) {
    return registryError('REGISTRY_REFUSED', `The schema registry at ${url} answered ${answer}.`, {
      remedy:
        'Check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD, and what the user may do with subjects burnline.*.',
      details: { url, status },
    });
  }
  if (BUSY_STATUSES.has(status) || status === CONFLICT) return unreachable(url, `it answered ${answer}`);
  return answerInvalid(url, `answered ${answer}`);
}

function unreachable(url: string, reason: string, cause?: unknown): RegistryError {
  return registryError('REGISTRY_UNREACHABLE', `The schema registry at ${url} cannot be asked: ${reason}.`, {
    outcome: 'retry',
    remedy: 'Check SCHEMA_REGISTRY_URL, and that the registry runs and can be reached from here.',
    details: { url },
    cause,
  });
}

function answerInvalid(url: string, what: string): RegistryError {
  return registryError('REGISTRY_ANSWER_INVALID', `What serves ${url} ${what}.`, {
    remedy:
      "Check SCHEMA_REGISTRY_URL and its path: it must serve Confluent's protocol (Apicurio: /apis/ccompat/v7).",
    details: { url },
  });
}

/** What undici hides in the cause of "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'no answer in time';
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
