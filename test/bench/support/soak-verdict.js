import { median, show } from './figures.js';

/** The first part of a soak fills caches and the first parts of tables: memory is judged after it, */
const SETTLING_SHARE = 0.4;
/** and not before the repeat window of every partition is full. */
export const WINDOW_MESSAGES = 16_384;
/** Fewer say nothing of a slope. */
const SETTLED_SAMPLES_MIN = 12;
/** Beyond it a process of a gigabyte would grow by half in an hour. */
const GROWTH_MIB_PER_MINUTE_MAX = 8;
/** Or so much of its size per minute, for what merges and garbage collection take and give back within a short soak. */
const GROWTH_SHARE_PER_MINUTE_MAX = 0.02;
/** Flushes come every second and take their time: more than so many seconds behind is a queue that builds up. */
const LAG_SECONDS_MAX = 10;
/** The rate that was asked for, within what timers and retries take. */
const ACHIEVED_SHARE_MIN = 0.95;
/** Bytes for each thing in the last third against those before, with room for merges that are due. */
const BYTES_RATIO_MAX = 1.5;

const verdictOf = (isGood) => (isGood ? 'good' : 'bad');

/** Slope of the values over time by Theil and Sen, the median of all pairs' slopes: one spike does not move it. */
export function slopePerMinute(samples, name) {
  const slopes = samples.flatMap((a, index) =>
    samples.slice(index + 1).map((b) => ((b[name] - a[name]) * 60) / (b.atS - a.atS)),
  );
  return slopes.length === 0 ? 0 : median(slopes);
}

function memoryVerdict(samples, { name, fullAtS }) {
  const settledAtS = Math.max(fullAtS, SETTLING_SHARE * samples.at(-1).atS);
  const settled = samples.filter(({ atS }) => atS >= settledAtS);
  if (settled.length < SETTLED_SAMPLES_MIN) {
    const text = `memory of the ${name}: ${show(samples.at(-1)[name])} MiB at the end; the soak was too short to judge it`;
    return { verdict: 'open', text };
  }
  const slope = slopePerMinute(settled, name);
  const level = median(settled.map((sample) => sample[name]));
  const slopeMax = Math.max(GROWTH_MIB_PER_MINUTE_MAX, GROWTH_SHARE_PER_MINUTE_MAX * level);
  return {
    verdict: verdictOf(slope <= slopeMax),
    text: `memory of the ${name}: ${show(level)} MiB, ${show(slope)} MiB a minute (at most ${show(slopeMax)})`,
  };
}

function lagVerdict(samples, { name, what, messagesPerSecond }) {
  const worst = Math.max(...samples.map((sample) => sample[name])) / messagesPerSecond;
  return {
    verdict: verdictOf(worst <= LAG_SECONDS_MAX),
    text: `${what}: ${show(worst)} s of messages behind at most (at most ${LAG_SECONDS_MAX})`,
  };
}

/** Bytes for each thing kept must not rise: the last third of the soak against the one before, as merges come and go. */
function filesVerdict(samples, { bytes, things, what }) {
  const perThing = (some) =>
    median(some.map((sample) => (sample[bytes] * 2 ** 20) / Math.max(1, sample[things])));
  const third = Math.ceil(samples.length / 3);
  const last = perThing(samples.slice(-third));
  const ratio = last / perThing(samples.slice(-2 * third, -third));
  return {
    verdict: verdictOf(ratio <= BYTES_RATIO_MAX),
    text:
      `${what}: ${show(samples.at(-1)[bytes])} MiB, ${show(last)} bytes each, ${show(ratio)} times those before ` +
      `(at most ${BYTES_RATIO_MAX})`,
  };
}

/** What the samples of a soak say, part by part: { verdict: good, bad or open, text }. */
export function judge(samples, { messagesPerSecond, achieved, partitionCount, hasFullWindows }) {
  const fullAtS = hasFullWindows ? 0 : (WINDOW_MESSAGES * partitionCount) / messagesPerSecond;
  const expired = samples.at(-1).expired;
  return [
    {
      verdict: verdictOf(achieved >= ACHIEVED_SHARE_MIN * messagesPerSecond),
      text: `rate: ${show((100 * achieved) / messagesPerSecond)} % of what was asked for`,
    },
    ...['pipeline', 'engine'].map((name) => memoryVerdict(samples, { name, fullAtS })),
    lagVerdict(samples, { name: 'countedLag', what: 'counted', messagesPerSecond }),
    lagVerdict(samples, { name: 'keptLag', what: 'kept as raw rows', messagesPerSecond }),
    filesVerdict(samples, { bytes: 'logMib', things: 'messagesInLog', what: 'log, for each message kept' }),
    filesVerdict(samples, { bytes: 'databaseMib', things: 'rowCount', what: 'database, for each raw row' }),
    { verdict: verdictOf(expired > 0), text: `retention: ${show(expired)} messages expired` },
  ];
}
