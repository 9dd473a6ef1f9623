import { makeWriteKey, parseWriteKeys } from '@burnline/console';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';
import { addKeyLine } from './key-lines.ts';

/** `burnline write-key`: a key for whoever may silence alerts from the console. */
export function addWriteKey(context: CommandContext): void {
  context.program
    .command('write-key')
    .description(
      'make a key for silencing alerts from the console; it is shown once, and only its hash is kept',
    )
    .argument('<name>', 'whose key it is: silences have it as their author')
    .option('--file <file>', 'add the hash to this file of keys, which is made if need be')
    .addHelpText(
      'after',
      helpText(`\`burnline up --console-write-keys-file\` takes the file and reads it anew when it changes: a line taken out ends its key. It
opens nothing to read, and is asked for with every silence; no browser keeps it.`),
    )
    .action((name: string, options: { readonly file?: string }) =>
      context.run((output) => writeKey(name, options.file, output)),
    );
}

async function writeKey(name: string, file: string | undefined, output: Output): Promise<number> {
  const { key, line } = makeWriteKey(name);
  if (file !== undefined) await addKeyLine(file, line, parseWriteKeys);
  output.json({ name, key, line, ...(file === undefined ? {} : { file }) });
  output.line(key);
  output.note(
    file === undefined
      ? `add this line to the file of keys: ${line}`
      : `${name} may silence alerts with this key; it is not shown again. Its hash is in ${file}`,
  );
  return EXIT.ok;
}
