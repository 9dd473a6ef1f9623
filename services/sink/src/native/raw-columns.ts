import type { StreamRecordKind } from '@burnline/core';
import {
  NestedColumn,
  NullableColumn,
  TextColumn,
  WordColumn,
  byteColumn,
  uuidColumn,
  wideColumn,
  type NativeColumn,
} from './native-columns.ts';

/** ClickHouse's types of the columns that events fill, as sql/ writes them. */
const INLINE_VERDICTS =
  'Array(Tuple(evaluator String, evaluator_version String, kind String, dimension String, passed Bool, score Nullable(Float64)))';

/** What a value is to the generated code, and the column that takes it. */
const TYPES = {
  UUID: { form: 'uuid', isNullable: false, create: uuidColumn },
  Bool: { form: 'boolean', isNullable: false, create: byteColumn },
  'Nullable(Bool)': { form: 'boolean', isNullable: true, create: () => new NullableColumn(byteColumn()) },
  Int64: { form: 'integer', isNullable: false, create: wideColumn },
  'Nullable(Int64)': { form: 'integer', isNullable: true, create: () => new NullableColumn(wideColumn()) },
  "DateTime64(6, 'UTC')": { form: 'micros', isNullable: false, create: wideColumn },
  Float64: { form: 'number', isNullable: false, create: wideColumn },
  'Nullable(Float64)': { form: 'number', isNullable: true, create: () => new NullableColumn(wideColumn()) },
  String: { form: 'text', isNullable: false, create: () => new TextColumn() },
  'Nullable(String)': { form: 'text', isNullable: true, create: () => new NullableColumn(new TextColumn()) },
  'LowCardinality(String)': { form: 'word', isNullable: false, create: () => new WordColumn(false) },
  'LowCardinality(Nullable(String))': { form: 'word', isNullable: true, create: () => new WordColumn(true) },
  'Map(LowCardinality(String), String)': {
    form: 'texts',
    isNullable: false,
    create: () => new NestedColumn([new WordColumn(false), new TextColumn()]),
  },
  'Map(LowCardinality(String), Float64)': {
    form: 'numbers',
    isNullable: false,
    create: () => new NestedColumn([new WordColumn(false), wideColumn()]),
  },
  [INLINE_VERDICTS]: { form: 'verdicts', isNullable: false, create: inlineVerdictsColumn },
} as const satisfies Readonly<
  Record<string, { readonly form: string; readonly isNullable: boolean; readonly create: () => NativeColumn }>
>;

export type RawType = keyof typeof TYPES;
export type RawForm = (typeof TYPES)[RawType]['form'];

export function rawType(type: RawType): {
  readonly form: RawForm;
  readonly isNullable: boolean;
  readonly create: () => NativeColumn;
} {
  return TYPES[type];
}

/** A column of a table of raw rows, which the field of the same name fills. */
export interface RawColumn {
  readonly name: string;
  readonly type: RawType;
}

/** Keys and values of a map. */
export const MAP_ITEMS = {
  texts: [
    { name: 'key', type: 'LowCardinality(String)' },
    { name: 'value', type: 'String' },
  ],
  numbers: [
    { name: 'key', type: 'LowCardinality(String)' },
    { name: 'value', type: 'Float64' },
  ],
} as const satisfies Record<string, readonly [RawColumn, RawColumn]>;

/** The fields of an item of `verdicts`, in the order of its columns. */
export const VERDICT_ITEM: readonly RawColumn[] = [
  { name: 'evaluator', type: 'String' },
  { name: 'evaluator_version', type: 'String' },
  { name: 'kind', type: 'String' },
  { name: 'dimension', type: 'String' },
  { name: 'passed', type: 'Bool' },
  { name: 'score', type: 'Nullable(Float64)' },
];

function inlineVerdictsColumn(): NestedColumn<NativeColumn[]> {
  return new NestedColumn(VERDICT_ITEM.map(({ type }) => rawType(type).create()));
}

