import { SEVERITIES } from '@burnline/core';
import { readIncidents, type IncidentAction } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { Argument, type Command } from 'commander';
import { actOnIncident, findIncident } from '../incidents/act-on-incident.ts';
import { readIncidentStart, readPostmortem } from '../incidents/postmortem.ts';
import { EXIT } from '../output/exit-codes.ts';
import { printIncident, printIncidents } from '../output/incident-text.ts';
import type { Output } from '../output/output.ts';
import { postmortemText } from '../output/postmortem-text.ts';
import { helpText } from '../output/prose.ts';
import { changeDatabase } from './change-database.ts';
import type { CommandContext } from './command-context.ts';
import { DATA_DIR_OPTION } from './options.ts';
import { withReadingStore } from './pipeline-access.ts';
import { userName } from './user-name.ts';

interface ListOptions {
  readonly dataDir: string;
  readonly stream?: string;
  readonly service?: string;
  readonly open?: true;
}

/** Nobody reads more of them at once. */
const LISTED_MAX = 200;

/** `burnline incidents`: which alerts belong together, and what people do about them. */
export function addIncidents(context: CommandContext): void {
  const command = context.program
    .command('incidents')
    .description('incidents that alerts opened: list, show, ack, note, role, severity, resolve');
  command
    .command('list', { isDefault: true })
    .description('the latest incidents, those that are not resolved first')
    .addOption(DATA_DIR_OPTION())
    .option('--stream <name>', 'one stream only')
    .option('--service <name>', 'one service only')
    .option('--open', 'only those that are not resolved')
    .action((options: ListOptions) =>
      context.run((output) =>
        withReadingStore(options.dataDir, output, (store) => list(store, options, output)),
      ),
    );
  command
    .command('show <incident>')
    .description('one incident: its times, its alerts, and what was done')
    .addOption(DATA_DIR_OPTION())
    .action((incident: string, { dataDir }: { readonly dataDir: string }) =>
      context.run((output) => withReadingStore(dataDir, output, (store) => show(store, incident, output))),
    );
  addActs(command, context);
}

/** `burnline postmortem`: a draft in Markdown. */
export function addPostmortem(context: CommandContext): void {
  context.program
    .command('postmortem')
    .description('draft a postmortem of an incident in Markdown, from its rows')
    .argument('<incident>', 'id of the incident, as `burnline incidents` has it')
    .addOption(DATA_DIR_OPTION())
    .addHelpText(
      'after',
      helpText(`Timeline, impact in events, users and money, where the bad events came from, what was new before, questions, and evaluation
cases that begin with the ids of bad events. Raw rows live for 35 days; root cause and actions are for people to write.`),
    )
    .action((incident: string, { dataDir }: { readonly dataDir: string }) =>
      context.run((output) =>
        withReadingStore(dataDir, output, async (store) => {
          const facts = await readPostmortem(store, await findIncident(store, incident));
          output.json(facts);
          output.line(postmortemText(facts).trimEnd());
          return EXIT.ok;
        }),
      ),
    );
}

async function list(
  store: Store,
  { stream, service, open }: Omit<ListOptions, 'dataDir'>,
  output: Output,
): Promise<number> {
  const incidents = await readIncidents(store, {
    limit: LISTED_MAX,
    ...(stream !== undefined && { stream }),
    ...(service !== undefined && { service }),
    ...(open === true && { isOpen: true }),
  });
  output.json({ incidents });
  printIncidents(incidents, output);
  return EXIT.ok;
}

async function show(store: Store, id: string, output: Output): Promise<number> {
  const incident = await findIncident(store, id);
  const { startedMs, toDetectS } = await readIncidentStart(store, incident);
  output.json({ ...incident, startedMs, toDetectS });
  printIncident(incident, { startedMs, toDetectS }, output);
  return EXIT.ok;
}

interface ActOptions {
  readonly dataDir: string;
  readonly author?: string;
  readonly reason?: string;
}

type Said = Readonly<Partial<Record<'value' | 'person' | 'text', string>>>;

/** What people do: each is a row of table incident_acts. */
function addActs(incidents: Command, context: CommandContext): void {
  const act = (name: IncidentAction, description: string): Command =>
    incidents
      .command(name)
      .description(description)
      .argument('<incident>', 'id of the incident')
      .addOption(DATA_DIR_OPTION())
      .option('--author <name>', 'who does it; by default the user of the operating system');
  const send = (
    action: IncidentAction,
    incident: string,
    { dataDir, author = userName(), reason }: ActOptions,
    said: Said,
  ): Promise<void> =>
    context.run(async (output) => {
      const request = { incident, action, author, ...(reason !== undefined && { text: reason }), ...said };
      const done = await changeDatabase<{ readonly incident: string }>(dataDir, {
        ...{ path: '/incidents/act', request },
        write: (store) => actOnIncident(store, request, Date.now()),
      });
      output.json({ [action]: done.incident });
      output.line(`${done.incident}: ${action} is written down`);
      return EXIT.ok;
    });
  act('ack', 'say that you have it').action((id: string, options: ActOptions) =>
    send('ack', id, options, {}),
  );
  act('note', 'write something down')
    .argument('<text>', 'what')
    .action((id: string, text: string, options: ActOptions) => send('note', id, options, { text }));
  act('role', 'say who has a role')
    .argument('<role>', 'such as commander, communications or scribe')
    .argument('<person>', 'who has it from now on')
    .action((id: string, value: string, person: string, options: ActOptions) =>
      send('role', id, options, { value, person }),
    );
  act('severity', 'change how severe it is')
    .addArgument(new Argument('<severity>').choices(SEVERITIES))
    .requiredOption('--reason <text>', 'why')
    .action((id: string, value: string, options: ActOptions) => send('severity', id, options, { value }));
  act('resolve', 'say that it is over, whatever still burns')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, options: ActOptions) => send('resolve', id, options, {}));
}
