import { describe, expect, it } from 'vitest';
import { loadPackageSchemas } from '../events/schema-source.ts';
import { rawColumnSql } from './raw-columns.ts';

const source = loadPackageSchemas();
const columnOf = rawColumnSql(source.schemaOf(source.idOf('verdict'))!.schema);

describe('rawColumnSql', () => {
  it('reads an unknown word as the default of the enum, a missing one as that of the field', () => {
    expect(columnOf('kind')).toBe(
      "multiIf(kind IN ('online_judge', 'offline_suite', 'synthetic_probe', 'user_feedback', 'guardrail'), kind, " +
        "kind = '', 'online_judge', 'online_judge')",
    );
  });

  it('reads every other field as it is', () => {
    expect(columnOf('evaluator')).toBe('evaluator');
    expect(columnOf('passed')).toBe('passed');
  });
});
