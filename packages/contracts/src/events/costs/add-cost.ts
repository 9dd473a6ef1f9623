import type { InferenceEvent } from '@burnline/core';
import { MAP_ENTRIES_MAX } from '../field-rules.ts';
import { COMPUTED_COST_MEASURE, type CostAddition } from './cost-fields.ts';

/** The event with what pricing adds to it, all else as it was. Measures that are full stay as they are. */
export function addCost(event: InferenceEvent, addition: CostAddition): InferenceEvent {
  if (addition.kind === 'cost') {
    const { nanoUsd, version } = addition;
    return { ...event, cost_nano_usd: nanoUsd, cost_source: 'computed', price_version: version };
  }
  const measures = { ...event.measures, [COMPUTED_COST_MEASURE]: addition.nanoUsd };
  return Object.keys(measures).length > MAP_ENTRIES_MAX ? event : { ...event, measures };
}
