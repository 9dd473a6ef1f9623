import { parseArgs } from 'node:util';

/** Events of a run by part: half a minute and more where the part is about speed. */
const EVENTS = {
  publish: 8_000_000,
  consume: 6_000_000,
  panes: 16_000_000,
  series: 8_000_000,
  sink: 4_000_000,
  peers: 16_000_000,
  'end-to-end': 2_000_000,
  pages: 0,
};
const PARTS = Object.keys(EVENTS);

const USAGE = `npm run bench:kafka [-- OPTIONS]

  --events N    events of each run; by default as many as make a run of half a minute and more
  --runs R      runs of each part; medians are printed (3)
  --only A,B    of ${PARTS.join(', ')}
  --slos A,B    numbers of SLOs beside the peers (4,20)
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
      events: { type: 'string' },
      slos: { type: 'string', default: '4,20' },
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
    eventsOf: (part) => (values.events === undefined ? EVENTS[part] : countOf('events', values.events)),
    peerSloCounts: values.slos.split(',').map((text) => countOf('slos', text)),
    runCount: countOf('runs', values.runs),
    parts,
    profileFolder: values.profile ?? null,
  };
}
