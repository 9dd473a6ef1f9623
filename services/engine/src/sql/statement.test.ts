import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStatement } from './statement.ts';

describe('readStatement', () => {
  it.each([
    ['SELECT 1', 'SELECT', true],
    ['  -- c\n /* d */ select 1', 'SELECT', true],
    ['((SELECT 1)) UNION ALL (SELECT 2)', 'SELECT', true],
    ['WITH 1 AS x SELECT x', 'SELECT', true],
    ['WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x', 'INSERT', false],
    ['FROM t SELECT 1', 'FROM', true],
    ['EXPLAIN INSERT INTO t SELECT 1', 'EXPLAIN', true],
    ['create table t (a UInt8)', 'CREATE', false],
    ['SYSTEM FLUSH LOGS', 'SYSTEM', false],
    ['', '', true],
    ['-- nothing', '', true],
  ])('finds what %s does', (text, verb, isRead) => {
    expect(readStatement(text)).toMatchObject({ verb, isRead });
  });

  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT 1 format JSONEachRow settings a = 1', 'JSONEachRow'],
    ['SELECT 1 FORMAT CSV;', 'CSV'],
    ['SELECT format FROM t', undefined],
    ['SELECT format x FROM t FORMAT TSV', 'TSV'],
    ["SELECT 'FORMAT CSV'", undefined],
    ['INSERT INTO t FORMAT Native\n', 'Native'],
  ])('finds the format of %s', (text, format) => {
    expect(readStatement(text).format).toBe(format);
  });

  it.each([
    ['SELECT 1;', false],
    ['SELECT 1; -- end', false],
    ['SELECT 1;;', false],
    ['SELECT 1; SELECT 2', true],
    ["SELECT '; DROP TABLE t'", false],
    ['INSERT INTO t VALUES (1); SELECT 2', false],
  ])('knows whether %s has a second statement', (text, expected) => {
    expect(readStatement(text).hasSecondStatement).toBe(expected);
  });

  it.each([
    ['SET a = 1', true],
    ['USE d', true],
    ['CREATE TEMPORARY TABLE t (a UInt8)', true],
    ['CREATE OR REPLACE TEMPORARY TABLE t (a UInt8)', true],
    ['CREATE TABLE temporary (a UInt8)', true],
    ['CREATE TABLE t (a UInt8)', false],
    ['SELECT 1', false],
  ])('knows whether %s may change its session', (text, expected) => {
    expect(readStatement(text).changesSession).toBe(expected);
  });

  it('finds placeholders and nothing that looks like one', () => {
    const text = "SELECT {a:UInt8}, '{b:UInt8}', {c : String}, map(1, 2) -- {d:UInt8}";
    expect([...readStatement(text).placeholders]).toEqual(['a', 'c']);
  });

  it.each([
    ['INSERT INTO t FORMAT CSV\n1', 'INSERT INTO t', '', 'CSV', '1'],
    ['insert into t format CSV 1', 'insert into t', '', 'CSV', '1'],
    [
      'INSERT INTO TABLE d.`t` (a, `format`) FORMAT Native\r\nx',
      'INSERT INTO TABLE d.`t` (a, `format`)',
      '',
      'Native',
      'x',
    ],
    ['INSERT INTO format FORMAT CSV 1', 'INSERT INTO format', '', 'CSV', '1'],
    ['INSERT INTO t (a) VALUES (1)', 'INSERT INTO t (a)', '', 'Values', '(1)'],
    [
      "INSERT INTO t (a) SETTINGS x = 1, y = 'FORMAT' FORMAT JSONEachRow {}",
      'INSERT INTO t (a)',
      "SETTINGS x = 1, y = 'FORMAT'",
      'JSONEachRow',
      '{}',
    ],
    [
      "INSERT INTO FUNCTION null('a UInt8') FORMAT CSV 1",
      "INSERT INTO FUNCTION null('a UInt8')",
      '',
      'CSV',
      '1',
    ],
    [
      'INSERT INTO {d:Identifier}.{t:Identifier} (a) FORMAT CSV 1',
      'INSERT INTO {d:Identifier}.{t:Identifier} (a)',
      '',
      'CSV',
      '1',
    ],
    ['INSERT INTO t (* EXCEPT(b)) FORMAT CSV 1', 'INSERT INTO t (* EXCEPT(b))', '', 'CSV', '1'],
  ])('splits %s', (text, target, settings, format, data) => {
    const { insert } = readStatement(text);
    if (insert?.kind !== 'insert-data') throw new Error(`read as ${String(insert?.kind)}`);
    expect(text.slice(0, insert.targetEnd)).toBe(target);
    expect(text.slice(insert.dataStart)).toBe(data);
    expect(insert).toMatchObject({ settings, format });
  });

  it.each([
    ['INSERT INTO t SELECT 1', 'insert-select'],
    ['INSERT INTO t (SELECT 1)', 'insert-select'],
    ['INSERT INTO t (a) WITH 1 AS x SELECT x', 'insert-select'],
    ["INSERT INTO t SELECT a FROM input('a UInt8') FORMAT CSV 1", 'insert-input'],
    ['INSERT INTO t SELECT input FROM s', 'insert-select'],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV", 'insert-infile'],
    ['INSERT INTO t', 'incomplete'],
    ['INSERT INTO t FORMAT', 'incomplete'],
    ['INSERT', 'incomplete'],
  ])('tells the kind of %s', (text, kind) => {
    expect(readStatement(text).insert?.kind).toBe(kind);
  });

  it('never looks at the rows behind an insert', () => {
    const prefix = 'INSERT INTO t (a) SETTINGS x = 1 FORMAT Native\n';
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (rows) => {
        const statement = readStatement(prefix + Buffer.from(rows).toString('latin1'));
        expect(statement.hasSecondStatement).toBe(false);
        expect(statement.insert).toMatchObject({ kind: 'insert-data', dataStart: prefix.length });
      }),
    );
  });
});
