import { makeReadKey, parseReadKeys } from '@burnline/console';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { Output } from '../output/output.ts';
import type { CommandContext } from './command-context.ts';
import { addKeyLine } from './key-lines.ts';

/** `burnline read-key`: a key for whoever reads. */
export function addReadKey(context: CommandContext): void {
  context.program
    .command('read-key')
    .description('make a key for the console and its API; it is shown once, and only its hash is kept')
    .argument('<name>', 'whose key it is: a person, a team, a program')
    .option('--file <file>', 'add the hash to this file of keys, which is made if need be')
    .addHelpText(
      'after',
      helpText(`The console takes the file by BURNLINE_CONSOLE_KEYS_FILE, or \`burnline up --console-keys-file\`, and reads it anew when it
changes: a line taken out ends its key. Programs send it as \`authorization: Bearer KEY\`; in a browser it is the password, with any
name.`),
    )
    .action((name: string, options: { readonly file?: string }) =>
      context.run((output) => readKey(name, options.file, output)),
    );
}

async function readKey(name: string, file: string | undefined, output: Output): Promise<number> {
  const { key, line } = makeReadKey(name);
  if (file !== undefined) await addKeyLine(file, line, parseReadKeys);
  output.json({ name, key, line, ...(file === undefined ? {} : { file }) });
  output.line(key);
  output.note(
    file === undefined
      ? `add this line to the file of keys: ${line}`
      : `${name} may read with this key; it is not shown again. Its hash is in ${file}`,
  );
  return EXIT.ok;
}
