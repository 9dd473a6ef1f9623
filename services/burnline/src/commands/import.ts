import { importPyrra, importSloth, type Imported, type ImportMapping } from '@burnline/specs';
import { readSpecFiles } from '@burnline/judging';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { EXIT } from '../output/exit-codes.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';

const HELP = `Their SLIs are queries over counters; here an SLI is a condition on an event. What a query means has to be said:
  --label code=http_status              the label code is the field http_status
  --scope http_requests_total=is_final  which events the metric counts (true: all)
  --value http_request_duration_seconds=duration_ms
                                        what the histogram measures; seconds become milliseconds

Nothing is guessed: where a query cannot be turned into a condition, the text has fill_in there, which is no field, the place is
reported, and the exit code is 2.`;

type Pairs = Readonly<Record<string, string>>;

interface MappingOptions {
  readonly label?: Pairs;
  readonly scope?: Pairs;
  readonly value?: Pairs;
}

function addPair(text: string, before: Pairs = {}): Pairs {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('Expected NAME=MEANING.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

const pairOption = (flags: string, text: string): Option => new Option(flags, text).argParser(addPair);

/** `burnline import`: specs of others as specs of Burnline. */
export function addImport(context: CommandContext): void {
  const command = context.program
    .command('import')
    .description('turn specs of another tool into specs of Burnline')
    .addHelpText('after', helpText(HELP));
  addSource(context, command.command('sloth').description("Sloth's specs (prometheus/v1)"), {
    option: new Option('--period <duration>', "Sloth's period, which its specs do not say").default('30d'),
    read: (files, mapping, { period = '30d' }) => importSloth(files, { mapping, period }),
  });
  addSource(context, command.command('pyrra').description("Pyrra's objectives (pyrra.dev/v1alpha1)"), {
    option: new Option('--service <name>', 'the service that they belong to').makeOptionMandatory(),
    read: (files, mapping, { service = '' }) => importPyrra(files, { mapping, service }),
  });
}

interface Source {
  readonly option: Option;
  readonly read: (
    files: Awaited<ReturnType<typeof readSpecFiles>>,
    mapping: ImportMapping,
    options: { readonly period?: string; readonly service?: string },
  ) => Imported;
}

function addSource(context: CommandContext, command: Command, { option, read }: Source): void {
  command
    .argument('<files...>', 'its spec files, or folders of them')
    .addOption(option)
    .addOption(pairOption('--label <name=field>', 'the field of the event that a label is; again for more'))
    .addOption(pairOption('--scope <metric=condition>', 'which events a metric counts; again for more'))
    .addOption(pairOption('--value <histogram=field>', 'the field that a histogram measures; again for more'))
    .action((paths: string[], options: MappingOptions & Parameters<Source['read']>[2]) =>
      context.run(async (output) => {
        const { label = {}, scope = {}, value = {} } = options;
        const mapping = { labels: label, scopes: scope, values: value };
        const made = read(await readSpecFiles(paths), mapping, options);
        output.json(made);
        output.line(made.text.trimEnd());
        if (made.warnings.length > 0) output.issues(made.warnings, 'warning');
        if (made.issues.length === 0) return EXIT.ok;
        output.issues(made.issues, 'mistake');
        return EXIT.invalid;
      }),
    );
}
