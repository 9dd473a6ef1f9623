import { Option } from 'commander';
import { eraseSubject, type Erasure } from '../erasing/erase-subject.ts';
import { invalidRequest } from '../governing/request-fields.ts';
import { EXIT } from '../output/exit-codes.ts';
import { counted } from '../output/format.ts';
import { helpText } from '../output/prose.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { userName } from './user-name.ts';

interface EraseOptions {
  readonly dataDir: string;
  readonly user?: string;
  readonly session?: string;
  readonly reason: string;
  readonly author?: string;
  readonly yes?: true;
}

/** `burnline erase`: raw rows of a user or a session are taken out for good, and who did it is kept. */
export function addErase(context: CommandContext): void {
  context.program
    .command('erase')
    .description("erase a user's or a session's raw rows for good; budgets stay as they are")
    .addOption(DATA_DIR_OPTION())
    .addOption(
      new Option(
        '--user <id>',
        'the user, as the service calls them or by the hash that events have',
      ).conflicts('session'),
    )
    .option('--session <id>', 'a session, as events have it')
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--author <name>', 'who does it; by default the user of the operating system')
    .option('--yes', 'erase; without it only what would be erased is counted')
    .addHelpText(
      'after',
      helpText(`Events of the subject and verdicts of their requests are erased, here and now; messages in the event log expire by its retention,
and dead letters by theirs. Table erasures keeps who erased, when and how many, with the SHA-256 of the id. Reaches the database that CLICKHOUSE_URL
names, or the pipeline of the data directory, whether it runs or not. Exit code 3 while rows are left; the database goes on erasing them.`),
    )
    .action((options: EraseOptions) =>
      context.run(async (output) => {
        const { dataDir, user, session, reason, author = userName(), yes = false } = options;
        if (user === undefined && session === undefined)
          throw invalidRequest('Neither a user nor a session is named', 'Give --user ID or --session ID.');
        const subject = user === undefined ? 'session' : 'user';
        const request = { subject, of: user ?? session ?? '', reason, author, isConfirmed: yes };
        const found = await changeDatabase<Erasure>(dataDir, {
          path: '/erasures/add',
          request,
          write: (store) => eraseSubject(store, request, Date.now()),
        });
        output.json(found);
        const what = `${counted(found.events, 'event')} and ${counted(found.verdicts, 'verdict')}`;
        if (found.id === null) output.line(`${what} would be erased; --yes erases them`);
        else if (found.left > 0)
          output.line(
            `${found.id}: of ${what}, ${counted(found.left, 'row')} are left; the database goes on erasing them, the same command without --yes counts what is left`,
          );
        else output.line(`${found.id}: ${what} are erased`);
        return found.left > 0 || found.id === null ? EXIT.no : EXIT.ok;
      }),
    );
}
