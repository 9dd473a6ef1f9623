import { cpuSecondsOf } from '../support/cpu.js';
import { sleep } from '../support/load.js';
import { ServiceProcess } from './service-process.js';

/** Each look asks the service for its metrics, which takes some of its own CPU time. */
const LOOK_MS = 200;
const MINUTES_MAX = 10;

/**
 * Lets a processor or sink, a process of its own, read a stream that is filled already. Wall time runs from the first
 * applied message that is seen to the last applied one; CPU time, of all its threads, until their rows are written, flushes
 * included. `warm` is the later half.
 */
export async function readStream(bench, { service: name, stream, eventsPerMessage, nodeArguments = [] }) {
  const { log, environment, enginePid } = bench;
  const bounds = await log.bounds([stream.topic]);
  const messageCount = bounds.reduce((sum, { endOffset }) => sum + endOffset, 0);
  const service = await ServiceProcess.start(
    name,
    { ...environment, BURNLINE_STREAM: stream.name },
    nodeArguments,
  );
  try {
    const sample = async () => ({
      messages: await service.appliedCount(stream.topic),
      ms: performance.now(),
      cpuSeconds: await cpuSecondsOf(service.pid),
      engineCpuSeconds: await cpuSecondsOf(enginePid),
    });
    const samples = await samplesUntil(service, sample, messageCount);
    await untilWritten(bench, { name, stream, bounds, service });
    const written = await sample();
    const first = samples[0];
    const last = {
      ...samples.at(-1),
      cpuSeconds: written.cpuSeconds,
      engineCpuSeconds: written.engineCpuSeconds,
    };
    const half = samples.find(({ messages }) => messages >= (first.messages + last.messages) / 2);
    return {
      whole: stretch(first, last, eventsPerMessage),
      warm: stretch(half.messages === last.messages ? first : half, last, eventsPerMessage),
      rssPeakMib: await service.rssPeakMib(),
    };
  } finally {
    await service.stop();
  }
}

async function samplesUntil(service, sample, messageCount) {
  const deadlineMs = performance.now() + MINUTES_MAX * 60_000;
  const samples = [];
  for (;;) {
    service.check();
    const now = await sample();
    if (now.messages > (samples.at(-1)?.messages ?? 0)) samples.push(now);
    if (now.messages >= messageCount) return samples;
    if (performance.now() > deadlineMs)
      throw new Error(
        `the ${service.name} applied ${now.messages} of ${messageCount} messages in ${MINUTES_MAX} minutes`,
      );
    await sleep(LOOK_MS);
  }
}

async function untilWritten({ store }, { name, stream, bounds, service }) {
  for (;;) {
    service.check();
    const rows = await store.query(
      `SELECT partition, max(position) AS position FROM watermarks
       WHERE topic = '${stream.topic}' AND consumer = '${name}' GROUP BY partition`,
    );
    const positions = new Map(rows.map(({ partition, position }) => [Number(partition), Number(position)]));
    if (bounds.every(({ partition, endOffset }) => (positions.get(partition) ?? 0) >= endOffset)) return;
    await sleep(LOOK_MS);
  }
}

function stretch(from, to, eventsPerMessage) {
  return {
    events: (to.messages - from.messages) * eventsPerMessage,
    seconds: (to.ms - from.ms) / 1_000,
    cpuSeconds: to.cpuSeconds - from.cpuSeconds,
    engineCpuSeconds: to.engineCpuSeconds - from.engineCpuSeconds,
  };
}
