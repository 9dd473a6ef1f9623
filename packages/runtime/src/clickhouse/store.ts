import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
  type ClickHouseClient,
  type ClickHouseSettings,
} from '@clickhouse/client';
import { AppError, type ErrorOutcome } from '@burnline/core';

export type StoreErrorCode =
  | 'STORE_UNREACHABLE'
  | 'STORE_BUSY'
  | 'STORE_DISK_FULL'
  | 'STORE_REFUSED'
  | 'STORE_ROWS_BAD'
  | 'STORE_ROWS_MISSING';

export interface StoreOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Certificates of the authorities to trust, PEM; those of the system without it. */
  readonly tlsCa?: Uint8Array;
  /** A statement that takes longer is given up and, if it was a write, sent again: writes are idempotent. */
  readonly requestTimeoutMs?: number;
}

/** Values for `{name:Type}` placeholders. */
export type QueryParams = Readonly<Record<string, unknown>>;

interface QueryOptions {
  /** The server gives the statement up beyond it, with STORE_BUSY; its own limit holds by default. Whole seconds, rounded up. */
  readonly timeLimitMs?: number;
}

/**
 * What the services need of ClickHouse. Every write is safe to send again: tables are keyed by position in the log.
 *
 * Rejects with STORE_UNREACHABLE, STORE_BUSY or STORE_DISK_FULL (outcome `retry`), STORE_ROWS_BAD or STORE_ROWS_MISSING (`dead-letter`:
 * a row of the insert is at fault), or STORE_REFUSED (`halt`).
 */
export interface Store {
  query<Row>(sql: string, params?: QueryParams, options?: QueryOptions): Promise<Row[]>;
  command(sql: string, params?: QueryParams): Promise<void>;
  /** One INSERT, one object per row, in the columns that the objects have. */
  insertRows(table: string, rows: readonly object[]): Promise<void>;
  /** One INSERT of bytes in any input format. Rejects with STORE_ROWS_MISSING if the server wrote another number of rows. */
  insertBytes(insert: BytesInsert): Promise<void>;
  close(): Promise<void>;
}

export interface BytesInsert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly format: string;
  readonly body: Uint8Array;
  readonly rowCount: number;
  /** The server's settings for this statement. */
  readonly settings?: ClickHouseSettings;
}

/** Server error codes that pass by themselves: timeouts, too many queries, memory pressure, network. */
const BUSY_CODES = new Set(['159', '160', '202', '203', '209', '210', '241', '252', '319', '425', '999']);

/** The server's own words for a full disk, and the operating system's, which it passes on under other codes. */
const DISK_FULL_CODE = '243';
const DISK_FULL_WORDS = /No space left on device|Cannot reserve .* not enough space/i;
const DISK_FULL_REMEDY =
  "Free space on the database's disk, or give it a larger one: what waits is written then, and nothing that was acknowledged is lost.";

/** Server error codes that blame the rows of an INSERT: text, numbers, dates or types that cannot be read. */
const BAD_ROWS_CODES = new Set([
  '6',
  '26',
  '27',
  '33',
  '38',
  '41',
  '69',
  '70',
  '72',
  '117',
  '130',
  '131',
  '349',
  '376',
  '407',
  '691',
]);

/** Server error codes that blame the login: wrong password, user or right. */
const LOGIN_CODES = new Set(['192', '193', '194', '497', '516']);
const LOGIN_REMEDY = 'Check CLICKHOUSE_USER and CLICKHOUSE_PASSWORD, and what the user is granted.';
/** Node's and OpenSSL's words for a certificate that does not prove the server: no waiting makes it one that does. */
const UNTRUSTED_CODES = /CERT|SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/;
const UNTRUSTED_REMEDY =
  'Name the authority of the server in CLICKHOUSE_TLS_CA_FILE, and reach it by a name that its certificate has.';

const REQUEST_TIMEOUT_MS = 60_000;
/** Sockets: one per pool of the engine and a few for tools; the queue in front of a pool is the server's. */
const OPEN_CONNECTIONS_MAX = 8;

export function openStore(options: StoreOptions): Store {
  const client = createClient({
    url: options.url,
    username: options.user,
    password: options.password,
    database: options.database,
    application: 'burnline',
    ...(options.tlsCa === undefined ? {} : { tls: { ca_cert: Buffer.from(options.tlsCa) } }),
    request_timeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    max_open_connections: OPEN_CONNECTIONS_MAX,
    // In the body: a URL with the values of a few series is longer than servers take.
    use_multipart_params: true,
    // Shorter than any server's own keep-alive, so that a socket is never reused while the server closes it.
    keep_alive: { enabled: true, idle_socket_ttl: 2_000 },
    // Every failure is thrown with its cause; the caller decides whether it is worth a line.
    log: { level: ClickHouseLogLevel.OFF },
    // Asynchronous inserts acknowledge before the rows are durable in a part; the commit that follows must not.
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
  });
  return new ClickHouseStore(client, options.url);
}

