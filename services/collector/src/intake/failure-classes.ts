import type { Refuser, Status } from '@burnline/core';

/** What exceptions of LiteLLM and of the providers' clients stand for; whoever adds a class adds it for every dialect. */

/** By the class of the exception; subclasses have names of their own. */
export const STATUS_BY_CLASS: ReadonlyMap<string, Status> = new Map<string, Status>([
  ['APITimeoutError', 'timeout'],
  ['Timeout', 'timeout'],
  ['RateLimitError', 'rate_limited'],
  ['RouterRateLimitError', 'rate_limited'],
  ['RouterRateLimitErrorBasic', 'rate_limited'],
  ['BudgetExceededError', 'rate_limited'],
  ['ContentPolicyViolationError', 'content_filtered'],
  ['ContentFilterFinishReasonError', 'content_filtered'],
  ['content_filter', 'content_filtered'],
  ['APIResponseValidationError', 'malformed'],
  ['JSONSchemaValidationError', 'malformed'],
  ['CancelledError', 'cancelled'],
  ['ClientDisconnect', 'cancelled'],
  ['ClientDisconnected', 'cancelled'],
]);
export const STATUS_BY_HTTP: Readonly<Record<number, Status>> = {
  408: 'timeout',
  429: 'rate_limited',
  /** The client closed the request. */
  499: 'cancelled',
  504: 'timeout',
};
/** Who refuses with it, where the class alone says so. */
export const REFUSER_BY_CLASS: ReadonlyMap<string, Refuser> = new Map<string, Refuser>([
  ['BudgetExceededError', 'budget'],
  ['ContentPolicyViolationError', 'provider'],
  ['ContentFilterFinishReasonError', 'provider'],
  ['content_filter', 'provider'],
  ['RouterRateLimitError', 'gateway'],
  ['RouterRateLimitErrorBasic', 'gateway'],
]);
export const GUARDRAIL_CLASSES: ReadonlySet<string> = new Set([
  'BlockedPiiEntityError',
  'GuardrailInterventionNormalStringError',
  'GuardrailRaisedException',
]);

/** 0 for what is no status of HTTP. */
export function httpStatusOr0(status: number): number {
  return Number.isInteger(status) && status >= 100 && status <= 599 ? status : 0;
}
