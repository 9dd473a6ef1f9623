import type { SliReading } from '../sli-reading.ts';

/** Events are deltas: OpenSLO's `counter` of a ratio has to be false, if it is there. What is wrong is reported. */
export function checkCounter(reading: SliReading): void {
  const path = [...reading.base, 'ratioMetric', 'counter'];
  if (reading.document.at(path) !== true) return;
  reading.fail(path, {
    message: 'counter is true, but events are counted one by one.',
    expected: 'false',
    remedy: 'Write counter: false.',
  });
}
