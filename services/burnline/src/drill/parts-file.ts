import { readFile } from 'node:fs/promises';
import { AppError } from '@burnline/core';
import { parse } from 'yaml';
import { z } from 'zod';

const PARTS_MAX = 32;
const COMMAND_CHARS_MAX = 2_000;
const command = z.string().min(1).max(COMMAND_CHARS_MAX);

const partsSchema = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(100),
      /** Shell commands. */
      stop: command,
      resume: command,
      /** Seconds after the drill's start. */
      atS: z.number().min(0),
      /** Seconds until it is resumed. */
      forS: z.number().positive(),
    }),
  )
  .max(PARTS_MAX);

/** A part of Burnline that a drill stops and resumes. */
export type DrillPart = z.infer<typeof partsSchema>[number];

/** Reads a list of parts, YAML. Throws CLI_FILE_UNREADABLE, DRILL_PARTS_INVALID naming every mistake. */
export async function readPartsFile(file: string): Promise<readonly DrillPart[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new AppError('CLI_FILE_UNREADABLE', `${file} cannot be read: ${String(error)}`, {
      remedy: 'Check the path and its permissions.',
      cause: error,
    });
  }
  return parseParts(text, file);
}

export function parseParts(text: string, file: string): readonly DrillPart[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw invalid(file, [String(error)]);
  }
  const parsed = partsSchema.safeParse(value ?? []);
  if (parsed.success) return parsed.data;
  throw invalid(
    file,
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`),
  );
}

function invalid(file: string, mistakes: readonly string[]): AppError {
  return new AppError('DRILL_PARTS_INVALID', `${file} is no list of parts:\n  ${mistakes.join('\n  ')}`, {
    remedy: 'Each entry has name, stop, resume (shell commands), atS and forS (seconds).',
    details: { mistakes },
  });
}
