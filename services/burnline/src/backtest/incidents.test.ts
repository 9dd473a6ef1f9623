import { describe, expect, it } from 'vitest';
import { detectionOf, pagesOutside, parseIncidents, type Incident } from './incidents.ts';
import type { BacktestAlert } from './outcome.ts';

const MINUTE_MS = 60_000;
const T0 = Date.UTC(2026, 2, 1, 10);
const counts = { windowMs: 1, bad: 1, total: 1 };
const alert = (
  slo: string,
  from: number,
  to: number | null,
  over: Partial<BacktestAlert> = {},
): BacktestAlert => ({
  ...{
    slo,
    series: '0',
    labels: {},
    tier: '1h&5m',
    severity: 'SEV-1',
    urgency: 'page',
    long: counts,
    short: counts,
  },
  firedAtMs: T0 + from * MINUTE_MS,
  endedAtMs: to === null ? null : T0 + to * MINUTE_MS,
  toldAtMs: T0 + from * MINUTE_MS,
  ...over,
});
const incident = (from: number, to: number, slo: string | null = null): Incident => ({
  ...{ name: 'outage', fromMs: T0 + from * MINUTE_MS, toMs: T0 + to * MINUTE_MS, slo },
});
const afterOf = (alerts: readonly BacktestAlert[], one: Incident): readonly (number | null)[] =>
  detectionOf(alerts, [one]).flatMap(({ detected, paged }) => [
    detected === null ? null : detected.afterMs / MINUTE_MS,
    paged === null ? null : paged.afterMs / MINUTE_MS,
  ]);

describe('a marked incident', () => {
  it('is told of by the first alert that fires while it goes on, and paged by the first page', () => {
    const ticket = alert('a', 2, 90, { urgency: 'ticket', tier: '3d&6h' });
    expect(afterOf([alert('a', 7, 40), ticket], incident(0, 30))).toEqual([2, 7]);
    expect(afterOf([ticket], incident(0, 30))).toEqual([2, null]);
  });

  it('was told of already where an alert fires when it begins', () => {
    expect(afterOf([alert('a', -10, 5)], incident(0, 30))).toEqual([0, 0]);
    expect(afterOf([alert('a', -10, null)], incident(0, 30))).toEqual([0, 0]);
    expect(afterOf([alert('a', -10, 0)], incident(0, 30))).toEqual([null, null]);
  });

  it('may be told of in the minute after its end, when its last events are seen, and no later', () => {
    expect(afterOf([alert('a', 31, 50)], incident(0, 30))).toEqual([31, 31]);
    expect(afterOf([alert('a', 32, 50)], incident(0, 30))).toEqual([null, null]);
  });

  it('is that of its SLO, by its whole name or that of all its objectives', () => {
    const alerts = [alert('a/fast', 3, 9), alert('b', 1, 9)];
    expect(afterOf(alerts, incident(0, 30, 'a'))[0]).toBe(3);
    expect(afterOf(alerts, incident(0, 30, 'a/fast'))[0]).toBe(3);
    expect(afterOf(alerts, incident(0, 30, 'a/f'))[0]).toBeNull();
  });
});

it('pages outside are those that people heard of and no incident explains', () => {
  const pages = [
    alert('a', 3, 9),
    alert('b', 100, 120),
    alert('c', 100, 120, { urgency: 'ticket' }),
    alert('d', 100, 120, { toldAtMs: null }),
  ];
  expect(pagesOutside(pages, [incident(0, 30)]).map(({ slo }) => slo)).toEqual(['b']);
  expect(pagesOutside(pages, [incident(0, 30, 'b'), incident(90, 101, 'b')]).map(({ slo }) => slo)).toEqual([
    'a',
  ]);
});

describe('a file of incidents', () => {
  const read = (text: string): readonly Incident[] =>
    parseIncidents(text, { file: 'i.yaml', slos: ['a', 'b/fast'] });

  it('has times in UTC unless they name a zone', () => {
    expect(read('- { name: x, from: 2026-03-01T10:00, to: 2026-03-01T12:00:00+01:00, slo: b }')).toEqual([
      { name: 'x', fromMs: T0, toMs: T0 + 60 * MINUTE_MS, slo: 'b' },
    ]);
  });

  it.each([
    ['', 'expected array'],
    ['- { name: x, from: 2026-03-01, to: 2026-03-01 }', 'incident 1: Expected `from` before `to`'],
    ['- { name: x, from: noon, to: 2026-03-01 }', 'incident 1 from: Expected a time such as'],
    ['- { name: x, from: 2026-03-01, to: 2026-03-02, slo: c }', 'x: no SLO of the specs is named c'],
    ['- { name: x, from: 2026-03-01, to: 2026-03-02, service: c }', 'Unrecognized key: "service"'],
    ['- { name: x\n  from: [', 'i.yaml: '],
  ])('%j is refused with what is wrong', (text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'BACKTEST_INCIDENTS_INVALID' }) as Error,
    );
    expect(() => read(text)).toThrow(message);
  });
});
