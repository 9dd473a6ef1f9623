import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerOptions,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { Intake } from '../held-request.ts';
import type { Certificate } from '../http/certificate.ts';
import { HANDSHAKE_TIMEOUT_MS, boundHandshakes } from '../http/connections.ts';
import { listen, urlOf, type ListeningAddress } from '../http/listen.ts';
import { handleCall } from './handle-call.ts';

export interface GrpcServer {
  readonly url: string;
  /** Takes no more calls; those under way are answered, within a bound. */
  close(): Promise<void>;
}

/** Exporters keep one connection each; an idle one makes room for a new one. */
const SESSIONS_MAX = 256;
const STREAMS_MAX = 64;
/** An exporter sends every few seconds; one that says nothing for so long has gone. */
const IDLE_MS = 600_000;
const HEADER_BYTES_MAX = 16 * 1024;
/** What a client may send ahead of what is read, in one call and in all of a connection. */
const CALL_WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
const SESSION_MEMORY_MB = 10;
const CLOSE_TIMEOUT_MS = 5_000;

/** Connections that are in the middle of their handshakes beside those that are through. */
const CONNECTIONS_MAX = 2 * SESSIONS_MAX;

/**
 * Serves OTLP over gRPC, beside the intake and with its bounds; with TLS where there is a certificate. Rejects with
 * COLLECTOR_PORT_IN_USE.
 */
export async function serveGrpc(
  intake: Intake,
  { certificate, ...address }: ListeningAddress & { readonly certificate: Certificate | null },
): Promise<GrpcServer> {
  const options = {
    maxSessionMemory: SESSION_MEMORY_MB,
    settings: {
      enablePush: false,
      maxConcurrentStreams: STREAMS_MAX,
      maxHeaderListSize: HEADER_BYTES_MAX,
      initialWindowSize: CALL_WINDOW_BYTES,
    },
  };
  const server = certificate === null ? createServer(options) : createSecureGrpc(options, certificate);
  const sessions = new Sessions();
  server.on('session', (session) => {
    sessions.add(session);
  });
  server.on('stream', (stream, headers) => {
    handleCall(intake, stream, headers);
  });
  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  return {
    url: urlOf(address.host, port, certificate === null ? 'http' : 'https'),
    close: () => close(server, sessions),
  };
}

function createSecureGrpc(options: ServerOptions, certificate: Certificate): Http2SecureServer {
  const server = createSecureServer({
    ...options,
    ...certificate.options,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  boundHandshakes(server, CONNECTIONS_MAX);
  certificate.renewAt(server);
  return server;
}

/** The connections of a server, those without a call in the order in which they became idle. */
class Sessions {
  readonly #all = new Set<ServerHttp2Session>();
  readonly #idle = new Set<ServerHttp2Session>();

  add(session: ServerHttp2Session): void {
    // What breaks a connection is its client's; calls on it hear of its end.
    session.on('error', () => undefined);
    if (this.#all.size >= SESSIONS_MAX) {
      const [oldest] = this.#idle;
      (oldest ?? session).destroy();
      if (oldest === undefined) return;
    }
    this.#all.add(session);
    this.#idle.add(session);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.setTimeout(IDLE_MS, () => {
      session.destroy();
    });
    let callCount = 0;
    session.on('stream', (stream) => {
      callCount += 1;
      this.#idle.delete(session);
      stream.once('close', () => {
        callCount -= 1;
        if (callCount === 0 && !session.destroyed) this.#idle.add(session);
      });
    });
    session.once('close', () => {
      this.#all.delete(session);
      this.#idle.delete(session);
    });
  }

  /** Lets calls under way end. */
  close(): void {
    for (const session of this.#all) session.close();
  }

  destroy(): void {
    for (const session of this.#all) session.destroy();
  }
}

function close(server: Http2Server | Http2SecureServer, sessions: Sessions): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      sessions.destroy();
    }, CLOSE_TIMEOUT_MS);
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    sessions.close();
  });
}
