import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { withIncomingFile, withTemporaryPath } from '../engine/incoming-file.ts';
import { NO_CONTEXT } from '../engine/no-context.ts';
import type { EnginePools } from '../engine/pools.ts';
import { stringLiteral } from '../sql/sql-tokens.ts';
import { ClickHouseError } from './clickhouse-error.ts';
import type { QueryLimits, QueryRequest } from './query-request.ts';
import { tooLarge } from './request-body.ts';

/**
 * Runs `work` with the request's body as plain bytes. What Node cannot decompress (lz4, zstd...) the engine does, from file to
 * file and within a query's memory limit. Only the pipeline may ask for that: it occupies a session that writes.
 *
 * Throws ClickHouseError 48 for an analyst, 229 when the plain bytes are too many.
 */
export async function withPlainBody<T>(
  pools: EnginePools,
  limits: QueryLimits,
  request: QueryRequest,
  work: (body: AsyncIterable<Buffer>) => Promise<T>,
): Promise<T> {
  const codec = request.body.engineCodec;
  if (codec === undefined) return work(request.body.stream);
  if (request.user.role === 'analyst') {
    throw new ClickHouseError(48, 'NOT_IMPLEMENTED', `Content-Encoding ${codec} is for inserts; use gzip`);
  }
  return withTemporaryPath(limits.incomingPath, async (plainPath) => {
    await withIncomingFile(limits.incomingPath, request.body.stream, async (packedPath) => {
      const target = `file(${literals(plainPath, 'RawBLOB', 'raw String', 'none')})`;
      const source = `file(${literals(packedPath, 'RawBLOB', 'raw String', codec)})`;
      const statement = `INSERT INTO FUNCTION ${target} SELECT raw FROM ${source}`;
      await pools.write.use(request.signal, (session) =>
        session.run(NO_CONTEXT, (query) => query(statement, 'Null')),
      );
    });
    const { size } = await stat(plainPath);
    if (size > limits.maxBodyBytes) throw tooLarge(limits.maxBodyBytes);
    return work(createReadStream(plainPath) as AsyncIterable<Buffer>);
  });
}

function literals(...texts: readonly string[]): string {
  return texts.map(stringLiteral).join(', ');
}
