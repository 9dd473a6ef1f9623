import { readBudgetSpecs, readStatus, readStreams } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { EXIT } from '../output/exit-codes.ts';
import { formatInstant } from '../output/format.ts';
import type { Output } from '../output/output.ts';
import { helpText } from '../output/prose.ts';
import { printServices, printServiceViews } from '../output/service-text.ts';
import {
  readForecasts,
  seriesToForecast,
  serviceView,
  type ServiceView,
  type StreamBudgets,
} from '@burnline/reading';
import type { CommandContext } from './command-context.ts';
import { checkKnown, checkStream } from './known-names.ts';
import { DATA_DIR_OPTION, parseInstant } from './options.ts';
import { withReadingStore } from './pipeline-access.ts';
import { RATE_OPTION, rateWindowMs, type RateName } from './rate-option.ts';

interface ServiceOptions {
  readonly dataDir: string;
  readonly asOf?: number;
  readonly stream?: string;
  readonly rateOf?: RateName;
}

/** `burnline service`: all budgets of a service, and the one that binds. */
export function addService(context: CommandContext): void {
  context.program
    .command('service')
    .description('show all budgets of a service by what they are of, when they run out, and which one binds')
    .argument('[name]', 'the service; without it a line for each')
    .addOption(DATA_DIR_OPTION())
    .option('--as-of <time>', 'moment of the history, ISO 8601, UTC if it names no zone', parseInstant)
    .option('--stream <name>', 'one stream only: live, or the name of a replay')
    .addOption(RATE_OPTION())
    .addHelpText('after', helpText(SERVICE_HELP))
    .action((name: string | undefined, options: ServiceOptions) =>
      context.run((output) =>
        withReadingStore(options.dataDir, output, (store) => show(store, { ...options, name }, output)),
      ),
    );
}

const SERVICE_HELP = `The binding budget is, of those that have data to be judged by, a breached one, else the one that runs out first, else one
at risk, else the one with least left. docs/operations.md says how a forecast is made.`;

async function show(
  store: Store,
  options: ServiceOptions & { readonly name: string | undefined },
  output: Output,
): Promise<number> {
  const views = await readViews(store, options);
  output.json({ asOf: new Date(options.asOf ?? Date.now()).toISOString(), services: views });
  if (views.length === 0) output.prose(nothingText(options.asOf));
  else if (options.name === undefined) printServices(views, output);
  else printServiceViews(views, output);
  return EXIT.ok;
}

/** Views of the services that are asked for, by stream and name. @throws AppError CLI_SERVICE_UNKNOWN, CLI_STREAM_UNKNOWN */
async function readViews(
  store: Store,
  { asOf, stream, rateOf, name }: ServiceOptions & { readonly name: string | undefined },
): Promise<readonly ServiceView[]> {
  if (stream !== undefined) checkStream(stream, await readStreams(store));
  const asOfMs = asOf ?? null;
  const all = await readStatus(store, { asOfMs, stream: stream ?? null });
  const known = [...new Set(all.map(({ service }) => service))].sort();
  if (name !== undefined && known.length > 0)
    checkKnown({ code: 'CLI_SERVICE_UNKNOWN', what: 'service', name }, known);
  const services = new Set(name === undefined ? known : [name]);
  const views: ServiceView[] = [];
  for (const one of new Set(all.map((status) => status.stream))) {
    const specs = await readBudgetSpecs(store, { stream: one, asOfMs });
    const budgets: StreamBudgets = {
      stream: one,
      series: all.filter((status) => status.stream === one),
      specs: new Map(specs.map((spec) => [spec.slo, spec])),
    };
    const forecasts = await readForecasts(store, seriesToForecast(budgets, services), {
      asOfMs,
      rateWindowMs: rateWindowMs(rateOf),
    });
    const own = [...services].filter((service) =>
      budgets.series.some((status) => status.service === service),
    );
    views.push(...own.map((service) => serviceView(budgets, service, forecasts)));
  }
  return views;
}

function nothingText(asOfMs: number | undefined): string {
  return asOfMs === undefined
    ? 'Nothing has been evaluated yet: no service has a budget.'
    : `Nothing was evaluated up to ${formatInstant(asOfMs)} UTC.`;
}
