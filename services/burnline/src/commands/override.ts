import { HOUR_MS, isOverrideInForce, STOPPABLE_KINDS, type PolicyOverride } from '@burnline/core';
import { readOverrides } from '@burnline/queries';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { addOverride, endOverride } from '../governing/overrides.ts';
import { EXIT } from '../output/exit-codes.ts';
import { formatInstant } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { shown } from '../output/shown.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { addEndCommand } from './end-command.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

interface AddOptions {
  readonly dataDir: string;
  readonly service: string;
  readonly change: readonly string[];
  readonly for: number;
  readonly reason: string;
  readonly author?: string;
}

/** `burnline override`: signed words that let changes pass what a policy stops, for a time. */
export function addOverrideCommand(context: CommandContext): void {
  const command = context.program
    .command('override')
    .description('let changes of a service pass what a policy stops, for a time: add, list, end');
  addAdd(command, context);
  command
    .command('list')
    .description('every override, those in force, expired and ended, newest first')
    .addOption(DATA_DIR_OPTION())
    .action(({ dataDir }: { readonly dataDir: string }) =>
      context.run((output) => listOverrides(dataDir, output)),
    );
  addEndCommand(command, context, {
    ...{ verb: 'end', told: 'ended', path: '/overrides/end' },
    ...{ description: 'end an override before its time', who: 'who ends it' },
    write: (store, request) => endOverride(store, request, Date.now()),
  });
}

function addAdd(command: Command, context: CommandContext): void {
  command
    .command('add')
    .description('sign an override')
    .addOption(DATA_DIR_OPTION())
    .requiredOption('--service <name>', 'the service whose changes pass')
    .addOption(
      new Option('--change <kinds...>', 'which changes pass').choices(STOPPABLE_KINDS).makeOptionMandatory(),
    )
    .requiredOption('--for <hours>', 'how long it holds: 168 hours at most', parseHours)
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--author <name>', 'who signs it; by default the user of the operating system')
    .addHelpText(
      'after',
      helpText(`An override never passes missing evidence, nor a candidate that is shown to be worse. Table policy_overrides keeps
every row. Reaches the database that CLICKHOUSE_URL names, or the pipeline of the data directory, whether it runs or not.`),
    )
    .action(({ dataDir, service, change, reason, author = userName(), ...given }: AddOptions) =>
      context.run(async (output) => {
        const request = { service, changes: change, lengthMs: given.for * HOUR_MS, reason, author };
        const added = await changeDatabase<{ readonly id: string; readonly expires: string }>(dataDir, {
          ...{ path: '/overrides/add', request },
          write: (store) => addOverride(store, request, Date.now()),
        });
        output.json({ added: added.id, expires: added.expires });
        output.line(
          `${added.id} lets ${change.join(', ')} of ${shown(service)} pass until ${formatInstant(Date.parse(added.expires))} UTC`,
        );
        return EXIT.ok;
      }),
    );
}

async function listOverrides(dataDirectory: string, output: Output): Promise<number> {
  const database = await openReadingStore(dataDirectory, output);
  try {
    const nowMs = Date.now();
    const overrides = await readOverrides(database.store, { asOfMs: nowMs });
    output.json({
      overrides: overrides.map((one) => ({
        ...{ id: one.id, service: one.service, changes: one.changes, author: one.author, reason: one.reason },
        added: new Date(one.addedMs).toISOString(),
        expires: new Date(one.expiresMs).toISOString(),
        ended: one.endedMs === null ? null : new Date(one.endedMs).toISOString(),
        isInForce: isOverrideInForce(one, nowMs),
      })),
    });
    if (overrides.length === 0) output.line('Nobody has signed an override.');
    else
      output.table(
        ['id', 'service', 'changes', 'signed', 'until', 'by', 'reason', 'state'],
        overrides.map((one) => [
          one.id,
          one.service,
          one.changes.join(', '),
          formatInstant(one.addedMs),
          formatInstant(one.endedMs ?? one.expiresMs),
          one.author,
          one.reason,
          stateOf(one, nowMs),
        ]),
        { optional: ['signed', 'reason'] },
      );
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

function stateOf(one: PolicyOverride, nowMs: number): string {
  if (isOverrideInForce(one, nowMs)) return 'in force';
  return one.endedMs === null ? 'expired' : 'ended';
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (text.trim() === '' || !(hours > 0 && hours <= 168))
    throw new InvalidArgumentError('Expected hours, up to 168 (7 days).');
  return hours;
}
