import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { AnswerAssembler } from './answer-assembler.ts';

const KEEP_ALIVE_MS = 60_000;
/** What is read at once, into the same memory each time. */
const READ_BYTES = 256 * 1024;

export interface SocketAddress {
  readonly host: string;
  readonly port: number;
  /** Absent or null without TLS. */
  readonly ssl?: ConnectionOptions | null;
  readonly onConnect: () => void;
}

/** As kafkajs opens sockets by default; opened here, so that whoever holds one can cut it. */
export function openSocket({ host, port, ssl, onConnect }: SocketAddress): Socket {
  // A certificate names a host, and a name is asked for where there is one.
  const named = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...named, ...ssl }, onConnect)
    : openPlain({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
}

/** Its data are whole answers. (Node reads into given memory without TLS alone.) */
function openPlain(address: { readonly host: string; readonly port: number }, onConnect: () => void): Socket {
  const assembler = new AnswerAssembler((bytes) => {
    socket.emit('data', bytes);
  });
  const onread = {
    buffer: Buffer.allocUnsafeSlow(READ_BYTES),
    callback: (byteCount: number, buffer: Uint8Array) => {
      assembler.push(Buffer.from(buffer.buffer, buffer.byteOffset, byteCount));
      return true;
    },
  };
  const socket = connect({ ...address, onread }, onConnect);
  return socket;
}
