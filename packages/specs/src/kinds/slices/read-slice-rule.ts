import { COARSE_EDGE_MS, DAY_MS, durationText, HOUR_MS, type SliceRule } from '@burnline/core';
import { parseDuration } from '../../documents/spec-duration.ts';
import { formatPath } from '../../documents/spec-issue.ts';
import { ANNOTATION_PREFIX, annotationWord, EMPTY_SLICES } from '../../slos/spec-annotations.ts';
import type { ObjectivePlace } from '../sli-kind.ts';

/** How long slices are that events are judged in. */
const SLICE_LENGTHS: SliceLengths = { leastMs: COARSE_EDGE_MS, mostMs: HOUR_MS };

/** Both included. */
export interface SliceLengths {
  readonly leastMs: number;
  readonly mostMs: number;
}
/** One row for each slice that a state is carried to. */
const HOLD_MS_MAX = DAY_MS;

/** What an SLO that judges slices may say of them beside OpenSLO's fields. */
export const SLICE_ANNOTATIONS = ['empty-slices', 'hold-state'] as const;

/** An alert needs two bad slices: one request that failed at night makes one, two of them within an hour are no chance. */
export const SLICES_BAD_COUNT_MIN = 2;

/** Which slices an objective judges: `timeSliceWindow`, and its SLO's annotations. Null where it has a mistake, which is reported. */
export function readSliceRule(objective: ObjectivePlace, lengths = SLICE_LENGTHS): SliceRule | null {
  const sliceMs = sliceMsOf(objective, lengths);
  if (sliceMs === null) return null;
  const holdMs = holdMsOf(objective, sliceMs);
  if (holdMs === null) return null;
  const empty = annotationWord(objective.document, 'empty-slices', EMPTY_SLICES) ?? 'none';
  return { sliceMs, ...(empty !== 'none' && { empty }), ...(holdMs > 0 && { holdMs }) };
}

/** Of slices that are good or bad as a whole, whatever share of events is: `timeSliceTarget` has to be 1, if it is there. */
export function checkWholeSlices({ context, document, path }: ObjectivePlace): boolean {
  const place = [...path, 'timeSliceTarget'];
  const written = document.writtenNumber(place);
  if (written === undefined || Number(written.text) === 1) return true;
  context.report(document, place, {
    expected: '1, or nothing',
    found: written.text,
    message: 'A slice that is judged by one figure is good or bad as a whole.',
    remedy: 'Remove it, and write the bound of the figure as value.',
  });
  return false;
}

function sliceMsOf(
  { context, document, path }: ObjectivePlace,
  { leastMs, mostMs }: SliceLengths,
): number | null {
  const place = [...path, 'timeSliceWindow'];
  const text = document.textAt(place);
  const sliceMs = parseDuration(text)?.durationMs ?? 0;
  // History is kept in rows of so long: a slice is made of whole ones.
  if (sliceMs >= leastMs && sliceMs % COARSE_EDGE_MS === 0 && sliceMs <= mostMs) return sliceMs;
  return context.report(document, text === undefined ? path : place, {
    expected: `${durationText(leastMs)} to ${durationText(mostMs)} in steps of 5m, such as ${durationText(leastMs)} or ${durationText(3 * leastMs)}`,
    found: text ?? 'nothing',
    message:
      text === undefined
        ? `${formatPath(path)} has no timeSliceWindow.`
        : `${formatPath(place)} is no length that slices are made in: history is kept in rows of 5 minutes.`,
  });
}

/** 0 where nothing is held. */
function holdMsOf({ context, document }: ObjectivePlace, sliceMs: number): number | null {
  const place = ['metadata', 'annotations', `${ANNOTATION_PREFIX}hold-state`];
  const text = document.textAt(place);
  // What is no duration at all was told with the annotations.
  const holdMs = parseDuration(text)?.durationMs ?? 0;
  if (holdMs % sliceMs === 0 && holdMs <= HOLD_MS_MAX) return holdMs;
  return context.report(document, place, {
    expected: `whole slices of ${sliceMs / 60_000}m, at most 1d in all`,
    found: text ?? 'nothing',
    message: 'A state is carried from one slice to whole ones after it.',
  });
}
