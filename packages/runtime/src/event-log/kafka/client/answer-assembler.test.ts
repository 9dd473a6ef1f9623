import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerAssembler } from './answer-assembler.ts';
import { openSocket } from './open-socket.ts';

function answerOf(payload: Uint8Array): Buffer {
  const answer = Buffer.alloc(4 + payload.length);
  answer.writeInt32BE(payload.length);
  answer.set(payload, 4);
  return answer;
}

const payload = fc.uint8Array({ minLength: 1, maxLength: 300 });

describe('answers on a connection', () => {
  it('come out whole and in order, wherever the bytes are cut and whatever becomes of the memory they came in', () => {
    const cases = fc.tuple(
      fc.array(payload, { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 40 })),
    );
    fc.assert(
      fc.property(cases, ([payloads, cuts]) => {
        const answers = payloads.map(answerOf);
        const found: Buffer[] = [];
        const assembler = new AnswerAssembler((bytes) => found.push(bytes));
        let rest = Buffer.concat(answers);
        for (const cut of [...cuts, rest.length]) {
          const piece = Buffer.from(rest.subarray(0, cut));
          rest = rest.subarray(piece.length);
          assembler.push(piece);
          piece.fill(0xee);
        }
        expect(found).toEqual(answers);
      }),
      { seed: 20_261_129 },
    );
  });

  it.each([-5, 0, 0x7fff_ffff])(
    'with a length of %d are handed on as they come, and take no memory',
    (length) => {
      const found: Buffer[] = [];
      const assembler = new AnswerAssembler((bytes) => found.push(bytes));
      const odd = Buffer.alloc(10, 7);
      odd.writeInt32BE(length);
      const all = Buffer.concat([answerOf(Buffer.from('before')), odd]);
      for (const byte of all) assembler.push(Buffer.from([byte]));
      expect(Buffer.concat(found)).toEqual(all);
    },
  );

  it('are the data of a socket, which ends as any does', async () => {
    const answers = [answerOf(Buffer.alloc(700_000, 'a')), answerOf(Buffer.from('b'))];
    const server = createServer((peer) => {
      peer.end(Buffer.concat(answers));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = openSocket({ host: '127.0.0.1', port, onConnect: () => undefined });
    const found: Buffer[] = [];
    socket.on('data', (bytes) => found.push(bytes));
    await once(socket, 'end');
    expect(found.map((bytes) => bytes.equals(answers[found.indexOf(bytes)] ?? Buffer.alloc(0)))).toEqual([
      true,
      true,
    ]);
    socket.destroy();
    server.close();
  });
});
