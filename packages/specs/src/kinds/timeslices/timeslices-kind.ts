import { AppError, parseExactRatio, type ExactRatio, type Timeslices } from '@burnline/core';
import { parseDuration } from '../../documents/spec-duration.ts';
import { formatPath } from '../../documents/spec-issue.ts';
import type { DerivedKind } from '../derived-kind.ts';
import type { ObjectivePlace } from '../sli-kind.ts';

/** The grid of the rows that history is kept in: a slice is made of whole ones. */
const SLICE_GRID_MS = 300_000;
const SLICE_MS_MAX = 3_600_000;
const WINDOW_EXPECTED = '5m to 1h in steps of 5m, such as 5m or 15m';

/**
 * Slices of time instead of events: good is a slice whose share of good events reaches `timeSliceTarget`, total are the slices
 * that had any. A quiet night weighs as much as a busy noon.
 */
export const timeslicesKind: DerivedKind<Timeslices> = {
  method: 'Timeslices',
  objectiveFields: ['timeSliceTarget', 'timeSliceWindow'],
  // One request that failed at night makes a bad slice; two of them within an hour are no chance.
  badCountMin: 2,
  read: (objective) => {
    const [target, sliceMs] = [targetOf(objective), sliceMsOf(objective)];
    return target === null || sliceMs === null ? null : { kind: 'timeslices', sliceMs, target };
  },
};

function targetOf({ context, document, path }: ObjectivePlace): ExactRatio | null {
  const place = [...path, 'timeSliceTarget'];
  const written = document.writtenNumber(place);
  const details = {
    expected: 'a plain decimal above 0 and at most 1',
    message: `${formatPath(place)} is no share.`,
  };
  if (written === undefined)
    return context.report(document, path, {
      ...details,
      found: 'nothing',
      message: `${formatPath(path)} has no timeSliceTarget.`,
    });
  try {
    const target = parseExactRatio(written.text.trim());
    if (target.numerator > 0 && target.numerator <= target.denominator) return target;
    return context.report(document, place, { ...details, found: written.text });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return context.report(document, place, { ...details, found: written.text, message: error.message });
  }
}

function sliceMsOf({ context, document, path }: ObjectivePlace): number | null {
  const place = [...path, 'timeSliceWindow'];
  const text = document.textAt(place);
  const sliceMs = parseDuration(text)?.durationMs ?? 0;
  if (sliceMs > 0 && sliceMs % SLICE_GRID_MS === 0 && sliceMs <= SLICE_MS_MAX) return sliceMs;
  return context.report(document, text === undefined ? path : place, {
    expected: WINDOW_EXPECTED,
    found: text ?? 'nothing',
    message:
      text === undefined
        ? `${formatPath(path)} has no timeSliceWindow.`
        : `${formatPath(place)} is no length that slices are made in: history is kept in rows of 5 minutes.`,
  });
}
