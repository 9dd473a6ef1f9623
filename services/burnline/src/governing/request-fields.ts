import { AppError } from '@burnline/core';

/** As it is asked for, of whoever may: nothing of it is believed. */
export type GoverningRequest = Readonly<Record<string, unknown>>;

/** Of a name and a reason, in characters: they stand in rows for good. */
const TEXT_LENGTH_MAX = 1_000;
/** Between rows of the same second nothing differs; before 1970 and after 2106 the tables have no times. */
const INSTANT_MS_MAX = (2 ** 32 - 1) * 1_000;

export const invalidRequest = (message: string, remedy: string): AppError =>
  new AppError<'GOVERNING_INVALID'>('GOVERNING_INVALID', message, { remedy });

/** @throws AppError GOVERNING_INVALID */
export function textField(request: GoverningRequest, name: string): string {
  const value = request[name];
  if (typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_LENGTH_MAX) return value;
  throw invalidRequest(`${name} must be a text of 1 to ${TEXT_LENGTH_MAX} characters`, `Give ${name}.`);
}

export const optionalText = (request: GoverningRequest, name: string): string | undefined =>
  request[name] === undefined ? undefined : textField(request, name);

/** @throws AppError GOVERNING_INVALID */
export function wordField<Word extends string>(
  request: GoverningRequest,
  name: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === request[name]);
  if (found !== undefined) return found;
  throw invalidRequest(`${name} must be one of ${words.join(', ')}`, `Give one of them as ${name}.`);
}

/** Epoch ms. @throws AppError GOVERNING_INVALID */
export function instantField(request: GoverningRequest, name: string): number | undefined {
  const value = request[name];
  if (value === undefined) return undefined;
  const atMs = typeof value === 'string' ? Date.parse(value) : value;
  if (typeof atMs === 'number' && atMs >= 0 && atMs <= INSTANT_MS_MAX) return Math.floor(atMs);
  throw invalidRequest(
    `${name} must be a time, ISO 8601 or epoch ms`,
    `Give ${name} as 2026-06-03T10:00:00Z.`,
  );
}

/** @throws AppError GOVERNING_INVALID */
export function numberField(
  request: GoverningRequest,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const value = request[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw invalidRequest(`${name} must be a number from ${min} to ${max}`, `Give ${name} within these.`);
}
