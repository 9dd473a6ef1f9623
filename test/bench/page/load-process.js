/**
 * Events at an even rate over HTTP, from a process of its own, until its parent disconnects. Started by bench:page alone:
 * argument is JSON of { url, service, seriesCount, eventsPerSecond }. One event in a hundred is bad.
 */
import { createPublisher, httpTransport } from '@burnline/publisher';

const { url, service, seriesCount, eventsPerSecond } = JSON.parse(process.argv[2]);
const TICK_MS = 10;
const BAD_ONE_IN = 100;

const counts = { emitted: 0, dropped: 0 };
const publisher = createPublisher({
  transport: httpTransport({ url }),
  service,
  environment: 'bench',
  onDrop: ({ count }) => (counts.dropped += count),
});
const startMs = performance.now();
setInterval(() => {
  const due = Math.floor(((performance.now() - startMs) / 1_000) * eventsPerSecond);
  for (; counts.emitted < due; counts.emitted += 1)
    publisher.emit({
      model_requested: 'm',
      tenant: `tenant-${counts.emitted % seriesCount}`,
      // A prime step: every tenant has its bad ones.
      status: (counts.emitted * 7919) % BAD_ONE_IN === 0 ? 'error' : 'ok',
      duration_ms: 900,
      ttft_ms: 200,
      output_tokens: 100,
    });
}, TICK_MS);
process.on('message', () => {
  process.send({ ...counts, acknowledged: publisher.counters().acknowledged });
});
process.on('disconnect', () => process.exit(0));
