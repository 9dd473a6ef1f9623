import { connect, type Socket } from 'node:net';
import { randomFrom } from '../../support/random.ts';
import { drawConnectionBytes, type Random, type RequestParts } from './raw-http-requests.ts';

/** A port under fire. */
export interface RawHttpTarget extends RequestParts {
  readonly host: string;
  readonly port: number;
}

export interface RawHttpFuzzOptions {
  /** How long; `fuzzSeconds` reads it from the environment. The run ends within a second of it. */
  readonly seconds: number;
  /** Repeats a run's draws; drawn anew and written to standard error when absent. */
  readonly seed?: number;
  /** Connections at once: 16. */
  readonly connectionCount?: number;
  /** Asked several times a second and once at the end. Rejects when the server does not do its work any more. */
  readonly checkAlive: () => Promise<void>;
}

export interface RawHttpFuzzReport {
  readonly seed: number;
  readonly connectionCount: number;
  /** How many answers began with each status. */
  readonly answerCounts: ReadonlyMap<number, number>;
  /** First lines of what a server sent that is no HTTP answer. */
  readonly strangeAnswers: readonly string[];
}

/** Longer than a server that answers at all takes on a busy machine; many draws wait for bytes that never come. */
const ANSWER_WAIT_MS = 300;
const ALIVE_CHECK_INTERVAL_MS = 500;
const STATUS_LINE = /^HTTP\/1\.[01] (\d{3}) /;

/** What BURNLINE_FUZZ_SECONDS says, else `fallback`. */
export function fuzzSeconds(fallback: number): number {
  const text = process.env['BURNLINE_FUZZ_SECONDS'] ?? '';
  const seconds = text === '' ? fallback : Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new Error(`BURNLINE_FUZZ_SECONDS must be a number of seconds above 0, not "${text}"`);
  }
  return seconds;
}

/** What BURNLINE_FUZZ_SEED says, else a new one; written to standard error, so that a run that failed can be repeated. */
export function fuzzSeed(name: string): number {
  const text = process.env['BURNLINE_FUZZ_SEED'] ?? '';
  const seed = text === '' ? Math.floor(Math.random() * 2 ** 32) : Number(text);
  process.stderr.write(`${name}: BURNLINE_FUZZ_SEED=${seed}\n`);
  return seed;
}

/**
 * Writes drawn bytes to a port, whole, in pieces, or breaking off, until the time is over. Throws as soon as `checkAlive` does,
 * naming the seed. What the server must answer to a bad request is its own test's business: here it must live and answer others.
 */
export async function fuzzRawHttp(
  target: RawHttpTarget,
  options: RawHttpFuzzOptions,
): Promise<RawHttpFuzzReport> {
  const seed = options.seed ?? fuzzSeed(`raw HTTP to port ${target.port}`);
  const endMs = performance.now() + options.seconds * 1000;
  const answerCounts = new Map<number, number>();
  const strangeAnswers: string[] = [];
  let connectionCount = 0;
  let failure: unknown;
  const goesOn = (): boolean => performance.now() < endMs && failure === undefined;

  const client = async (index: number): Promise<void> => {
    const random = randomFrom(seed + index);
    while (goesOn()) {
      connectionCount += 1;
      const answer = await exchange(target, drawConnectionBytes(random, target), random);
      if (answer === '') continue;
      const status = STATUS_LINE.exec(answer)?.[1];
      if (status === undefined) strangeAnswers.push(answer.slice(0, 80));
      else answerCounts.set(Number(status), (answerCounts.get(Number(status)) ?? 0) + 1);
    }
  };
  const watch = async (): Promise<void> => {
    while (goesOn()) {
      await options.checkAlive();
      await new Promise((resolve) => setTimeout(resolve, ALIVE_CHECK_INTERVAL_MS));
    }
    await options.checkAlive();
  };
  const watching = watch().catch((error: unknown) => {
    failure = error;
  });
  await Promise.all(Array.from({ length: options.connectionCount ?? 16 }, (_, index) => client(index)));
  await watching;
  if (failure !== undefined) {
    throw new Error(`The server failed after ${connectionCount} connections (seed ${seed})`, {
      cause: failure,
    });
  }
  return { seed, connectionCount, answerCounts, strangeAnswers };
}

/** One connection's fate: its bytes go out whole or in pieces, and it is left open, half closed or reset. */
function exchange(target: RawHttpTarget, bytes: Buffer, random: Random): Promise<string> {
  const manner = random();
  const cut = Math.floor(random() * bytes.length);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(target.port, target.host, () => {
      write(socket, bytes, { manner, cut });
    });
    const timer = setTimeout(() => socket.destroy(), ANSWER_WAIT_MS);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      answer = (answer + chunk.toString('latin1')).slice(0, 4096);
    });
    // A server may refuse and reset at any moment.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

function write(socket: Socket, bytes: Buffer, way: { readonly manner: number; readonly cut: number }): void {
  if (way.manner < 0.1) {
    // Gone before, or right after, the server sees anything.
    socket.write(bytes.subarray(0, way.cut));
    socket.resetAndDestroy();
    return;
  }
  if (way.manner < 0.25) {
    socket.write(bytes.subarray(0, way.cut));
    setTimeout(() => {
      if (!socket.destroyed) socket.end(bytes.subarray(way.cut));
    }, 20);
    return;
  }
  if (way.manner < 0.6) socket.end(bytes);
  else socket.write(bytes);
}
