import { parseMapping } from '@burnline/specs';
import { describe, expect, it } from 'vitest';
import { Mapping } from './mapping.ts';

const mapping = new Mapping(
  parseMapping(
    `apiVersion: burnline/v1
kind: ReplayMapping
metadata: { name: a }
spec:
  json: { records: /data, id: [/data/a, /data/b], empty_texts: ['-'] }
  on_bad_row: skip
  drop_when: { column: /data/kind, equals: other }
  time: { kind: column, column: /data/at, format: epoch_s, meaning: completion }
  inference: { service: s, model_served: m, status: ok, duration_ms: 1 }
`,
    'a.yaml',
  ),
);

/** The ids of each row of a record, or what is wrong with it. */
const idsOf = (...rows: readonly object[]): readonly string[] => {
  const record = { data: rows.map((row) => ({ at: 1_780_000_000, ...row })) };
  return mapping.rowsOf(Buffer.from(JSON.stringify(record)), 100)!.map((row) => {
    try {
      return mapping
        .recordsOf(row)
        .map((made) => Buffer.from('event' in made ? made.event.event_id : []).toString('hex'))
        .join();
    } catch (error) {
      return (error as Error).message;
    }
  });
};

describe('the id of a row', () => {
  it('is made of its columns, some of which may be empty', () => {
    const [first, other, again] = idsOf({ a: 'x' }, { a: 'x', b: 'y' }, { a: 'x', b: null });
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(other).not.toBe(first);
    expect(again).toBe(first);
  });

  it('is not made of nothing, save of a row that is dropped', () => {
    const nothing = 'spec.json.id: nothing in /data/a, /data/b, which tells rows apart';
    expect(idsOf({}, { a: '-', b: '' }, { kind: 'other' })).toEqual([nothing, nothing, '']);
  });
});
