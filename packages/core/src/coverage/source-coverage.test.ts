import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCovers,
  coveredShare,
  lossRatioOf,
  sourceCover,
  type ReportedInterval,
  type SourceCover,
} from './source-coverage.ts';

/**
 * Goal: coverage says of every second whether a source had to report it and whether it did.
 *
 * Method: random histories of one source on whole seconds, each second of the horizon recounted on its own by walking
 * through time, from states alone; then the rules one by one, on histories written by hand.
 */
const S = 1_000;
/** Later than everything that the tests look at before. */
const AT_S = 1_000;

/** Reports in seconds; taken by the log as they end unless said otherwise. */
function report(
  startS: number,
  endS: number,
  over: { final?: true; loss?: number; loggedS?: number } = {},
): ReportedInterval {
  return {
    startMs: startS * S,
    endMs: endS * S,
    logTimeMs: (over.loggedS ?? endS) * S,
    isFinal: over.final ?? false,
    lossRatio: over.loss ?? 0,
  };
}

/** The same source, reporting every 10 s. */
const steady = (fromS: number, toS: number, over: { loss?: number } = {}): ReportedInterval[] =>
  Array.from({ length: (toS - fromS) / 10 }, (_, index) =>
    report(fromS + index * 10, fromS + index * 10 + 10, over),
  );

const inSeconds = ({ expectedMs, uncoveredMs }: SourceCover): { expected: number; uncovered: number } => ({
  expected: expectedMs / S,
  uncovered: uncoveredMs / S,
});

const coverAt = (atS: number, reports: readonly ReportedInterval[]): ReturnType<typeof inSeconds> =>
  inSeconds(sourceCover(reports, atS * S));

/** Walks second by second from long before the first report, as one who watches the source would. */
function recount(reports: readonly ReportedInterval[], atS: number, horizonS: number): SourceCover {
  const leastDelayMs = Math.min(...reports.map((one) => one.logTimeMs - one.endMs));
  const moved = reports.map((one) => ({
    from: (one.startMs + leastDelayMs) / S,
    to: (one.endMs + leastDelayMs) / S,
    one,
  }));
  let silentS: number | null = null;
  let [expected, uncovered] = [0, 0];
  const firstS = Math.min(...moved.map(({ from }) => from), atS - horizonS) - 1;
  for (let second = firstS; second < atS; second += 1) {
    const ended = moved.filter(({ to }) => to === second);
    if (ended.length > 0) silentS = ended.some(({ one }) => one.isFinal) ? null : 0;
    const reporting = moved.filter(({ from, to }) => from <= second && second < to);
    const isCounted = second >= atS - horizonS;
    if (reporting.length > 0) {
      silentS = 0;
      if (isCounted) {
        expected += 1;
        uncovered += Math.max(...reporting.map(({ one }) => one.lossRatio));
      }
      continue;
    }
    if (silentS === null || silentS >= 30) continue;
    // Known to be lost by now, or known to have come back.
    const isJudged = silentS + (atS - second) >= 30 || moved.some(({ from }) => from > second);
    if (isCounted && isJudged) {
      expected += 1;
      uncovered += 1;
    }
    silentS += 1;
  }
  return { expectedMs: expected * S, uncoveredMs: uncovered * S };
}

const histories = fc.array(
  fc
    .record({
      startS: fc.integer({ min: 400, max: 1_010 }),
      lengthS: fc.oneof(fc.constant(10), fc.integer({ min: 0, max: 90 })),
      isFinal: fc.boolean(),
      loss: fc.constantFrom(0, 0, 0.25, 1),
      delayS: fc.integer({ min: 0, max: 400 }),
    })
    .map(({ startS, lengthS, isFinal, loss, delayS }) => ({
      ...report(startS, startS + lengthS, { loss, loggedS: startS + lengthS + delayS }),
      isFinal,
    })),
  { minLength: 1, maxLength: 12 },
);

