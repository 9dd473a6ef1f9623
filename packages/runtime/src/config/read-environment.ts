import { readFileSync } from 'node:fs';
import { AppError } from '@burnline/core';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Environment variables by name; each schema's description is the reference's text. */
export type Variables = Readonly<Record<string, z.ZodType>>;

export type Config<V extends Variables> = { readonly [Name in keyof V]: z.infer<V[Name]> };

/** Variables that must be set where another one is. */
export type Companions = Readonly<Record<string, readonly string[]>>;

/**
 * Whatever is named so may stand in a file instead, whose path is in `NAME_FILE`: how secrets are mounted. The URL of a
 * webhook often is one.
 */
const SECRET_NAMES =
  /_PASSWORD$|_API_KEY$|_WEBHOOK_URL$|_WEBHOOK_KEYS$|_ALERTMANAGER_URL$|_ROUTING_KEYS$|_SLACK_URL$|_TEAMS_URL$|_SMTP_URL$/;

/**
 * Reads variables; one that is empty counts as not set. Throws CONFIG_INVALID naming every fault at once; values of secrets
 * are never shown.
 */
export function readEnvironment<V extends Variables>(
  variables: V,
  environment: Environment,
  companions: Companions = {},
): Config<V> {
  const faults: string[] = [];
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(variables)) {
    given[name] = SECRET_NAMES.test(name)
      ? readSecret(name, environment, faults)
      : setValue(environment[name]);
  }
  for (const [name, others] of Object.entries(companions)) {
    if (given[name] === undefined) continue;
    const missing = others.filter((other) => given[other] === undefined);
    if (missing.length > 0)
      faults.push(`${name} is set and ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`);
  }
  const parsed = z.object(variables).safeParse(given);
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => describeIssue(issue, given)));
  if (parsed.success && faults.length === 0) return parsed.data as Config<V>;
  throw new AppError('CONFIG_INVALID', `The configuration is wrong:\n  ${faults.join('\n  ')}`, {
    remedy: 'Correct the environment variables that are named; docs/environment.md lists them all.',
    details: { faults },
  });
}

function setValue(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function readSecret(name: string, environment: Environment, faults: string[]): string | undefined {
  const value = setValue(environment[name]);
  const file = setValue(environment[`${name}_FILE`]);
  if (file === undefined) return value;
  if (value !== undefined) faults.push(`${name} and ${name}_FILE are both set: leave one out`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    faults.push(`${name}_FILE: ${file} cannot be read: ${error instanceof Error ? error.message : ''}`);
    return undefined;
  }
}

function describeIssue(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) return `${name} is missing`;
  return SECRET_NAMES.test(name)
    ? `${name}: ${issue.message}`
    : `${name}: ${issue.message}, found "${value}"`;
}

/** A variable that may be left out. */
export const optional = <T>(schema: z.ZodType<T>, doc: string): z.ZodType<T | undefined> =>
  schema.optional().describe(doc);

/** A variable with a default, which is written as it would stand in the environment. */
export const orElse = <T>(schema: z.ZodType<T>, fallback: string, doc: string): z.ZodType<T> =>
  z.preprocess((value) => value ?? fallback, schema).meta({ description: doc, default: fallback });

/** One of several words. */
export function wordVariable<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodEnum<{ [W in Words[number]]: W }> {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

export function numberVariable(range: { readonly min: number; readonly max: number }): z.ZodType<number> {
  const error = `must be a whole number from ${range.min} to ${range.max}`;
  return z
    .string()
    .regex(/^[0-9]+$/, error)
    .transform(Number)
    .refine((value) => value >= range.min && value <= range.max, error);
}

export const shareVariable: z.ZodType<number> = z
  .string()
  .regex(/^(0?\.\d+|0|1)$/, 'must be a share from 0 to 1, such as 0.5')
  .transform(Number);

export const textVariable: z.ZodType<string> = z.string();

export const flagVariable: z.ZodType<boolean> = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');

/** Comma-separated, at least one. */
export const listVariable: z.ZodType<readonly string[]> = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .refine((parts) => parts.length > 0, 'must name at least one, separated by commas');

export const urlVariable: z.ZodType<string> = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http or https URL');
