/** What an event must fulfil; a value that is absent fulfils nothing. */
export type PeerCondition =
  | { readonly field: 'status' | 'model_requested' | 'region'; readonly is: string }
  | { readonly field: 'is_final' | 'schema_valid'; readonly is: boolean }
  | { readonly field: 'duration_ms' | 'ttft_ms'; readonly atMost: number }
  | { readonly field: 'schema_valid' | 'ttft_ms'; readonly present: true };

/**
 * A ratio SLI in a form that every peer can take over: of the events that meet all of `total`, those that meet all of
 * `good`; per pane, and per provider where asked.
 */
export interface PeerSlo {
  readonly name: string;
  readonly byProvider: boolean;
  readonly total: readonly PeerCondition[];
  readonly good: readonly PeerCondition[];
}

/** One pane of one SLO. `group` is the provider, or empty where the SLO is not grouped. */
export interface PaneCount {
  readonly slo: string;
  /** Start of the pane, epoch milliseconds. */
  readonly pane: number;
  readonly group: string;
  readonly good: number;
  readonly total: number;
}

export const PANE_MS = 10_000;

const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet', 'claude-haiku'] as const;
const IS_OK: PeerCondition = { field: 'status', is: 'ok' };

const FAMILIES: readonly ((index: number) => Pick<PeerSlo, 'total' | 'good'>)[] = [
  (index) => ({ total: index === 0 ? [] : [modelIs(index)], good: [IS_OK] }),
  (index) => ({
    total: [IS_OK, ...(index === 1 ? [] : [modelIs(index)])],
    good: [{ field: 'duration_ms', atMost: 2_000 + 100 * index }],
  }),
  (index) => ({
    total: [{ field: 'ttft_ms', present: true }],
    good: [{ field: 'ttft_ms', atMost: 300 + 25 * index }],
  }),
  (index) => ({
    total: [
      { field: 'schema_valid', present: true },
      ...(index === 3 ? [] : [{ field: 'region', is: 'eu-west-1' } as const]),
    ],
    good: [{ field: 'schema_valid', is: true }],
  }),
  (index) => ({
    total: [{ field: 'is_final', is: true }],
    good: [IS_OK, { field: 'ttft_ms', atMost: 500 + 20 * index }, { field: 'duration_ms', atMost: 3_000 }],
  }),
];

/** The usual families: availability, latency, time to first token, validity and goodput; every fourth by provider. */
export function peerSlos(count: number): readonly PeerSlo[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `slo-${index}`,
    byProvider: index % 4 === 0,
    ...FAMILIES[index % FAMILIES.length]!(index),
  }));
}

function modelIs(index: number): PeerCondition {
  return { field: 'model_requested', is: MODELS[index % MODELS.length]! };
}
