import {
  loadPackageSchemas,
  messageSchemaText,
  readSchemaTable,
  streamTopicNames,
} from '@burnline/contracts';
import { invariant, type StreamRecordKind } from '@burnline/core';

/** A schema of the checked-in table, as a stream registers it. */
export interface StreamSchema {
  readonly subject: string;
  readonly kind: StreamRecordKind;
  /** Id in the checked-in table. */
  readonly tableId: number;
  /** The schema of a whole message, in JSON. */
  readonly text: string;
}

/**
 * Every schema that comes with this version, older ones first, under the subjects of a stream. Those of topics follow
 * Confluent's TopicNameStrategy; marks lie in every topic and have a subject of their own.
 */
export function streamSchemas(stream: string): readonly StreamSchema[] {
  const { inference, verdicts, reports } = streamTopicNames(stream);
  const subjects: Readonly<Record<StreamRecordKind, string>> = {
    inference: `${inference}-value`,
    verdict: `${verdicts}-value`,
    report: `${reports}-value`,
    mark: `burnline.${stream}.marks-value`,
  };
  const table = loadPackageSchemas();
  return readSchemaTable().map(({ id, kind }) => {
    const stored = table.schemaOf(id);
    invariant(stored !== null, `schema ${id} is in the table`);
    return { subject: subjects[kind], kind, tableId: id, text: messageSchemaText(stored.schema) };
  });
}
