import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MIB = 2 ** 20;

/** A line of what Linux tells of a process's memory, in MiB; undefined on other systems. */
async function statusMib(pid, name) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1_024;
}

async function residentMib(pid) {
  return (
    (await statusMib(pid, 'VmRSS')) ??
    Number((await run('ps', ['-o', 'rss=', '-p', `${pid}`])).stdout) / 1_024
  );
}

/**
 * A process's own memory. Pages of mapped files are not counted where the system tells them apart (Linux): the log is mapped,
 * and the kernel keeps as much of it as nobody else needs.
 */
export async function ownMemoryMib(pid) {
  return (await statusMib(pid, 'RssAnon')) ?? residentMib(pid);
}

/** What the memory of a RunningPipeline is made of, in MiB by name: both processes', V8's own and the engine's own account. */
export async function memoryParts(pipeline) {
  const { heapUsed, heapTotal, external } = await pipeline.call('memory');
  const rows = await pipeline.query(
    `SELECT metric, value FROM system.metrics WHERE metric IN ('MemoryTracking', 'MarkCacheBytes', 'UncompressedCacheBytes')
     UNION ALL SELECT 'Parts', count() FROM system.parts
     UNION ALL SELECT 'PartKeyBytes', sum(primary_key_bytes_in_memory_allocated) FROM system.parts`,
  );
  const engine = Object.fromEntries(rows.map(({ metric, value }) => [metric, Number(value)]));
  return {
    'pipeline, resident': await residentMib(pipeline.pid),
    'pipeline, its own': await ownMemoryMib(pipeline.pid),
    '- heap in use': heapUsed / MIB,
    '- heap reserved': heapTotal / MIB,
    '- outside the heap, buffers': external / MIB,
    'engine, resident': await residentMib(pipeline.enginePid),
    'engine, its own': await ownMemoryMib(pipeline.enginePid),
    '- by its own account': engine.MemoryTracking / MIB,
    '- mark cache': engine.MarkCacheBytes / MIB,
    '- uncompressed cache': engine.UncompressedCacheBytes / MIB,
    '- primary keys of parts': engine.PartKeyBytes / MIB,
    'parts of tables (a number)': engine.Parts,
  };
}
