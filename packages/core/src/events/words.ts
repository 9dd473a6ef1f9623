import type { WordSymbols } from './field-kinds.ts';

export const STATUSES = [
  'ok',
  'error',
  'timeout',
  'rate_limited',
  'content_filtered',
  'malformed',
  'cancelled',
] as const;
export type Status = (typeof STATUSES)[number];
export const STATUS: WordSymbols = {
  name: 'Status',
  symbols: STATUSES,
  unknown: 'error',
  unknownMeaning: 'an unknown outcome never flatters an SLO',
};

export const REFUSERS = ['none', 'provider', 'gateway', 'budget', 'guardrail'] as const;
export type Refuser = (typeof REFUSERS)[number];
export const REFUSER: WordSymbols = {
  name: 'Refuser',
  symbols: REFUSERS,
  unknown: 'provider',
  unknownMeaning: 'an unknown refusal never flatters a provider',
};

export const TRUSTS = ['leaf', 'aggregate'] as const;
export type Trust = (typeof TRUSTS)[number];
export const TRUST: WordSymbols = {
  name: 'Trust',
  symbols: TRUSTS,
  unknown: 'aggregate',
  unknownMeaning: 'what is not known to be one call may hold several',
};

export const FALLBACK_KINDS = [
  'none',
  'retry',
  'deployment',
  'provider',
  'model',
  'cached_answer',
  'canned_answer',
] as const;
export type FallbackKind = (typeof FALLBACK_KINDS)[number];
export const FALLBACK_KIND: WordSymbols = {
  name: 'FallbackKind',
  symbols: FALLBACK_KINDS,
  unknown: 'provider',
  unknownMeaning: 'an unknown fallback is still a fallback',
};

export const COST_SOURCES = ['reported', 'computed', 'unknown'] as const;
export type CostSource = (typeof COST_SOURCES)[number];
export const COST_SOURCE: WordSymbols = { name: 'CostSource', symbols: COST_SOURCES, unknown: 'unknown' };

export const VERDICT_KINDS = [
  'online_judge',
  'offline_suite',
  'synthetic_probe',
  'user_feedback',
  'guardrail',
] as const;
export type VerdictKind = (typeof VERDICT_KINDS)[number];
export const VERDICT_KIND: WordSymbols = {
  name: 'VerdictKind',
  symbols: VERDICT_KINDS,
  unknown: 'online_judge',
};
