import type { Refuser, Status } from '@burnline/core';
import {
  GUARDRAIL_CLASSES,
  httpStatusOr0,
  REFUSER_BY_CLASS,
  STATUS_BY_CLASS,
  STATUS_BY_HTTP,
} from '../failure-classes.ts';
import type { ErrorInformation, Payload } from './payload.ts';
import { textOf } from './scalars.ts';

/** How a call ended that LiteLLM calls a failure. */
interface Failure {
  readonly status: Status;
  readonly refused_by: Refuser;
  readonly error_type: string;
  /** 0: LiteLLM names none. */
  readonly http_status: number;
}

export function failureOf({ error_information: error = {}, status_fields: fields }: Payload): Failure {
  const errorClass = textOf(error.error_class) ?? '';
  const http = httpStatusOf(error);
  const isGuarded =
    GUARDRAIL_CLASSES.has(errorClass) || textOf(fields?.guardrail_status) === 'guardrail_intervened';
  const refused_by = isGuarded ? 'guardrail' : refuserOf(error, errorClass);
  return {
    status: isGuarded ? 'content_filtered' : statusOf(errorClass, { http, refuser: refused_by }),
    refused_by,
    error_type: errorClass,
    http_status: http,
  };
}

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
  if (textOf(error.error_budget_entity_type) !== null) return 'budget';
  const category = textOf(error.error_rate_limit_category) ?? '';
  if (category.startsWith('vendor_')) return 'provider';
  if (category.startsWith('litellm_')) return 'gateway';
  return REFUSER_BY_CLASS.get(errorClass) ?? 'none';
}

function httpStatusOf({ error_code: code }: ErrorInformation): number {
  return httpStatusOr0(Number(textOf(code) ?? 0));
}
