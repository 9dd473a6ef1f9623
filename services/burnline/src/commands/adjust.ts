import { addAdjustment, revokeAdjustment } from '@burnline/judging';
import { readAdjustmentRows, type AdjustmentEntry } from '@burnline/queries';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { formatInstant, formatLabels } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { shown } from '../output/shown.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { addEndCommand } from './end-command.ts';
import { addLabel } from './label-option.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

interface AddOptions {
  readonly dataDir: string;
  readonly slo?: readonly string[];
  readonly service?: string;
  readonly all?: true;
  readonly label?: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly author?: string;
}

/** `burnline adjust`: stretches of time that budgets leave out, who said so, and taking them back. */
export function addAdjust(context: CommandContext): void {
  const command = context.program
    .command('adjust')
    .description('leave a stretch of time out of budgets, burn rates and alerts: add, list, revoke');
  addAdd(command, context);
  command
    .command('list')
    .description('every adjustment, those in force and those that were revoked, newest first')
    .addOption(DATA_DIR_OPTION())
    .action(({ dataDir }: { readonly dataDir: string }) =>
      context.run((output) => listAdjustments(dataDir, output)),
    );
  addEndCommand(command, context, {
    ...{ verb: 'revoke', told: 'revoked', path: '/adjustments/revoke' },
    description: 'take an adjustment back: what it left out counts again from the next evaluation on',
    who: 'who takes it back',
    write: revokeAdjustment,
  });
}

function addAdd(command: Command, context: CommandContext): void {
  command
    .command('add')
    .description('leave a stretch of time out, planned ahead or after the fact')
    .addOption(DATA_DIR_OPTION())
    .option(
      '--slo <name>',
      'an SLO, or all objectives of one; give it again for more',
      (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
    )
    .option('--service <name>', 'all SLOs of a service')
    .option('--all', 'all SLOs')
    .option('--label <name=value>', 'only series with this group value; give it again for more', addLabel)
    .requiredOption(
      '--from <time>',
      'start, ISO 8601, UTC if it names no zone; on whole 5 minutes',
      parseInstant,
    )
    .requiredOption('--to <time>', 'end, not included; on whole 5 minutes', parseInstant)
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--author <name>', 'who says so; by default the user of the operating system')
    .addHelpText(
      'after',
      helpText(`Reaches the database that CLICKHOUSE_URL names, or the pipeline of the data directory, whether it runs or not.
What was judged before stays as it was; table budget_adjustments keeps every row.`),
    )
    .action(({ dataDir, slo, label, from, to, author = userName(), ...given }: AddOptions) =>
      context.run(async (output) => {
        const request = {
          ...given,
          ...(slo !== undefined && { slos: slo }),
          ...{ labels: label ?? {}, fromMs: from, toMs: to, author },
        };
        const { id } = await changeDatabase(dataDir, {
          ...{ path: '/adjustments/add', request },
          write: (store) => addAdjustment(store, request, Date.now()),
        });
        output.json({ added: id });
        output.line(`${id} leaves out ${formatInstant(from)} to ${formatInstant(to)} UTC`);
        return EXIT.ok;
      }),
    );
}

async function listAdjustments(dataDirectory: string, output: Output): Promise<number> {
  const database = await openReadingStore(dataDirectory, output);
  try {
    const adjustments = await readAdjustmentRows(database.store);
    output.json({ adjustments });
    if (adjustments.length === 0) output.line('Nothing is left out of any budget.');
    else
      output.table(
        ['id', 'from', 'to', 'of', 'series', 'by', 'reason', 'revoked'],
        adjustments.map((one) => [
          one.id,
          formatInstant(one.fromMs),
          formatInstant(one.toMs),
          scopeText(one),
          formatLabels(one.labels),
          one.author,
          one.reason,
          one.revoked === null ? '' : `${formatInstant(one.revoked.atMs)} by ${shown(one.revoked.author)}`,
        ]),
        { optional: ['reason', 'by'] },
      );
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

function scopeText({ slos, service }: AdjustmentEntry): string {
  if (slos.length > 0) return slos.join(', ');
  return service === null ? 'all SLOs' : `service ${service}`;
}
