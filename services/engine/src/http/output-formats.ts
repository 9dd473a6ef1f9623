/** Content types as the server sends them; every other format is plain text. */
const CONTENT_TYPES: readonly (readonly [type: string, formats: readonly string[]])[] = [
  [
    'application/json; charset=UTF-8',
    [
      'JSON',
      'JSONStrings',
      'JSONCompact',
      'JSONCompactStrings',
      'JSONColumns',
      'JSONCompactColumns',
      'JSONColumnsWithMetadata',
      'JSONObjectEachRow',
    ],
  ],
  [
    'application/x-ndjson; charset=UTF-8',
    [
      'JSONEachRow',
      'JSONLines',
      'NDJSON',
      'JSONStringsEachRow',
      'JSONCompactEachRow',
      'JSONCompactEachRowWithNames',
      'JSONCompactEachRowWithNamesAndTypes',
      'JSONCompactStringsEachRow',
      'JSONCompactStringsEachRowWithNames',
      'JSONCompactStringsEachRowWithNamesAndTypes',
      'JSONEachRowWithProgress',
      'JSONStringsEachRowWithProgress',
      'JSONCompactEachRowWithProgress',
      'JSONCompactStringsEachRowWithProgress',
    ],
  ],
  [
    'text/tab-separated-values; charset=UTF-8',
    ['TabSeparated', 'TSV', 'TabSeparatedRaw', 'TSVRaw', 'Raw'].flatMap((name) => [
      name,
      `${name}WithNames`,
      `${name}WithNamesAndTypes`,
    ]),
  ],
  ['text/csv; charset=UTF-8; header=absent', ['CSV']],
  ['text/csv; charset=UTF-8; header=present', ['CSVWithNames', 'CSVWithNamesAndTypes']],
  ['application/xml; charset=UTF-8', ['XML']],
  ['text/html; charset=UTF-8', ['HTML']],
  ['text/plain; version=0.0.4; charset=UTF-8', ['Prometheus']],
  [
    'application/octet-stream',
    [
      'Native',
      'RowBinary',
      'RowBinaryWithNames',
      'RowBinaryWithNamesAndTypes',
      'RawBLOB',
      'Parquet',
      'Arrow',
      'ArrowStream',
      'ORC',
      'Avro',
      'MsgPack',
      'BSONEachRow',
      'Protobuf',
      'ProtobufSingle',
      'ProtobufList',
      'CapnProto',
      'Npy',
    ],
  ],
];
const TYPE_BY_FORMAT: ReadonlyMap<string, string> = new Map(
  CONTENT_TYPES.flatMap(([type, formats]) => formats.map((format) => [format.toLowerCase(), type] as const)),
);

export const DEFAULT_FORMAT = 'TabSeparated';

export function contentType(format: string): string {
  return TYPE_BY_FORMAT.get(format.toLowerCase()) ?? 'text/plain; charset=UTF-8';
}