class ClickHouseStore implements Store {
  readonly #client: ClickHouseClient;
  readonly #url: string;

  constructor(client: ClickHouseClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  async query<Row>(
    sql: string,
    params: QueryParams = {},
    { timeLimitMs }: QueryOptions = {},
  ): Promise<Row[]> {
    return this.#guard(async () => {
      const result = await this.#client.query({
        query: sql,
        query_params: { ...params },
        format: 'JSONEachRow',
        clickhouse_settings: {
          output_format_json_quote_64bit_integers: 0,
          ...(timeLimitMs !== undefined && { max_execution_time: Math.ceil(timeLimitMs / 1_000) }),
        },
      });
      return result.json<Row>();
    });
  }

  async command(sql: string, params: QueryParams = {}): Promise<void> {
    await this.#guard(() => this.#client.command({ query: sql, query_params: { ...params } }));
  }

  async insertRows(table: string, rows: readonly object[]): Promise<void> {
    const first = rows[0];
    if (first === undefined) return;
    const columns = Object.keys(first);
    const body = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
    await this.insertBytes({ table, columns, format: 'JSONEachRow', body, rowCount: rows.length });
  }

  async insertBytes(insert: BytesInsert): Promise<void> {
    const columns = insert.columns.map((column) => `\`${column}\``).join(', ');
    const summary = await this.#guard(async () => {
      const result = await this.#client.exec({
        query: `INSERT INTO ${insert.table} (${columns}) FORMAT ${insert.format}`,
        values: Readable.from([insert.body]),
        clickhouse_settings: insert.settings ?? {},
      });
      result.stream.resume();
      await finished(result.stream);
      return result.summary;
    });
    const written = Number(summary?.written_rows ?? insert.rowCount);
    if (written !== insert.rowCount) {
      throw new AppError<StoreErrorCode>(
        'STORE_ROWS_MISSING',
        `${insert.table}: ${insert.rowCount} rows were sent, ${written} were written`,
        { outcome: 'dead-letter', details: { table: insert.table, sent: insert.rowCount, written } },
      );
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #translate(error: unknown): AppError<StoreErrorCode> {
    if (error instanceof ClickHouseError) {
      const kind = serverErrorKind(error);
      return new AppError<StoreErrorCode>(
        kind.code,
        `ClickHouse at ${this.#url}: code ${error.code} ${error.type ?? ''}: ${error.message}`,
        {
          outcome: kind.outcome,
          ...(LOGIN_CODES.has(error.code) && { remedy: LOGIN_REMEDY }),
          ...(kind.code === 'STORE_DISK_FULL' && { remedy: DISK_FULL_REMEDY }),
          details: { code: error.code },
          cause: error,
        },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    if (isUntrusted(error)) {
      return new AppError<StoreErrorCode>('STORE_REFUSED', `ClickHouse at ${this.#url}: ${reason}`, {
        outcome: 'halt',
        remedy: UNTRUSTED_REMEDY,
        cause: error,
      });
    }
    return new AppError<StoreErrorCode>(
      'STORE_UNREACHABLE',
      `ClickHouse at ${this.#url} does not answer: ${reason}`,
      {
        outcome: 'retry',
        remedy:
          'Check that the server runs, and that the URL is right: https:// for a port that speaks TLS, http:// for one that does not.',
        cause: error,
      },
    );
  }
}

function isUntrusted(error: unknown): boolean {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && UNTRUSTED_CODES.test(code);
}

function serverErrorKind({ code, message }: Pick<ClickHouseError, 'code' | 'message'>): {
  readonly code: StoreErrorCode;
  readonly outcome: ErrorOutcome;
} {
  if (code === DISK_FULL_CODE || DISK_FULL_WORDS.test(message))
    return { code: 'STORE_DISK_FULL', outcome: 'retry' };
  if (BUSY_CODES.has(code)) return { code: 'STORE_BUSY', outcome: 'retry' };
  if (BAD_ROWS_CODES.has(code)) return { code: 'STORE_ROWS_BAD', outcome: 'dead-letter' };
  return { code: 'STORE_REFUSED', outcome: 'halt' };
}