describe('against a recount of every second', () => {
  it('counts what was due and what of it is missing', () => {
    let lostCount = 0;
    fc.assert(
      fc.property(histories, fc.integer({ min: -5_000, max: 5_000 }), (drawn, skewS) => {
        // All clocks wrong by the same is one source's clock being wrong.
        const reports = drawn.map((one) => ({ ...one, logTimeMs: one.logTimeMs + skewS * S }));
        const atS = AT_S + skewS;
        const actual = sourceCover(reports, atS * S);
        const expected = recount(reports, atS, 300);
        expect(actual.expectedMs).toBe(expected.expectedMs);
        expect(actual.uncoveredMs).toBeCloseTo(expected.uncoveredMs, 6);
        if (actual.uncoveredMs > 0) lostCount += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(lostCount).toBeGreaterThan(200);
  });

  it('does not depend on the order of reports, nor on repeats of them', () => {
    fc.assert(
      fc.property(histories, fc.nat(), (reports, turn) => {
        const from = turn % reports.length;
        const other = [...reports.slice(from), ...reports.slice(0, from).toReversed(), reports[0]!];
        expect(sourceCover(other, AT_S * S)).toEqual(sourceCover(reports, AT_S * S));
      }),
    );
  });

  it('never finds more missing when a report is added within the time that was reported', () => {
    fc.assert(
      fc.property(histories, fc.integer({ min: 0, max: 500 }), (drawn, startS) => {
        const reports = drawn.map((one) => ({ ...one, logTimeMs: one.endMs, isFinal: false }));
        const [firstMs, lastMs] = [
          Math.min(...reports.map((one) => one.startMs)),
          Math.max(...reports.map((one) => one.endMs)),
        ];
        const startMs = Math.min(lastMs, firstMs + startS * S);
        const late = { startMs, endMs: lastMs, logTimeMs: lastMs, isFinal: false, lossRatio: 0 };
        const atMs = lastMs + 300 * S;
        const [before, after] = [
          sourceCover(reports, atMs, 900 * S),
          sourceCover([...reports, late], atMs, 900 * S),
        ];
        expect(after.uncoveredMs).toBeLessThanOrEqual(before.uncoveredMs + 1e-6);
      }),
    );
  });
});

describe('a source', () => {
  it('is expected from its first report on, and not for what is still on its way', () => {
    expect(coverAt(1_000, steady(900, 980))).toEqual({ expected: 80, uncovered: 0 });
    expect(coverAt(1_000, steady(0, 1_000))).toEqual({ expected: 300, uncovered: 0 });
  });

  it('is lost after 30 s of silence: these are uncovered, later ones not expected', () => {
    const reports = steady(0, 900);
    expect(coverAt(929, reports)).toEqual({ expected: 271, uncovered: 0 });
    expect(coverAt(930, reports)).toEqual({ expected: 300, uncovered: 30 });
    expect(coverAt(1_000, reports)).toEqual({ expected: 230, uncovered: 30 });
    expect(coverAt(1_230, reports)).toEqual({ expected: 0, uncovered: 0 });
  });

  it('that stopped with a final report is not expected any more', () => {
    const reports = [...steady(800, 900), report(900, 904, { final: true })];
    expect(coverAt(1_000, reports)).toEqual({ expected: 104, uncovered: 0 });
    // A last report in the same millisecond as the one before.
    expect(coverAt(1_000, [...steady(800, 900), report(900, 900, { final: true })])).toEqual({
      expected: 100,
      uncovered: 0,
    });
  });

  it('that comes back is missed for 30 s at most', () => {
    expect(coverAt(1_000, [...steady(800, 850), ...steady(950, 1_000)])).toEqual({
      expected: 130,
      uncovered: 30,
    });
    expect(coverAt(1_000, [...steady(800, 850), ...steady(860, 1_000)])).toEqual({
      expected: 200,
      uncovered: 10,
    });
  });

  it('that was cut off mends its gap by reports that arrive late', () => {
    const late = steady(850, 950).map((one) => ({ ...one, logTimeMs: 960 * S }));
    expect(coverAt(1_000, [...steady(800, 850), ...late, ...steady(950, 1_000)])).toEqual({
      expected: 200,
      uncovered: 0,
    });
    // Or by a single one over all of it, as a publisher gives that could not send.
    expect(coverAt(1_000, [...steady(800, 850), report(850, 1_000)])).toEqual({
      expected: 200,
      uncovered: 0,
    });
  });

  it('covers an interval by the share of events that it did not drop', () => {
    expect(coverAt(1_000, steady(900, 1_000, { loss: 0.25 }))).toEqual({ expected: 100, uncovered: 25 });
  });

  it.each([-7_200, -7, 7, 7_200])('whose clock is %i s off counts like any other', (skewS) => {
    const skewed = (reports: readonly ReportedInterval[]): ReportedInterval[] =>
      reports.map((one) => ({
        ...one,
        startMs: one.startMs + skewS * S,
        endMs: one.endMs + skewS * S,
      }));
    expect(coverAt(1_000, skewed(steady(700, 1_000)))).toEqual({ expected: 300, uncovered: 0 });
    expect(coverAt(1_000, skewed(steady(700, 900)))).toEqual({ expected: 230, uncovered: 30 });
  });
});

it('weighs drops against what was emitted, or dropped of what had been emitted before', () => {
  expect(lossRatioOf({ emitted: 100, acknowledged: 90, dropped: 0 })).toBe(0);
  expect(lossRatioOf({ emitted: 100, acknowledged: 40, dropped: 10 })).toBe(0.1);
  expect(lossRatioOf({ emitted: 0, acknowledged: 30, dropped: 10 })).toBe(0.25);
  expect(lossRatioOf({ emitted: 0, acknowledged: 0, dropped: 10 })).toBe(1);
});

it('shares out of all sources; of none, everything is covered', () => {
  expect(coveredShare(addCovers([]))).toBe(1);
  const covers = [sourceCover(steady(700, 1_000), 1_000 * S), sourceCover(steady(700, 900), 1_000 * S)];
  expect(coveredShare(addCovers(covers))).toBe(1 - 30 / 530);
});
