import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * docs/tables.md and docs/events.md are made from the migrations' and the schemas' own comments.
 * After a change: `npm test -- test/golden/reference-docs.test.ts -u`.
 */
const ROOT = new URL('../..', import.meta.url).pathname;
const COLUMN = /^ {4}(\w+) (.+?)(?: DEFAULT [\w()]+)? COMMENT '((?:[^']|'')+)',?$/gm;

/** A column that a later migration adds. */
const ADDED =
  /ADD COLUMN (?:IF NOT EXISTS )?(\w+) (.+?)(?: (?:DEFAULT|MATERIALIZED) .+?)? COMMENT '((?:[^']|'')+)'/g;

/** A column that a later migration gives another type or comment. */
const MODIFIED = /MODIFY COLUMN (\w+) (.+?)(?: DEFAULT [\w()]+)? COMMENT '((?:[^']|'')+)'/g;

const unquote = (text: string): string => text.replaceAll("''", "'");

function tablesReference(): string {
  const files = readdirSync(`${ROOT}/sql`)
    .filter((file) => /^\d{4}_/.test(file))
    .sort();
  const text = files.map((file) => readFileSync(`${ROOT}/sql/${file}`, 'utf8')).join('\n');
  const all = text.replace(/^--.*$/gm, '').split(/;\s*$/m);
  const created = all.filter((statement) => /^\s*CREATE (OR REPLACE )?(TABLE|VIEW)/.test(statement));
  const nameOf = (statement: string): string =>
    /CREATE (?:OR REPLACE )?(?:TABLE|VIEW) (\w+)/.exec(statement)![1]!;
  // A view that a later migration makes anew is described as it is then.
  const statements = created.filter(
    (statement, index) => !created.slice(index + 1).some((later) => nameOf(later) === nameOf(statement)),
  );
  const sections = statements.map((statement) => {
    const [, kind, name] = /CREATE (?:OR REPLACE )?(TABLE|VIEW) (\w+)/.exec(statement)!;
    const changes = all.filter((one) => /ALTER TABLE (\w+)/.exec(one)?.[1] === name);
    const said = changes.flatMap((change) => /MODIFY COMMENT '((?:[^']|'')+)'/.exec(change)?.[1] ?? []);
    const comment = unquote(said.at(-1) ?? /COMMENT '((?:[^']|'')+)'\s*$/.exec(statement.trim())![1]!);
    const added = changes.flatMap((change) => [...change.matchAll(ADDED)]);
    const modified = new Map(
      changes.flatMap((change) => [...change.matchAll(MODIFIED)]).map((match) => [match[1], match]),
    );
    const columns = [...statement.matchAll(COLUMN), ...added]
      .map((match) => modified.get(match[1]) ?? match)
      .map(
        ([, column, type, doc]) => `| \`${column!}\` | ${type!.replaceAll('|', '\\|')} | ${unquote(doc!)} |`,
      );
    const table =
      columns.length === 0
        ? ''
        : `\n\n| column | type | meaning |\n| --- | --- | --- |\n${columns.join('\n')}`;
    return `## ${name!}${kind === 'VIEW' ? ' (view)' : ''}\n\n${comment}${table}`;
  });
  return [
    '# Tables and views',
    'Database `burnline`. Analysts read views first: `slo_status`, `alerts`, `fleet_between`, `cost_between`, `inferences`, `verdicts`, `slo_hours`,',
    '`slo_budgets` ([the SQL cookbook](sql-cookbook.md) has a query for each). Those with parameters are called like functions, with every parameter by its name;',
    'the tables below them keep superseded versions until ClickHouse merges them, so read those with `FINAL`. All times are UTC.\n',
    sections.join('\n\n'),
    '',
  ].join('\n');
}

interface AvroField {
  readonly name: string;
  readonly doc?: string;
  readonly type: unknown;
}

function typeText(type: unknown): string {
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return type.map(typeText).join(' or ');
  const complex = type as {
    type: string;
    logicalType?: string;
    symbols?: string[];
    items?: unknown;
    values?: unknown;
    size?: number;
    name?: string;
  };
  if (complex.symbols !== undefined) return complex.symbols.join(', ');
  if (complex.items !== undefined) return `list of ${typeText(complex.items)}`;
  if (complex.values !== undefined) return `map of ${typeText(complex.values)}`;
  if (complex.size !== undefined) return `${complex.size} bytes`;
  if (complex.type === 'record') return complex.name ?? 'record';
  return complex.logicalType ?? complex.type;
}

