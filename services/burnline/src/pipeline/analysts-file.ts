import { readFile } from 'node:fs/promises';
import { AppError } from '@burnline/core';
import type { EngineUser } from '@burnline/engine';
import { z } from 'zod';
import { ANALYST_USER, PIPELINE_USER } from './engine-supervisor.ts';

const analysts = z
  .array(
    z.strictObject({
      name: z
        .string()
        .regex(/^[\w.@-]{1,100}$/, 'give a name of letters, digits and `_.@-`')
        .refine((name) => name !== ANALYST_USER && name !== PIPELINE_USER, 'this name is taken'),
      password: z.string().min(8, 'give 8 characters or more').max(200),
      tenants: z.array(z.string().max(500)).min(1).max(100).optional(),
    }),
  )
  .max(32)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'a name is there twice');

/**
 * More analysts of the SQL port: `[{"name": "ann", "password": "...", "tenants": ["acme"]}]`. Those with tenants read rows of these alone.
 * Rejects with CLI_ANALYSTS_INVALID; what it says never has a password in it.
 */
export async function readAnalysts(file: string): Promise<readonly EngineUser[]> {
  const given = analysts.safeParse(await readJson(file));
  if (!given.success) throw invalid(file, z.prettifyError(given.error).slice(0, 500));
  return given.data.map(({ name, password, tenants }) => ({
    ...{ name, password, role: 'analyst' },
    ...(tenants !== undefined && { tenants }),
  }));
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, error instanceof Error ? error.message : String(error));
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words may hold some of the text.
    throw invalid(file, 'it is no JSON');
  }
}

const invalid = (file: string, why: string): AppError =>
  new AppError('CLI_ANALYSTS_INVALID', `${file} names no analysts: ${why}`, {
    remedy:
      'Write a JSON array of {"name", "password", "tenants"} into it, readable by its owner alone; `tenants` may be left out.',
  });
