import type { Refuser, Status } from '@burnline/core';
import {
  GUARDRAIL_CLASSES,
  httpStatusOr0,
  REFUSER_BY_CLASS,
  STATUS_BY_CLASS,
  STATUS_BY_HTTP,
} from '../failure-classes.ts';
import { labelWord } from '../label-word.ts';
import type { ErrorInformation, Payload } from './payload.ts';
import { textOf } from './scalars.ts';

/** How a call ended. */
interface Outcome {
  readonly status: Status;
  readonly refused_by: Refuser;
  readonly error_type: string;
  /** 0: LiteLLM names none. */
  readonly http_status: number;
}

const OK: Outcome = { status: 'ok', refused_by: 'none', error_type: '', http_status: 0 };
const DISCONNECTED = 'ClientDisconnected';
/** A provider's own name of its filter, which it gives in place of a status. */
const FILTERED: ReadonlySet<string> = new Set(['content_filter', 'content_policy_violation']);
/** What it answers with, where it refuses a request itself. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403]);
/** What LiteLLM calls an error over all providers: the status that it answers with, and a name. */
const NORMALIZED = /^([1-5]\d\d)_([A-Z_]+)$/;

/** A success whose caller went away before its end has an error as well. */
export function outcomeOf(payload: Payload): Outcome {
  const { status, error_information: error } = payload;
  const isStopped = error !== undefined && textOf(error.error_class) === DISCONNECTED;
  if (status === 'success' && !isStopped) return OK;
  return failureOf(payload);
}

/** Of a stream that came to no end LiteLLM counts the tokens itself, and what they cost, from what it saw of its text. */
export const isGuessed = ({ status, refused_by }: Outcome): boolean =>
  status !== 'ok' && refused_by === 'none';

function failureOf({ error_information: error = {}, status_fields: fields }: Payload): Outcome {
  const errorClass = textOf(error.error_class) ?? '';
  const http = httpStatusOf(error);
  const isGuarded = GUARDRAIL_CLASSES.has(errorClass) || isStoppedByGuardrail(fields, { errorClass, http });
  const refused_by = isGuarded ? 'guardrail' : refuserOf(error, errorClass);
  return {
    status:
      isGuarded || isFiltered(error)
        ? 'content_filtered'
        : statusOf(errorClass, { http, refuser: refused_by }),
    refused_by,
    error_type: errorClass === '' ? '' : (labelWord(errorClass) ?? ''),
    http_status: http,
  };
}

/**
 * A guardrail may step in, mask what it found and let the call go on, which then fails for reasons of its own: these have a class, a
 * status and a provider.
 */
function isStoppedByGuardrail(
  fields: Payload['status_fields'],
  { errorClass, http }: { readonly errorClass: string; readonly http: number },
): boolean {
  if (textOf(fields?.guardrail_status) !== 'guardrail_intervened') return false;
  return errorClass === '' || REFUSALS.has(http);
}

const isFiltered = ({ error_code: code }: ErrorInformation): boolean => FILTERED.has(textOf(code) ?? '');

function statusOf(
  errorClass: string,
  { http, refuser }: { readonly http: number; readonly refuser: Refuser },
): Status {
  const byClass = STATUS_BY_CLASS.get(errorClass);
  if (byClass !== undefined) return byClass;
  // A limit refuses under whatever class and status.
  if (refuser !== 'none') return 'rate_limited';
  return STATUS_BY_HTTP[http] ?? 'error';
}

function refuserOf(error: ErrorInformation, errorClass: string): Refuser {
  if (isOfBudget(error)) return 'budget';
  const category = textOf(error.error_rate_limit_category) ?? '';
  // The router's own limits come under the vendor's category, with no vendor that was asked.
  if (category.startsWith('vendor_')) return textOf(error.llm_provider) === null ? 'gateway' : 'provider';
  if (category.startsWith('litellm_')) return 'gateway';
  if (isFiltered(error)) return 'provider';
  return REFUSER_BY_CLASS.get(errorClass) ?? 'none';
}

/** Budgets of keys, teams and users say so; those of deployments and providers by the name of the error alone. */
function isOfBudget(error: ErrorInformation): boolean {
  return (
    textOf(error.error_budget_entity_type) !== null ||
    textOf(error.error_rate_limit_type) === 'budget' ||
    normalizedOf(error)?.name === 'BUDGET_EXCEEDED'
  );
}

/** `error_code` is the status, or a code of the provider's own: then LiteLLM's name of the error has it. */
function httpStatusOf(error: ErrorInformation): number {
  const code = httpStatusOr0(Number(textOf(error.error_code) ?? 0));
  return code === 0 ? (normalizedOf(error)?.status ?? 0) : code;
}

function normalizedOf({
  normalized_error: error,
}: ErrorInformation): { readonly status: number; readonly name: string } | null {
  const [, status, name] = NORMALIZED.exec(textOf(error) ?? '') ?? [];
  return status === undefined || name === undefined ? null : { status: Number(status), name };
}
