import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError, isAppError } from '@burnline/core';
import type { Store } from './store.ts';

export type MigrationErrorCode = 'MIGRATION_CHANGED' | 'MIGRATION_NEWER_DATABASE' | 'MIGRATION_NAME_INVALID';

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** What the first migrations come to, in statements that make it at once: a new database has no history to go through. */
interface Baseline {
  readonly throughVersion: number;
  readonly statements: readonly string[];
}

export interface Migrations {
  readonly all: readonly Migration[];
  /** null: a new database goes through all of them. */
  readonly baseline: Baseline | null;
}

/** The project's own migrations, beside the built packages. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL('../../../../sql/', import.meta.url));

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;

/** How long a statement of a migration may take: some copy rows of tables that have grown for years. */
export const MIGRATION_TIMEOUT_MS = 3_600_000;

const BASELINE_FILE = 'baseline.sql';
/** How the file says which migration it comes after. */
const BASELINE_VERSION = /^-- Through migration (\d{4})\./;

/** Reads `NNNN_name.sql` files, and `baseline.sql` where there is one; statements end with a semicolon at the end of a line. */
export async function readMigrations(directory: string): Promise<Migrations> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  const all = names.filter((name) => name !== BASELINE_FILE).map((name) => readMigration(directory, name));
  const baseline = names.includes(BASELINE_FILE) ? await readBaseline(directory) : null;
  return { all: await Promise.all(all), baseline };
}

async function readMigration(directory: string, fileName: string): Promise<Migration> {
  const match = FILE_NAME.exec(fileName);
  if (match?.[1] === undefined || match[2] === undefined)
    throw nameInvalid(fileName, 'is not named NNNN_name.sql');
  const text = await readFile(path.join(directory, fileName), 'utf8');
  return {
    version: Number(match[1]),
    name: match[2],
    checksum: createHash('sha256').update(text).digest('hex'),
    statements: statementsOf(text),
  };
}

async function readBaseline(directory: string): Promise<Baseline> {
  const text = await readFile(path.join(directory, BASELINE_FILE), 'utf8');
  const version = BASELINE_VERSION.exec(text)?.[1];
  if (version === undefined)
    throw nameInvalid(BASELINE_FILE, 'does not begin with the migration it comes after');
  return { throughVersion: Number(version), statements: statementsOf(text) };
}

function nameInvalid(fileName: string, problem: string): AppError<MigrationErrorCode> {
  return new AppError('MIGRATION_NAME_INVALID', `${fileName} ${problem}`);
}

