import { specSchema } from '@burnline/specs';
import { helpText } from '../output/prose.ts';
import { EXIT } from '../output/exit-codes.ts';
import type { CommandContext } from './command-context.ts';

const HELP = `The same schema stands in packages/specs/schema/openslo-v1.schema.json. An editor with the YAML language server checks and
completes a spec whose first line is:
  # yaml-language-server: $schema=./openslo-v1.schema.json`;

/** `burnline schema`: what editors complete and check spec files by. */
export function addSchema(context: CommandContext): void {
  context.program
    .command('schema')
    .description(
      'print the JSON Schema of spec files (draft 2020-12), by which editors complete and check them',
    )
    .addHelpText('after', helpText(HELP))
    .action(() =>
      context.run((output) => {
        const schema = specSchema();
        output.line(JSON.stringify(schema, null, 2));
        output.json(schema);
        return Promise.resolve(EXIT.ok);
      }),
    );
}
