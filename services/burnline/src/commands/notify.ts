import { tellTest, type Receiver, type TestAnswer } from '@burnline/alerter';
import { AppError, nearestWord, type AlertRoute, type SloPlan } from '@burnline/core';
import { EXIT } from '../output/exit-codes.ts';
import { shown } from '../output/shown.ts';
import { helpText } from '../output/prose.ts';
import type { CommandContext } from './command-context.ts';
import { interruptible } from './interruption.ts';
import { SPECS_OPTION, WEBHOOK_OPTION } from './options.ts';
import { receiversOf } from './receivers.ts';
import { loadPlans } from './specs.ts';
import { userName } from './user-name.ts';

type NotifyErrorCode = 'CLI_ROUTE_UNKNOWN' | 'CLI_RECEIVERS_MISSING';

interface NotifyOptions {
  readonly test: string;
  readonly specs?: readonly string[];
  readonly webhook?: readonly string[];
}

/** Those that hear of alerts which no route takes. */
const DEFAULT_ROUTE = 'default';

/** `burnline notify --test ROUTE`: a marked notification by the way of a real one, and what each receiver answers. */
export function addNotify(context: CommandContext): void {
  context.program
    .command('notify')
    .description('send a marked test notification through a route, and show what each receiver answers')
    .requiredOption(
      '--test <route>',
      'name of a notification target or service of the specs that names receivers, or `default`',
    )
    .addOption(SPECS_OPTION())
    .addOption(WEBHOOK_OPTION())
    .addHelpText(
      'after',
      helpText(`Receivers are those that the environment names, as for the alerter and \`burnline up\`. Each is told of a fire and, where it takes that,
of its end. Exit code 0: all took both; 3: one did not; 2: no such route, or nobody to tell.`),
    )
    .action((options: NotifyOptions) =>
      context.run((output) =>
        interruptible(async (signal) => {
          const plans = options.specs === undefined ? [] : await loadPlans(options.specs, output);
          if (plans === null) return EXIT.invalid;
          const receivers = await receiversOf(options.webhook, process.env);
          const told = receiversOfRoute(options.test, { plans, receivers });
          const test = { route: options.test, by: userName(), nowMs: Date.now(), signal };
          const answers = await tellTest(told, test);
          output.json({ route: options.test, answers });
          output.table(['receiver', 'told', 'answer'], answers.map(rowOf));
          return answers.every(({ verdict }) => verdict === 'taken') ? EXIT.ok : EXIT.no;
        }),
      ),
    );
}

const VERDICTS = {
  taken: 'taken',
  again: 'not taken, it may pass by itself',
  refused: 'refused, until somebody mends it',
} as const;

const rowOf = ({ receiver, kind, verdict, error }: TestAnswer): readonly string[] => [
  receiver,
  kind === 'fire' ? 'begin' : 'end',
  error === '' ? VERDICTS[verdict] : `${VERDICTS[verdict]}: ${shown(error)}`,
];

/** Throws CLI_ROUTE_UNKNOWN or CLI_RECEIVERS_MISSING. */
function receiversOfRoute(
  name: string,
  { plans, receivers }: { readonly plans: readonly SloPlan[]; readonly receivers: readonly Receiver[] },
): readonly Receiver[] {
  const routes = routesOf(plans);
  const named = routes.get(name);
  if (named === undefined && name !== DEFAULT_ROUTE) {
    const known = [DEFAULT_ROUTE, ...routes.keys()];
    const nearest = nearestWord(name, known);
    throw new AppError<NotifyErrorCode>('CLI_ROUTE_UNKNOWN', `There is no route ${name}`, {
      remedy: nearest === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${nearest}"?`,
    });
  }
  const told = receivers.filter((receiver) =>
    named === undefined ? receiver.isRoutedOnly !== true : named.has(receiver.name),
  );
  const missing = [...(named ?? [])].filter((one) => !receivers.some((receiver) => receiver.name === one));
  if (told.length > 0 && missing.length === 0) return told;
  throw new AppError<NotifyErrorCode>(
    'CLI_RECEIVERS_MISSING',
    missing.length > 0
      ? `The route ${name} names ${missing.join(', ')}, and no such receiver is configured`
      : 'No receiver is configured',
    { remedy: 'Name it in the environment (docs/environment.md), as NAME= before what it is reached by.' },
  );
}

/** Receivers by the name of the notification target or service that names them. */
function routesOf(plans: readonly SloPlan[]): ReadonlyMap<string, ReadonlySet<string>> {
  const routes = new Map<string, Set<string>>();
  const all: readonly AlertRoute[] = plans.flatMap((plan) => [
    ...(plan.routes ?? []),
    ...plan.tiers.flatMap((tier) => tier.routes ?? []),
  ]);
  for (const { name, receivers } of all) {
    const named = routes.get(name) ?? new Set();
    routes.set(name, named);
    for (const receiver of receivers) named.add(receiver);
  }
  return routes;
}