const columnsOf = (type: RawType, ...names: readonly string[]): readonly RawColumn[] =>
  names.map((name) => ({ name, type }));

/**
 * The engine would look for rows to replace within each insert, at more than half of its cost. An insert holds a position
 * once, so there is none; rows written again by a later insert are replaced by merges, and by FINAL until then.
 */
export const RAW_INSERT_SETTINGS = { optimize_on_insert: 0 } as const;

export interface RawTable {
  readonly table: string;
  /** Which field the reader's decision, cut to the log's time, replaces. */
  readonly timeField: 'occurred_at' | 'inference_at';
  /** What events fill themselves; a test holds names and types against the tables. */
  readonly columns: readonly RawColumn[];
}

export const RAW_TABLES: Readonly<Record<Extract<StreamRecordKind, 'inference' | 'verdict'>, RawTable>> = {
  inference: {
    table: 'inference_events',
    timeField: 'occurred_at',
    columns: [
      ...columnsOf('UUID', 'event_id'),
      ...columnsOf('String', 'request_id', 'trace_id', 'span_id', 'session_id', 'task_id'),
      ...columnsOf('Nullable(String)', 'agent_id', 'user_hash'),
      ...columnsOf('LowCardinality(String)', 'fallback_kind', 'tenant', 'environment', 'service', 'endpoint'),
      ...columnsOf('LowCardinality(String)', 'operation', 'provider', 'model_requested', 'model_served'),
      ...columnsOf('LowCardinality(String)', 'deployment', 'region', 'prompt_name', 'prompt_version'),
      ...columnsOf('LowCardinality(String)', 'status', 'error_type', 'cost_source'),
      ...columnsOf(
        'LowCardinality(Nullable(String))',
        'feature',
        'variant',
        'price_version',
        'finish_reason',
      ),
      ...columnsOf('Int64', 'attempt', 'fallback_depth', 'http_status'),
      ...columnsOf(
        'Nullable(Int64)',
        'input_tokens',
        'cached_input_tokens',
        'output_tokens',
        'reasoning_tokens',
      ),
      ...columnsOf('Nullable(Int64)', 'tool_calls', 'tool_errors', 'step', 'cost_nano_usd'),
      ...columnsOf('Float64', 'sample_weight'),
      ...columnsOf('Nullable(Float64)', 'ttft_ms', 'duration_ms', 'request_ttft_ms'),
      ...columnsOf('Nullable(Float64)', 'request_elapsed_ms', 'confidence'),
      ...columnsOf('Bool', 'is_final', 'streaming', 'response_cache_hit'),
      ...columnsOf('Nullable(Bool)', 'schema_valid'),
      ...columnsOf(INLINE_VERDICTS, 'verdicts'),
      ...columnsOf('Map(LowCardinality(String), String)', 'attributes'),
      ...columnsOf('Map(LowCardinality(String), Float64)', 'measures'),
    ],
  },
  verdict: {
    table: 'eval_verdicts',
    timeField: 'inference_at',
    columns: [
      ...columnsOf('UUID', 'event_id'),
      ...columnsOf("DateTime64(6, 'UTC')", 'judged_at'),
      ...columnsOf('Nullable(String)', 'request_id'),
      ...columnsOf('LowCardinality(String)', 'evaluator', 'evaluator_version', 'kind', 'dimension'),
      ...columnsOf('LowCardinality(String)', 'tenant', 'environment', 'service', 'endpoint', 'provider'),
      ...columnsOf('LowCardinality(String)', 'model_requested', 'model_served', 'deployment', 'region'),
      ...columnsOf('LowCardinality(String)', 'prompt_name', 'prompt_version'),
      ...columnsOf('LowCardinality(Nullable(String))', 'variant'),
      ...columnsOf('Bool', 'passed'),
      ...columnsOf('Nullable(Float64)', 'score'),
      ...columnsOf('Map(LowCardinality(String), String)', 'attributes'),
    ],
  },
};
