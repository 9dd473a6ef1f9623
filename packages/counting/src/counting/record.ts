/** A decoded event or verdict, with at least the fields that some SLI needs. Names are the wire's. */
export type DecodedRecord = Readonly<Record<string, unknown>>;

export interface DecodedMessage {
  readonly kind: 'inference' | 'verdict' | 'report' | 'mark';
  readonly records: readonly DecodedRecord[];
}

/** Throws AppError with outcome `dead-letter` for bytes that are no message, `halt` for a schema that is not known here. */
export type MessageDecoder = (value: Uint8Array) => DecodedMessage;
