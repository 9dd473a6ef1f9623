/**
 * Events at an even rate over HTTP, from a process of its own, until its parent disconnects. Started by bench:console alone: argument is
 * JSON of { intake, serviceCount, tenantCount, eventsPerSecond }.
 */
import { endlessEvents, send, take } from './events.js';

const { intake, eventsPerSecond, ...counts } = JSON.parse(process.argv[2]);
const PER_REQUEST = 100;
const TICK_MS = 10;
/** Requests that wait for an answer at once: a load that is not taken is not kept. */
const UNDER_WAY_MAX = 64;

const events = endlessEvents(counts);
/** Bodies are made once: encoding them is their senders' work, and this machine's cores are few. */
const bodies = Array.from({ length: 200 }, () => JSON.stringify(take(events, PER_REQUEST)));
const found = { acknowledged: 0, refused: 0, skipped: 0 };
let requests = 0;
let underWay = 0;
const startMs = performance.now();
setInterval(() => {
  const due = Math.floor((((performance.now() - startMs) / 1_000) * eventsPerSecond) / PER_REQUEST);
  for (; requests < due; requests += 1) {
    if (underWay >= UNDER_WAY_MAX) {
      found.skipped += PER_REQUEST;
      continue;
    }
    underWay += 1;
    void send(intake, bodies[requests % bodies.length]).then((status) => {
      underWay -= 1;
      found[status === 200 ? 'acknowledged' : 'refused'] += PER_REQUEST;
    });
  }
}, TICK_MS);
process.on('message', () => process.send({ ...found, seconds: (performance.now() - startMs) / 1_000 }));
process.on('disconnect', () => process.exit(0));
