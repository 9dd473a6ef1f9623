import { parseArgs } from 'node:util';

const PARTS = ['publish', 'consume', 'panes', 'series', 'sink', 'peers', 'end-to-end', 'pages'];

const USAGE = `npm run bench:kafka [-- OPTIONS]

  --events N    events of each run (1000000)
  --runs R      runs of each part; medians are printed (3)
  --only A,B    of ${PARTS.join(', ')}
  --profile F   processors write V8 CPU profiles into folder F
  --help        this text

KAFKA_BROKERS  host:port of a broker to use; without it one is started
`;

function countOf(name, text) {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new Error(`--${name} takes a whole number from 1 on, not ${text}.`);
  return count;
}

/** What the command line asks for; null after --help. Throws for what is not understood. */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '3' },
      only: { type: 'string', default: PARTS.join(',') },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return null;
  }
  const parts = values.only.split(',');
  const unknown = parts.filter((part) => !PARTS.includes(part));
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${PARTS.join(', ')}`);
  return {
    eventCount: countOf('events', values.events),
    runCount: countOf('runs', values.runs),
    parts,
    profileFolder: values.profile ?? null,
  };
}
