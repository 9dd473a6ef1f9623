import { migrate, openStore, readMigrations, type Migrations, type Store } from '@burnline/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmptyDatabase, type TestDatabase } from '../support/database.ts';

/**
 * sql/baseline.sql is what the migrations come to, for new databases.
 * After a new migration: `npx vitest run --config .config/vitest.config.js --project units test/golden/baseline.test.ts -u`.
 */
const SQL = new URL('../../sql/', import.meta.url).pathname;
const OWN_TABLE = 'schema_migrations';

interface MadeObject {
  readonly name: string;
  readonly kind: 'function' | 'table' | 'view';
  readonly statement: string;
}

let server: TestDatabase;
let migrations: Migrations;
/** What all migrations come to, one after another. */
let stepwise: readonly MadeObject[];

/** A database that was made by these migrations alone; `use` gets its store. */
async function withDatabase<T>(
  name: string,
  given: Migrations,
  use: (store: Store) => Promise<T>,
): Promise<T> {
  await server.store.command(`CREATE DATABASE ${name}`);
  const store = openStore({ url: server.url, user: 'burnline', password: 'test', database: name });
  try {
    await migrate(store, given);
    return await use(store);
  } finally {
    await store.close();
    await server.store.command(`DROP DATABASE ${name}`);
  }
}

async function objectsOf(store: Store): Promise<readonly MadeObject[]> {
  const [{ database } = { database: '' }] = await store.query<{ database: string }>(
    'SELECT currentDatabase() AS database',
  );
  const found = await store.query<MadeObject>(
    `SELECT * FROM (
       SELECT name, if(engine IN ('View', 'MaterializedView'), 'view', 'table') AS kind, formatQuery(create_table_query) AS statement
     FROM system.tables WHERE database = currentDatabase() AND name != '${OWN_TABLE}'
     UNION ALL SELECT name, 'function', create_query FROM system.functions WHERE origin = 'SQLUserDefined'
     ) ORDER BY kind, name`,
  );
  // Which database it is made in is for whoever runs the statement to say.
  return found.map((one) => ({ ...one, statement: one.statement.replaceAll(`${database}.`, '') }));
}

/** Whatever reads another comes after it. */
function ordered(objects: readonly MadeObject[]): readonly MadeObject[] {
  const views = new Map(objects.filter(({ kind }) => kind === 'view').map((view) => [view.name, view]));
  const placed: MadeObject[] = objects.filter(({ kind }) => kind !== 'view');
  const place = (view: MadeObject): void => {
    if (!views.delete(view.name)) return;
    for (const other of [...views.values()])
      if (new RegExp(`\\b${other.name}\\b`).test(view.statement.split(' AS SELECT')[1] ?? view.statement))
        place(other);
    placed.push(view);
  };
  for (const view of [...views.values()]) place(view);
  return placed;
}

function baselineText(objects: readonly MadeObject[]): string {
  const version = String(migrations.all.at(-1)?.version ?? 0).padStart(4, '0');
  const statements = ordered(objects).map(({ statement }) => `${statement};\n`);
  return [
    `-- Through migration ${version}. Made by test/golden/baseline.test.ts; never edited.\n`,
    ...statements,
  ].join('\n');
}

describe('the baseline of new databases', () => {
  beforeAll(async () => {
    server = await startEmptyDatabase();
    migrations = await readMigrations(SQL);
    stepwise = await withDatabase('stepwise', { ...migrations, baseline: null }, objectsOf);
  });
  afterAll(() => server.close());

  it('is what all migrations come to, one after another', async () => {
    await expect(baselineText(stepwise)).toMatchFileSnapshot(`${SQL}baseline.sql`);
  });

  it('makes the same tables, views and functions', async () => {
    const given = await readMigrations(SQL);
    const atOnce = await withDatabase('at_once', given, objectsOf);
    expect(atOnce).toEqual(stepwise);
    expect(atOnce.length).toBeGreaterThan(40);
  });

  it('is finished by whoever finds it begun', async () => {
    const given = await readMigrations(SQL);
    const { baseline } = given;
    await server.store.command('CREATE DATABASE cut');
    const store = openStore({ url: server.url, user: 'burnline', password: 'test', database: 'cut' });
    const cut = { ...baseline!, statements: [...baseline!.statements.slice(0, 20), 'SELECT no_such_column'] };
    await expect(migrate(store, { ...given, baseline: cut })).rejects.toMatchObject({
      code: 'STORE_REFUSED',
    });
    expect((await migrate(store, given)).map(({ version }) => version)).toEqual(
      given.all.map(({ version }) => version),
    );
    expect(await migrate(store, given)).toEqual([]);
    const whole = await objectsOf(store);
    await store.close();
    await server.store.command('DROP DATABASE cut');
    expect(whole).toEqual(stepwise);
  });
});
