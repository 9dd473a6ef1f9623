import {
  INFERENCE_FIELDS,
  JUDGEMENT_FIELDS,
  VERDICT_FIELDS,
  type EventField,
  type EventFields,
  type StreamRecordKind,
} from '@burnline/core';
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

/** The fields of an item of `verdicts`, in the order of its columns: texts as they are, for a tuple has no dictionary. */
export const VERDICT_ITEM: readonly RawColumn[] = Object.entries<EventField>(JUDGEMENT_FIELDS).map(
  ([name, field]) => ({ name, type: columnType({ ...field, hasManyValues: true }) }),
);

function inlineVerdictsColumn(): NestedColumn<NativeColumn[]> {
  return new NestedColumn(VERDICT_ITEM.map(({ type }) => rawType(type).create()));
}

/** ClickHouse's type of the column of a field. */
function columnType({ kind, isNullable, hasManyValues }: EventField): RawType {
  switch (kind) {
    case 'id':
      return 'UUID';
    case 'time':
      return "DateTime64(6, 'UTC')";
    case 'text':
    case 'word':
      if (hasManyValues === true) return isNullable === true ? 'Nullable(String)' : 'String';
      return isNullable === true ? 'LowCardinality(Nullable(String))' : 'LowCardinality(String)';
    case 'flag':
      return isNullable === true ? 'Nullable(Bool)' : 'Bool';
    case 'count':
    case 'tokens':
    case 'nanoUsd':
    case 'httpStatus':
      return isNullable === true ? 'Nullable(Int64)' : 'Int64';
    case 'durationMs':
    case 'share':
    case 'weight':
    case 'score':
      return isNullable === true ? 'Nullable(Float64)' : 'Float64';
    case 'texts':
      return 'Map(LowCardinality(String), String)';
    case 'numbers':
      return 'Map(LowCardinality(String), Float64)';
    case 'verdicts':
      return INLINE_VERDICTS;
  }
}

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

function rawTable(place: Pick<RawTable, 'table' | 'timeField'>, fields: EventFields): RawTable {
  const filled = Object.entries(fields).filter(([name]) => name !== place.timeField);
  return { ...place, columns: filled.map(([name, field]) => ({ name, type: columnType(field) })) };
}

export const RAW_TABLES: Readonly<Record<Extract<StreamRecordKind, 'inference' | 'verdict'>, RawTable>> = {
  inference: rawTable({ table: 'inference_events', timeField: 'occurred_at' }, INFERENCE_FIELDS),
  verdict: rawTable({ table: 'eval_verdicts', timeField: 'inference_at' }, VERDICT_FIELDS),
};
