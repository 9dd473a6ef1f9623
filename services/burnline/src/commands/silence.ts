import { SilenceClock, addSilence, endSilence, readSilences, type Silence } from '@burnline/alerter';
import { durationText } from '@burnline/core';
import { InvalidArgumentError, type Command } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { formatInstant } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { silenceScopeText } from '../output/silence-text.ts';
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
  readonly label?: Readonly<Record<string, string>>;
  readonly severity?: readonly string[];
  readonly all?: true;
  readonly from?: number;
  readonly for?: number;
  readonly until?: number;
  readonly every?: string;
  readonly zone?: string;
  readonly reason: string;
  readonly author?: string;
}

/** `burnline silence`: alerts that nobody is told of for a time, once or again and again, who said so, and ending it early. */
export function addSilenceCommand(context: CommandContext): void {
  const command = context.program
    .command('silence')
    .description(
      'withhold alerts from receivers for a time, or in maintenance windows that recur: add, list, end',
    );
  addAdd(command, context);
  command
    .command('list')
    .description('every silence, those that are not over first of all')
    .addOption(DATA_DIR_OPTION())
    .action(({ dataDir }: { readonly dataDir: string }) =>
      context.run((output) => listSilences(dataDir, output)),
    );
  addEndCommand(command, context, {
    ...{ verb: 'end', told: 'ended', path: '/silences/end' },
    description: 'end a silence before it expires: what fires and was withheld is told',
    who: 'who ends it',
    write: (store, request) => endSilence(store, request, Date.now()),
  });
}

const addName = (name: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  name,
];

function addAdd(command: Command, context: CommandContext): void {
  command
    .command('add')
    .description('withhold alerts, from now on or planned ahead')
    .addOption(DATA_DIR_OPTION())
    .option('--slo <name>', 'an SLO, or all objectives of one; give it again for more', addName)
    .option('--service <name>', 'all SLOs of a service')
    .option('--label <name=value>', 'only series with this group value; give it again for more', addLabel)
    .option('--severity <severity>', 'SEV-1, SEV-2 or SEV-3; give it again for more', addName)
    .option('--all', 'all alerts')
    .option(
      '--from <time>',
      'when it begins, ISO 8601, UTC if it names no zone; by default now',
      parseInstant,
    )
    .option(
      '--for <duration>',
      'how long it lasts, such as 90m, 2h or 1d; of one that recurs each time',
      parseLength,
    )
    .option('--until <time>', 'when it expires; needed for one that recurs', parseInstant)
    .option('--every <rule>', "when it recurs, an RRULE such as 'FREQ=WEEKLY;BYDAY=SU'")
    .option('--zone <zone>', 'the time zone that the rule is read in, such as Europe/Berlin; by default UTC')
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--author <name>', 'who says so; by default the user of the operating system')
    .addHelpText(
      'after',
      helpText(`Alerts fire and are recorded while they are silenced; what still fires when it is over is told then. Reaches the database that
CLICKHOUSE_URL names, or the pipeline of the data directory, whether it runs or not. Table silences keeps every row.`),
    )
    .action(({ dataDir, ...options }: AddOptions) =>
      context.run(async (output) => {
        const request = requestOf(options, Date.now());
        const write = (store: Parameters<typeof addSilence>[0]): Promise<{ readonly id: string }> =>
          addSilence(store, request, Date.now());
        const { id } = await changeDatabase(dataDir, { path: '/silences/add', request, write });
        output.json({ added: id });
        output.line(`${id} is added`);
        return EXIT.ok;
      }),
    );
}

function requestOf(options: Omit<AddOptions, 'dataDir'>, nowMs: number): Readonly<Record<string, unknown>> {
  const { slo, service, label, severity, all, every, zone, reason, author = userName() } = options;
  const fromMs = options.from ?? Math.floor(nowMs / 1_000) * 1_000;
  const lengthMs = options.for;
  const untilMs =
    options.until ?? (every === undefined && lengthMs !== undefined ? fromMs + lengthMs : undefined);
  return {
    ...{ slos: slo ?? [], labels: label ?? {}, severities: severity ?? [], fromMs, untilMs, author, reason },
    ...(service !== undefined && { service }),
    ...(all === true && { all }),
    ...(every === undefined && options.until !== undefined && lengthMs !== undefined && { lengthMs }),
    ...(every !== undefined && { rule: every.replace(/^RRULE:/, ''), timeZone: zone ?? 'UTC', lengthMs }),
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseLength(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const unitMs = UNITS_MS[unit];
  if (unitMs === undefined) throw new InvalidArgumentError('Expected a duration, such as 90m, 2h or 1d.');
  return Number(count) * unitMs;
}

async function listSilences(dataDirectory: string, output: Output): Promise<number> {
  const database = await openReadingStore(dataDirectory, output);
  try {
    const nowMs = Date.now();
    const silences = (await readSilences(database.store)).map((one) => ({
      ...one,
      state: stateOf(one, nowMs),
    }));
    const ordered = [...silences].sort((a, b) => Number(isOver(a.state)) - Number(isOver(b.state)));
    output.json({ silences: ordered });
    if (ordered.length === 0) output.line('There is no silence, and there was none.');
    else
      output.table(
        ['id', 'state', 'of', 'from', 'expires', 'recurs', 'by', 'reason'],
        ordered.map((one) => [
          one.id,
          one.state,
          silenceScopeText(one),
          formatInstant(one.startMs),
          formatInstant(one.expiresMs),
          one.rule === null ? '' : `${one.rule} for ${durationText(one.lengthMs)} (${one.timeZone})`,
          one.author,
          one.reason,
        ]),
        { optional: ['reason', 'by'] },
      );
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

type SilenceState = 'in force' | 'waits' | 'expired' | 'ended';

const isOver = (state: SilenceState): boolean => state === 'expired' || state === 'ended';

function stateOf(silence: Silence, nowMs: number): SilenceState {
  if (silence.ended !== null) return 'ended';
  if (nowMs >= silence.expiresMs) return 'expired';
  return new SilenceClock(silence).isInForceAt(nowMs) ? 'in force' : 'waits';
}
