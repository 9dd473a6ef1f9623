import { Readable } from 'node:stream';
import { readBody } from '../bodies/read-body.ts';
import { intakeError } from '../http/intake-error.ts';

/** Before each message: whether it is compressed, and its length, big-endian (grpc/grpc, doc/PROTOCOL-HTTP2.md). */
const PREFIX_BYTES = 5;

type ReadOptions = Omit<Parameters<typeof readBody>[1], 'encoding'>;

/** How messages of a call are compressed, where they say that they are. */
export type MessageEncoding = 'identity' | 'gzip';

/** Throws COLLECTOR_ENCODING_REFUSED. */
export function messageEncodingOf(named = 'identity'): MessageEncoding {
  if (named === 'identity' || named === 'gzip') return named;
  throw intakeError('COLLECTOR_ENCODING_REFUSED', `Messages are encoded as ${named.slice(0, 64)}`, {
    remedy: 'Send them as they are, or with grpc-encoding gzip.',
  });
}

/** The one message of a call, unpacked. Rejects with COLLECTOR_BODY_BROKEN for none or several, and as `readBody` does. */
export async function readMessage(
  stream: Readable,
  encoding: MessageEncoding,
  options: ReadOptions,
): Promise<Buffer> {
  const body = await readBody(stream, { ...options, encoding: 'identity' });
  const length = body.length < PREFIX_BYTES ? -1 : body.readUInt32BE(1);
  const message = body.subarray(PREFIX_BYTES);
  if (length !== message.length) throw broken(`it has ${message.length} bytes, and says ${length}`);
  if (body[0] === 0) return message;
  if (body[0] !== 1 || encoding === 'identity') throw broken('it is compressed, and does not say how');
  return readBody(Readable.from([message]), { ...options, encoding });
}

/** A message as it is sent. */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function broken(why: string): Error {
  return intakeError('COLLECTOR_BODY_BROKEN', `The call is not one message of gRPC: ${why}`, {
    remedy: 'Send one export request in each call, as clients that are made from the service do.',
  });
}
