import type { Store } from '@burnline/runtime';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { userName } from './user-name.ts';

interface Ending {
  /** `end`, and what is then told: `ended`. */
  readonly verb: string;
  readonly told: string;
  readonly description: string;
  /** Who does it, for `--author`. */
  readonly who: string;
  /** Of the operations port of a pipeline that runs. */
  readonly path: string;
  readonly write: (store: Store, request: EndRequest) => Promise<{ readonly id: string }>;
}

type EndRequest = Readonly<Record<'id' | 'reason' | 'author', string>>;

/** The subcommand that ends an audited row by its id, with a reason and an author. */
export function addEndCommand(command: Command, context: CommandContext, ending: Ending): void {
  const { verb, told, description, who, path, write } = ending;
  command
    .command(`${verb} <id>`)
    .description(description)
    .addOption(DATA_DIR_OPTION())
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--author <name>', `${who}; by default the user of the operating system`)
    .action((id: string, given: { dataDir: string; reason: string; author?: string }) =>
      context.run(async (output) => {
        const { dataDir, reason, author = userName() } = given;
        const request = { id, reason, author };
        await changeDatabase(dataDir, { path, request, write: (store) => write(store, request) });
        output.json({ [told]: id });
        output.line(`${id} is ${told}`);
        return EXIT.ok;
      }),
    );
}
