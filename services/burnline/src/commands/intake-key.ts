import { appendFile, chmod, readFile } from 'node:fs/promises';
import { makeKey, parseKeyFile } from '@burnline/collector';
import { AppError } from '@burnline/core';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { parseInstant } from './options.ts';

/** `burnline intake-key`: a key for whoever publishes. */
export function addIntakeKey(context: CommandContext): void {
  context.program
    .command('intake-key')
    .description('make a key for the intake; it is shown once, and only its hash is kept')
    .argument('<name>', 'whose key it is: a service, a team')
    .option('--file <file>', 'add the hash to this file of keys, which is made if need be')
    .option(
      '--expires <time>',
      'until when it lets in, such as 2027-01-01T00:00:00Z; without, for ever',
      parseInstant,
    )
    .option(
      '--records-per-second <number>',
      'how many records its owner may send in the long run; without, as many as come',
      Number,
    )
    .addHelpText(
      'after',
      helpText(`The intake takes the file by BURNLINE_INTAKE_KEYS_FILE, or \`burnline up --intake-keys-file\`, and reads it anew when it
changes: several keys of one name let a client change its key without a pause; a line taken out ends its key.
Clients send it as \`authorization: Bearer KEY\`.`),
    )
    .action((name: string, options: KeyOptions) => context.run((output) => intakeKey(name, options, output)));
}

interface KeyOptions {
  readonly file?: string;
  /** Epoch milliseconds. */
  readonly expires?: number;
  readonly recordsPerSecond?: number;
}

async function intakeKey(name: string, options: KeyOptions, output: Output): Promise<number> {
  const { file, expires: expiresMs = null, recordsPerSecond = null } = options;
  const { key, line } = makeKey(name, { expiresMs, recordsPerSecond });
  if (file !== undefined) await addLine(file, line);
  output.json({ name, key, line, ...(file === undefined ? {} : { file }) });
  output.line(key);
  output.note(
    file === undefined
      ? `add this line to the file of keys: ${line}`
      : `${name} may publish with this key; it is not shown again. Its hash is in ${file}`,
  );
  return EXIT.ok;
}

/** The file is the owner's alone when it is made here; one that is there keeps its rights. */
async function addLine(file: string, line: string): Promise<void> {
  const before = await contentOf(file);
  if (before !== null) parseKeyFile(before, file);
  const isLineOpen = before !== null && before !== '' && !before.endsWith('\n');
  try {
    await appendFile(file, `${isLineOpen ? '\n' : ''}${line}\n`, { mode: 0o600 });
    // Whatever the umask says.
    if (before === null) await chmod(file, 0o600);
  } catch (error) {
    throw unusable(file, error);
  }
}

/** Null: there is none yet. */
async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw unusable(file, error);
  }
}

function unusable(file: string, cause: unknown): AppError {
  return new AppError('CLI_KEYS_FILE_UNUSABLE', `${file} cannot be used: ${String(cause)}`, {
    remedy: 'Name a file in a folder that this user may write to.',
    cause,
  });
}
