import { AppError } from '@burnline/core';
import { askOperations, optional, readEnvironment, textVariable, urlVariable } from '@burnline/runtime';
import type { CommandContext } from './command-context.ts';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import { formatInstant, formatLabels } from '../output/format.ts';
import { readOpenAlerts, type OpenAlert } from '@burnline/queries';
import type { Output } from '../output/output.ts';
import type { Cell } from '../output/table.ts';
import { findConnection } from '../pipeline/connection-file.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { openReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

const ALERTS_VARIABLES = {
  BURNLINE_ALERTER_URL: optional(urlVariable, 'HTTP port of an alerter.'),
  BURNLINE_OPERATIONS_PASSWORD: optional(textVariable, 'What the alerter wants to see.'),
};

interface EndOptions {
  readonly dataDir: string;
  readonly reason: string;
  readonly by?: string;
}

/** `burnline alerts`: what is open, and the end of one by name. */
export function addAlerts(context: CommandContext): void {
  const alerts = context.program
    .command('alerts')
    .description('list the open alerts, or end one by name')
    .addOption(DATA_DIR_OPTION())
    .action((options: { readonly dataDir: string }) =>
      context.run((output) => listAlerts(options.dataDir, output)),
    );
  alerts
    .command('end <key>')
    .description(
      'end an open alert: receivers hear that somebody did, and why; what still burns fires anew at its next evaluation',
    )
    .addOption(DATA_DIR_OPTION())
    .requiredOption('--reason <text>', 'why, for whoever reads it later')
    .option('--by <name>', 'who ends it; by default the user of the operating system')
    .addHelpText(
      'after',
      helpText(`Reaches the pipeline that runs on the data directory, or the alerter at BURNLINE_ALERTER_URL with the token in
BURNLINE_OPERATIONS_PASSWORD (or the file that BURNLINE_OPERATIONS_PASSWORD_FILE names).`),
    )
    .action((key: string, _: unknown, command: { optsWithGlobals: () => EndOptions }) =>
      context.run((output) => endAlert(key, command.optsWithGlobals(), output)),
    );
}

async function listAlerts(dataDirectory: string, output: Output): Promise<number> {
  const database = await openReadingStore(dataDirectory, output);
  try {
    const open = await readOpenAlerts(database.store);
    output.json({ alerts: open });
    if (open.length === 0) output.line('No alert is open.');
    else
      output.table(
        ['since', 'state', 'severity', 'slo', 'series', 'tier', 'bad (long, short)', 'coverage', 'key'],
        open.map(rowOf),
        { optional: ['coverage', 'tier'] },
      );
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

function rowOf(alert: OpenAlert): readonly Cell[] {
  return [
    formatInstant(alert.sinceMs),
    alert.state,
    alert.severity,
    alert.slo,
    formatLabels(alert.labels),
    alert.tier,
    `${alert.long.bad}/${alert.long.total}, ${alert.short.bad}/${alert.short.total}`,
    `${Math.round(alert.coverage * 100)} %`,
    { text: alert.alertKey, paint: (text) => text, isWhole: true },
  ];
}

async function endAlert(alertKey: string, options: EndOptions, output: Output): Promise<number> {
  const { url, token } = await operationsOf(options.dataDir);
  const answer = await askOperations<{ readonly decisionKey: string }>({ url, token }, '/alerts/end', {
    alert_key: alertKey,
    by: options.by ?? userName(),
    reason: options.reason,
  });
  output.json({ ended: alertKey, decisionKey: answer.decisionKey });
  output.line(`${alertKey} is ended`);
  return EXIT.ok;
}

/** The alerter that the environment names, else the pipeline of the data directory. */
async function operationsOf(
  dataDirectory: string,
): Promise<{ readonly url: string; readonly token: string }> {
  const { BURNLINE_ALERTER_URL: url, BURNLINE_OPERATIONS_PASSWORD: token } = readEnvironment(
    ALERTS_VARIABLES,
    process.env,
    { BURNLINE_ALERTER_URL: ['BURNLINE_OPERATIONS_PASSWORD'] },
  );
  if (url !== undefined && token !== undefined) return { url, token };
  const running = await findConnection(dataDirectory);
  if (running?.operations !== undefined) return running.operations;
  throw new AppError('CLI_PIPELINE_NOT_RUNNING', `No pipeline runs on ${dataDirectory}`, {
    remedy: 'Start `burnline up`, name its folder with --data-dir, or name an alerter: BURNLINE_ALERTER_URL.',
  });
}
