import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * Goal: what docs/security.md writes into a server's users' file for an analyst of one tenant shows that tenant's rows alone. The embedded
 * engine reads that file with the server's own code, but knows one user: the page's user is given its name, and no password.
 */
const PAGE = new URL('../../../docs/security.md', import.meta.url);
const PASSWORD = /<password_sha256_hex>.*<\/password_sha256_hex>/;
/** Makes what is read: its rights are a role's, which the session gives up. */
const OWNER = '<owner><grants><query>GRANT ALL ON *.*</query></grants></owner>';

let root: string;
let session: Session;

const ask = (statement: string): string => session.query(statement, 'TSV');

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'users-file-'));
  const [, user = ''] = /```xml\n(<acme>[^`]*<\/acme>)\n```/.exec(await readFile(PAGE, 'utf8')) ?? [];
  expect(user).toMatch(PASSWORD);
  const renamed = user
    .replaceAll('acme>', 'default>')
    .replace(PASSWORD, '<no_password/><quota>default</quota><networks><ip>::/0</ip></networks>')
    .replace('<grants>', '<grants><query>GRANT owner</query>');
  const users = path.join(root, 'users.xml');
  await writeFile(
    users,
    `<clickhouse><profiles><default/><analyst/></profiles><roles>${OWNER}</roles><users>${renamed}</users><quotas><default/></quotas></clickhouse>`,
  );
  const config = path.join(root, 'config.xml');
  await writeFile(
    config,
    `<clickhouse><logger><level>fatal</level></logger><users_config>${users}</users_config></clickhouse>`,
  );
  session = new Session(path.join(root, 'data'), { connectionArgs: [`--config-file=${config}`] });
  ask('SET ROLE owner');
  ask('CREATE DATABASE burnline');
  for (const [table, view] of [
    ['inference_events', 'inferences'],
    ['eval_verdicts', 'verdicts'],
    ['burns', 'rates'],
  ] as const) {
    ask(`CREATE TABLE burnline.${table} (tenant String, n UInt8) ENGINE = MergeTree ORDER BY n`);
    ask(`INSERT INTO burnline.${table} VALUES ('acme', 1), ('acme', 2), ('globex', 3), ('', 4)`);
    ask(`CREATE VIEW burnline.${view} AS SELECT * FROM burnline.${table}`);
  }
  ask('SET ROLE NONE');
  ask('SET readonly = 2');
}, 60_000);
afterAll(async () => {
  session.close();
  await rm(root, { recursive: true });
});

describe.each(['inference_events', 'inferences', 'eval_verdicts', 'verdicts'])('burnline.%s', (name) => {
  it.each([
    ['SELECT tenant, n FROM $ ORDER BY n', 'acme\t1\nacme\t2\n'],
    ['SELECT count() FROM $', '2\n'],
    ["SELECT n FROM $ WHERE tenant != 'acme'", ''],
    ['SELECT max(n) FROM (SELECT * FROM $)', '2\n'],
    ['SELECT n, tenant FROM (SELECT toUInt8(3) AS n) AS asked LEFT JOIN $ AS rows USING n', '3\t\n'],
  ])('%s', (statement, rows) => {
    expect(ask(statement.replace('$', `burnline.${name}`))).toBe(rows);
  });
});

it.each([
  'SELECT * FROM burnline.burns',
  'SELECT * FROM burnline.rates',
  "INSERT INTO burnline.inference_events VALUES ('acme', 9)",
  'DROP ROW POLICY ALL ON burnline.inference_events',
  "SELECT * FROM file('/etc/hostname', 'LineAsString')",
])('is refused: %s', (statement) => {
  expect(() => ask(statement)).toThrow(/ACCESS_DENIED|READONLY|Not enough privileges/);
});
