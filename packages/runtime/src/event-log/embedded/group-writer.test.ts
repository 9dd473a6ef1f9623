import { expect, it } from 'vitest';
import { logError } from '../log-errors.ts';
import { GroupWriter, type WriteJob } from './group-writer.ts';

const MIB = 1024 * 1024;

/** A writer whose transactions the test ends, and the names that each of them wrote. */
function harness(pendingBytesMax = 100 * MIB) {
  const transactions: { readonly names: string[]; end: () => void; fail: () => void }[] = [];
  const outcomes: string[] = [];
  let names: string[] = [];
  const writer = new GroupWriter({
    pendingBytesMax,
    transact: (write) => {
      names = [];
      write();
      const written = names;
      return new Promise<void>((resolve, reject) => {
        transactions.push({
          names: written,
          end: resolve,
          fail: () => {
            reject(new Error('disk'));
          },
        });
      });
    },
    explain: (error) => Promise.resolve(logError('LOG_WRITE_FAILED', String(error), { remedy: 'none' })),
  });
  const job = (name: string, memoryBytes = 1): WriteJob => ({
    memoryBytes,
    write: () => {
      if (name.startsWith('refused')) throw new Error(name);
      names.push(name);
    },
    committed: () => outcomes.push(`${name} committed`),
    failed: (error) => outcomes.push(`${name} failed: ${(error as Error).message}`),
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { writer, job, transactions, outcomes, turn };
}

it('shares a transaction among what was submitted in one turn and among what came during a flush', async () => {
  const { writer, job, transactions, outcomes, turn } = harness();
  for (const name of ['a', 'b']) writer.submit(job(name));
  await turn();
  for (const name of ['c', 'd', 'e']) writer.submit(job(name));
  await turn();
  expect(transactions.map(({ names }) => names)).toEqual([['a', 'b']]);
  expect(outcomes).toEqual([]);
  transactions[0]!.end();
  await turn();
  expect(transactions.map(({ names }) => names)).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
  expect(outcomes).toEqual(['a committed', 'b committed']);
  transactions[1]!.end();
  await writer.idle();
  expect(outcomes).toHaveLength(5);
});

it('bounds a transaction and takes a larger job alone', async () => {
  const { writer, job, transactions, turn } = harness();
  writer.submit(job('small'));
  writer.submit(job('large', 40 * MIB));
  writer.submit(job('nine', 9 * MIB));
  writer.submit(job('six', 6 * MIB));
  writer.submit(job('two', 2 * MIB));
  for (let index = 0; index < 4; index += 1) {
    await turn();
    transactions[index]!.end();
  }
  await writer.idle();
  expect(transactions.map(({ names }) => names)).toEqual([['small'], ['large'], ['nine', 'six'], ['two']]);
});

it('fails every job of a failed transaction and none of the next', async () => {
  const { writer, job, transactions, outcomes, turn } = harness();
  writer.submit(job('a'));
  writer.submit(job('b'));
  await turn();
  writer.submit(job('c'));
  transactions[0]!.fail();
  await turn();
  transactions[1]!.end();
  await writer.idle();
  expect(outcomes).toEqual(['a failed: Error: disk', 'b failed: Error: disk', 'c committed']);
});

it('fails a job that refuses before it writes, alone', async () => {
  const { writer, job, transactions, outcomes, turn } = harness();
  for (const name of ['a', 'refused', 'b']) writer.submit(job(name));
  await turn();
  transactions[0]!.end();
  await writer.idle();
  expect(outcomes).toEqual(['refused failed: refused', 'a committed', 'b committed']);
});

it('refuses with LOG_BUSY what memory may not hold, except what takes none', async () => {
  const { writer, job, transactions, turn } = harness(10);
  writer.submit(job('a', 8));
  expect(() => {
    writer.submit(job('b', 3));
  }).toThrow(expect.objectContaining({ code: 'LOG_BUSY', outcome: 'retry' }));
  writer.submit(job('commit', 0));
  await turn();
  transactions[0]!.end();
  await writer.idle();
  writer.submit(job('larger than the bound, alone', 11));
  await turn();
  transactions[1]!.end();
  await writer.idle();
  expect(transactions.map(({ names }) => names)).toEqual([['a', 'commit'], ['larger than the bound, alone']]);
});
