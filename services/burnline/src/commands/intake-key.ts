import { makeKey, parseKeyFile } from '@burnline/collector';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { addKeyLine } from './key-lines.ts';

/** `burnline intake-key`: a key for whoever publishes. */
export function addIntakeKey(context: CommandContext): void {
  context.program
    .command('intake-key')
    .description('make a key for the intake; it is shown once, and only its hash is kept')
    .argument('<name>', 'whose key it is: a service, a team')
    .option('--file <file>', 'add the hash to this file of keys, which is made if need be')
    .addHelpText(
      'after',
      helpText(`The intake takes the file by BURNLINE_INTAKE_KEYS_FILE, or \`burnline up --intake-keys-file\`, and reads it anew when it
changes: several keys of one name let a client change its key without a pause; a line taken out ends its key.
Clients send it as \`authorization: Bearer KEY\`.`),
    )
    .action((name: string, options: { readonly file?: string }) =>
      context.run((output) => intakeKey(name, options.file, output)),
    );
}

async function intakeKey(name: string, file: string | undefined, output: Output): Promise<number> {
  const { key, line } = makeKey(name);
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