/** What every way in holds events to. */
const RULES = `## What is refused

One set of rules holds at every way in: \`emit()\` of the publisher, \`POST /v1/events\` and \`/v1/verdicts\`, batches of
publishers and \`burnline replay\`. What breaks one is refused with the field named, never stored as something else.

- Bounds: texts have at most 512 characters, maps 32 entries with keys of 1 to 64 characters and texts of at most 256, durations are 0 ms to a year,
  tokens 0 to a thousand million, \`http_status\` is 100 to 599 or 0, \`confidence\` 0 to 1, \`sample_weight\` 1 to a million, a time
  lies between 2001-09-09 and 2286-11-20 (so that microseconds cannot be mistaken for another unit).
- Contradictions: \`cached_input_tokens\` above \`input_tokens\` or both kinds of cached tokens together, \`reasoning_tokens\` above
  \`output_tokens\`, \`refused_by\` of an attempt that is ok, \`ttft_ms\` above \`duration_ms\`, \`request_ttft_ms\` above \`request_elapsed_ms\`, on the final attempt \`request_elapsed_ms\` below \`duration_ms\`,
  \`tool_errors\` above \`tool_calls\`, a \`cost_source\` of \`unknown\` beside a cost or another one without; a verdict judged
  (\`judged_at\`) before its inference was complete. What nobody stated contradicts nothing.
- Texts and keys that are not whole Unicode characters (half of a surrogate pair, bytes that are no UTF-8), a key \`__proto__\`,
  and a key that a JSON object or a map has twice.
`;

function eventsReference(): string {
  const directory = `${ROOT}/packages/contracts/schemas`;
  const table = JSON.parse(readFileSync(`${directory}/schema-table.json`, 'utf8')) as {
    kind: string;
    file: string;
    id: number;
  }[];
  const sections = table.map(({ kind, file, id }) => {
    const schema = JSON.parse(readFileSync(`${directory}/${file}`, 'utf8')) as {
      name: string;
      doc?: string;
      fields: AvroField[];
    };
    const rows = schema.fields.map(
      (field) => `| \`${field.name}\` | ${typeText(field.type)} | ${field.doc ?? ''} |`,
    );
    return `## ${schema.name} (${kind}, schema ${id})\n\n${schema.doc ?? ''}\n\n| field | type | meaning |\n| --- | --- | --- |\n${rows.join('\n')}`;
  });
  return [
    '# Events',
    'The records of the event log, as Avro. The collector takes the same names as JSON at `POST /v1/events` and `POST /v1/verdicts`',
    '(one object, an array, or one per line): an event needs `service`, `status`, `model_requested` or `model_served`,',
    'and `duration_ms` where it went well (of a failure it may be unknown); `event_id` may be left out, `occurred_at` is ISO 8601 or epoch microseconds, `cost_usd` may stand for',
    '`cost_nano_usd`. Absent is not zero: leave out what is not known. [Publishing by HTTP](intake.md) has the requests, retries and',
    'refusals.\n',
    RULES,
    sections.join('\n\n'),
    '',
  ].join('\n');
}

describe('reference docs', () => {
  it('describes every table and view as the migrations do', async () => {
    await expect(tablesReference()).toMatchFileSnapshot('../../docs/tables.md');
  });

  it('describes every field of every record as the schemas do', async () => {
    await expect(eventsReference()).toMatchFileSnapshot('../../docs/events.md');
  });

  it('finds a unit or source for every column of every table', () => {
    const lines = readdirSync(`${ROOT}/sql`).flatMap((file) =>
      readFileSync(`${ROOT}/sql/${file}`, 'utf8')
        .split('\n')
        .filter((line) =>
          /^ {4}\w+ (?:LowCardinality|String|UInt|Int|Float|DateTime|Bool|Map|Array|Enum|Nullable|UUID)/.test(
            line,
          ),
        ),
    );
    expect(lines.length).toBeGreaterThan(100);
    expect(lines.filter((line) => !/COMMENT '.*Source: .+'/.test(line))).toEqual([]);
  });
});
