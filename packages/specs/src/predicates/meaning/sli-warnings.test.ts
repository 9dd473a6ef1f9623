import { describe, expect, it } from 'vitest';
import { inferenceFields } from '../event-fields.ts';
import { parsePredicate } from '../parse-predicate.ts';
import { warningsOfSli } from './sli-warnings.ts';

const node = (text: string) => {
  const parsed = parsePredicate(text, inferenceFields);
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message);
  return parsed.node;
};
const warnings = (good: string, total: string | null): readonly string[] =>
  warningsOfSli(
    { scope: null, total: total === null ? null : node(total), verdict: { kind: 'good', where: node(good) } },
    inferenceFields,
  ).map(({ message }) => message);

describe('a duration that may be unknown', () => {
  it('is warned of where events that failed are counted', () => {
    expect(warnings('duration_ms <= 800', null)).toEqual(['Events without duration_ms count as bad.']);
    expect(warnings('duration_ms <= 800', "status != 'cancelled'")).toHaveLength(1);
  });

  it('is not where it decides nothing: attempts that are ok have one', () => {
    expect(warnings('duration_ms <= 800', "status == 'ok'")).toEqual([]);
    expect(warnings("status == 'ok' && duration_ms <= 800", null)).toEqual([]);
    expect(warnings('duration_ms <= 800', 'has(duration_ms)')).toEqual([]);
  });
});