function statementsOf(text: string): readonly string[] {
  return text
    .replace(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

interface AppliedRow {
  readonly version: number;
  readonly checksum: string;
}

/**
 * Stands among the applied ones while the baseline is made, with what it was made through: whoever finds it alone makes the
 * rest of it. Another version's is gone over by the migrations, which may be applied again.
 */
const BASELINE_BEGUN = 0;

/**
 * Brings the database up to the newest migration; running it again changes nothing. A new one is made from the baseline.
 *
 * Rejects with MIGRATION_CHANGED if a file that was applied reads differently now, and with MIGRATION_NEWER_DATABASE if
 * the database has a migration that this program does not know.
 */
export async function migrate(store: Store, { all, baseline }: Migrations): Promise<readonly Migration[]> {
  // Asked before the rows are: where another process has made a table, its mark is among them.
  const isEmpty = await hasNoTables(store);
  await store.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations
     (version UInt32 COMMENT 'Number of the migration. Source: file name.',
      name String COMMENT 'Name of the migration. Source: file name.',
      checksum String COMMENT 'SHA-256 of the file, hex. Source: file.',
      applied_at DateTime('UTC') DEFAULT now() COMMENT 'When it was applied, UTC. Source: database clock.')
     ENGINE = MergeTree ORDER BY version COMMENT 'Migrations that this database has had.'`,
  );
  const applied = new Map(
    (await store.query<AppliedRow>('SELECT version, checksum FROM schema_migrations')).map((row) => [
      row.version,
      row.checksum,
    ]),
  );
  refuseNewerDatabase(applied, all);
  const isBegun = applied.size === 1 && applied.get(BASELINE_BEGUN) === markOf(baseline);
  const isNew = applied.size === 0 ? isEmpty : isBegun;
  const atOnce = isNew && baseline !== null ? await applyBaseline(store, all, baseline) : [];
  const done: Migration[] = [...atOnce];
  for (const migration of all.slice(atOnce.length)) {
    const checksum = applied.get(migration.version);
    if (checksum === undefined) {
      await apply(store, migration);
      done.push(migration);
    } else if (checksum !== migration.checksum) {
      throw new AppError<MigrationErrorCode>(
        'MIGRATION_CHANGED',
        `sql/${String(migration.version).padStart(4, '0')}_${migration.name}.sql was changed after it was applied`,
        { remedy: 'Restore the file and put the change into a new migration.' },
      );
    }
  }
  return done;
}

async function hasNoTables(store: Store): Promise<boolean> {
  const [found] = await store.query<{ readonly count: number }>(
    "SELECT count() AS count FROM system.tables WHERE database = currentDatabase() AND name != 'schema_migrations'",
  );
  return found?.count === 0;
}

async function applyBaseline(
  store: Store,
  all: readonly Migration[],
  baseline: Baseline,
): Promise<readonly Migration[]> {
  const { throughVersion, statements } = baseline;
  await recordApplied(store, [{ version: BASELINE_BEGUN, name: 'baseline', checksum: markOf(baseline) }]);
  for (const statement of statements) await run(store, repeatable(statement));
  const covered = all.filter(({ version }) => version <= throughVersion);
  await recordApplied(store, covered);
  return covered;
}

const markOf = (baseline: Baseline | null): string => `through ${String(baseline?.throughVersion)}`;

function recordApplied(
  store: Store,
  migrations: readonly Pick<Migration, 'version' | 'name' | 'checksum'>[],
): Promise<void> {
  return store.insertRows(
    'schema_migrations',
    migrations.map(({ version, name, checksum }) => ({ version, name, checksum })),
  );
}

function refuseNewerDatabase(applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  const unknown = [...applied.keys()].filter((version) => version > newest);
  if (unknown.length > 0) {
    throw new AppError<MigrationErrorCode>(
      'MIGRATION_NEWER_DATABASE',
      `The database has migration ${Math.max(...unknown)}, this program knows ${newest}`,
      { remedy: 'Run a version of Burnline at least as new as the one that wrote the database.' },
    );
  }
}

/** Migrations that the database lacks; all of them where it has never had one. */
export async function pendingMigrations(store: Store, { all }: Migrations): Promise<readonly Migration[]> {
  const [found] = await store.query<{ readonly count: number }>(
    "SELECT count() AS count FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations'",
  );
  if (found?.count !== 1) return all;
  const rows = await store.query<AppliedRow>('SELECT version, checksum FROM schema_migrations');
  const applied = new Map(rows.map((row) => [row.version, row.checksum]));
  refuseNewerDatabase(applied, all);
  return all.filter((migration) => !applied.has(migration.version));
}

async function apply(store: Store, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await run(store, repeatable(statement));
  await recordApplied(store, [migration]);
}

/** ClickHouse's code for a table or view that is not there. */
const UNKNOWN_TABLE = '60';
const PAUSES_MS = [100, 200, 400, 800];

/** Another process that applies the same file may be making a view anew that this statement reads. */
async function run(store: Store, statement: string): Promise<void> {
  for (const pauseMs of PAUSES_MS) {
    try {
      await store.command(statement);
      return;
    } catch (error) {
      if (!isAppError(error) || error.details['code'] !== UNKNOWN_TABLE) throw error;
    }
    await setTimeout(pauseMs);
  }
  await store.command(statement);
}

/** A crash between two statements of a file is mended by running the file again; so are two migrations at once. */
function repeatable(statement: string): string {
  return statement
    .replace(/^CREATE (TABLE|VIEW|MATERIALIZED VIEW|FUNCTION) (?!IF NOT EXISTS)/, 'CREATE $1 IF NOT EXISTS ')
    .replace(/^(\s+)ADD COLUMN (?!IF NOT EXISTS)/gm, '$1ADD COLUMN IF NOT EXISTS ');
}
