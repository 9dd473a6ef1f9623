import { DAY_MS, type SliceRule } from '@burnline/core';
import { parseDuration } from '../../documents/spec-duration.ts';
import { formatPath } from '../../documents/spec-issue.ts';
import { ANNOTATION_PREFIX, annotationWord, EMPTY_SLICES } from '../../slos/spec-annotations.ts';
import type { ObjectivePlace } from '../sli-kind.ts';

/** The grid of the rows that history is kept in: a slice is made of whole ones. */
const SLICE_GRID_MS = 300_000;
const SLICE_MS_MAX = 3_600_000;
const WINDOW_EXPECTED = '5m to 1h in steps of 5m, such as 5m or 15m';
/** One row for each slice that a state is carried to. */
const HOLD_MS_MAX = DAY_MS;

/** What an SLO that judges slices may say of them beside OpenSLO's fields. */
export const SLICE_ANNOTATIONS = ['empty-slices', 'hold-state'] as const;

/** An alert needs two bad slices: one request that failed at night makes one, two of them within an hour are no chance. */
export const SLICES_BAD_COUNT_MIN = 2;

/** Which slices an objective judges: `timeSliceWindow`, and its SLO's annotations. Null where it has a mistake, which is reported. */
export function readSliceRule(objective: ObjectivePlace): SliceRule | null {
  const sliceMs = sliceMsOf(objective);
  if (sliceMs === null) return null;
  const holdMs = holdMsOf(objective, sliceMs);
  if (holdMs === null) return null;
  const empty = annotationWord(objective.document, 'empty-slices', EMPTY_SLICES) ?? 'none';
  return { sliceMs, ...(empty !== 'none' && { empty }), ...(holdMs > 0 && { holdMs }) };
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
