import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  REPORT_FORMATS,
  REPORT_KINDS,
  writtenReport,
  type Report,
  type ReportFormat,
  type ReportKind,
} from '@burnline/reading';
import { Argument, Option } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { makeReport } from '../reporting/make-report.ts';
import { askedStream } from './asked-range.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { addLabel } from './label-option.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { withReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

interface ReportOptions {
  readonly dataDir: string;
  readonly stream?: string;
  readonly of?: number;
  readonly series?: Readonly<Record<string, string>>;
  readonly sla?: true;
  readonly format: ReportFormat;
  readonly output?: string;
}

/** `burnline report`: a week or a month, as it was, for those who read one. */
export function addReport(context: CommandContext): void {
  context.program
    .command('report')
    .description(
      'write a report of a week or a month: budgets and why they were spent, alerts, cost, what is due',
    )
    .addArgument(new Argument('<kind>', 'what it is of').choices(REPORT_KINDS))
    .addOption(DATA_DIR_OPTION())
    .option(
      '--of <time>',
      'a time in that week or month, UTC; by default the last one that is over',
      parseInstant,
    )
    .option('--stream <name>', 'live, or the name of a replay')
    .option(
      '--series <name=value>',
      'only series with this group value, as of one customer; give it again for more',
      addLabel,
    )
    .option('--sla', 'what was promised and what was measured, for a customer: nothing of how it is run')
    .addOption(
      new Option('--format <format>', 'how it is written').choices(REPORT_FORMATS).default('markdown'),
    )
    .option('--output <file>', 'write it there; charts of Markdown lie beside it')
    .addHelpText('after', helpText(REPORT_HELP))
    .action((kind: ReportKind, options: ReportOptions) =>
      context.run((output) => report(kind, options, output)),
    );
}

const REPORT_HELP = `Weeks begin on Mondays, UTC. What a report tells is kept in table reports: made again, it says what is another figure since, before and
after. The HTML is one file that prints as it stands: chromium --headless --print-to-pdf=report.pdf report.html`;

async function report(kind: ReportKind, options: ReportOptions, output: Output): Promise<number> {
  const { dataDir, of, series } = options;
  const stream = await withReadingStore(dataDir, output, (store) => askedStream(store, options.stream));
  const request = {
    ...{ kind, stream, author: userName(), labels: series ?? {} },
    ...(of !== undefined && { holds: of }),
  };
  const made = await changeDatabase<Report>(dataDir, {
    ...{ path: '/report', request },
    write: (store) => makeReport({ reader: store, writer: store }, request, Date.now()),
  });
  output.json(made);
  await write(made, options, output);
  return EXIT.ok;
}

async function write(
  made: Report,
  { sla, format, output: file }: ReportOptions,
  output: Output,
): Promise<void> {
  const chartPrefix = file === undefined ? null : path.basename(file).replace(/\.md$/, '');
  const { text, charts } = writtenReport(made, { format, isSla: sla === true, chartPrefix });
  if (file === undefined) {
    output.line(text.trimEnd());
    return;
  }
  await writeFile(file, text);
  for (const chart of charts) await writeFile(path.join(path.dirname(file), chart.file), chart.svg);
  output.line(`Report ${String(made.id)} is in ${file}.`);
}
