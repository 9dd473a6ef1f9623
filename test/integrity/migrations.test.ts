import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { migrate, readMigrations } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDatabase, type TestDatabase } from '../support/database.ts';

/** Values for the parameters of views that have some. */
const PARAMETERS = {
  as_of: '2026-01-01 00:00:00',
  from_time: '2026-01-01 00:00:00',
  to_time: '2026-01-02 00:00:00',
  bucket_s: 3_600,
  dimension: 'tenant',
};
/** The tables are the public interface of analysts: their migrations are checked, and every column says what it is. */
const SQL = new URL('../../sql/', import.meta.url).pathname;

/** Views that fill a table as rows come: nobody reads them, and the table says what its columns are. */
const FILLING = `SELECT name FROM system.tables WHERE database = 'burnline' AND engine = 'MaterializedView'`;

let database: TestDatabase;
let copy: string;

describe('migrations', () => {
  beforeAll(async () => {
    database = await startTestDatabase();
    copy = await mkdtemp(path.join(tmpdir(), 'burnline-sql-'));
    await cp(SQL, copy, { recursive: true });
  });
  afterAll(async () => {
    await database.close();
    await rm(copy, { recursive: true, force: true });
  });

  it('change nothing when they have been applied', async () => {
    expect(await migrate(database.store, await readMigrations(SQL))).toEqual([]);
  });

  it('may be applied again, as after a crash before the last statement or beside another process', async () => {
    const all = await readMigrations(SQL);
    await database.store.command('TRUNCATE TABLE schema_migrations');
    const [one, other] = await Promise.all([migrate(database.store, all), migrate(database.store, all)]);
    expect([one.length, other.length]).toContain(all.all.length);
    expect(await migrate(database.store, all)).toEqual([]);
  });

  it('are refused when an applied file was changed, by its name', async () => {
    const file = path.join(copy, '0004_panes.sql');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('number', 'numbers'));
    const changed = migrate(database.store, await readMigrations(copy));
    await expect(changed).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    await expect(changed).rejects.toThrow('0004_panes.sql');
    await writeFile(file, text);
  });

  it('are applied in order when new ones come, and a program that lacks them refuses the database', async () => {
    await writeFile(
      path.join(copy, '9998_extra.sql'),
      `-- A table that only this test knows.\nCREATE TABLE extra (a UInt8 COMMENT 'Nothing. Source: test.') ENGINE = MergeTree ORDER BY a COMMENT 'x';\n`,
    );
    const applied = await migrate(database.store, await readMigrations(copy));
    expect(applied.map((one) => one.version)).toEqual([9_998]);
    const older = migrate(database.store, await readMigrations(SQL));
    await expect(older).rejects.toMatchObject({ code: 'MIGRATION_NEWER_DATABASE' });
    await database.store.command('DROP TABLE extra');
    await database.store.command(
      'ALTER TABLE schema_migrations DELETE WHERE version = 9998 SETTINGS mutations_sync = 1',
    );
  });

  it('leave no column without a comment that names its source, of a table or of a view', async () => {
    const columns = await database.store.query<{ table: string; name: string }>(
      `SELECT table, name FROM system.columns WHERE database = 'burnline' AND NOT match(comment, 'Source: .+')
         AND table NOT IN (${FILLING})`,
    );
    expect(columns).toEqual([]);
    const tables = await database.store.query(
      `SELECT name FROM system.tables WHERE database = 'burnline' AND comment = '' AND name NOT IN (${FILLING})`,
    );
    expect(tables).toEqual([]);
  });

  it('declare the columns of a view as its query gives them', async () => {
    const views = await database.store.query<{ name: string; made_by: string; as_select: string }>(
      `SELECT name, create_table_query AS made_by, as_select FROM system.tables
       WHERE database = 'burnline' AND engine = 'View' ORDER BY name`,
    );
    const names = views.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['slo_pane_revisions', 'slo_status_at', 'cost_between']));
    for (const { name, made_by, as_select: query } of views) {
      const given = await database.store.query<{ name: string; type: string }>(
        `DESCRIBE (${query})`,
        PARAMETERS,
      );
      // The engine lists no columns of a view with parameters, so the statement that made the view is read.
      const declared = [...made_by.split(' AS SELECT ')[0]!.matchAll(/`(\w+)` (.+?) COMMENT '/g)];
      const columnOf = (column: string, type: string): string => `${column} ${type.replace(/\s/g, '')}`;
      expect(
        declared.map(([, column, type]) => columnOf(column!, type!)),
        name,
      ).toEqual(given.map((one) => columnOf(one.name, one.type)));
    }
  });
});
