import { makeKey, parseKeyFile } from '@burnline/collector';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { addKeyLine } from './key-lines.ts';
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
  if (file !== undefined) await addKeyLine(file, line, parseKeyFile);
  output.json({ name, key, line, ...(file === undefined ? {} : { file }) });
  output.line(key);
  output.note(
    file === undefined
      ? `add this line to the file of keys: ${line}`
      : `${name} may publish with this key; it is not shown again. Its hash is in ${file}`,
  );
  return EXIT.ok;
}
