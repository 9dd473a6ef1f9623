import {
  readChangeMarks,
  readStreamProgress,
  type ChangeMarks,
  type StreamProgress,
} from '@burnline/queries';
import type { Clock, Logger, Store } from '@burnline/runtime';
import { consoleError } from '../console-error.ts';
import type { Change } from './contract/index.ts';

/** How often it is looked whether something changed, as long as somebody listens. */
const LOOK_MS = 2_000;
/** A line that says nothing, so that proxies keep the connection and whoever is gone is noticed. */
const HEARTBEAT_MS = 15_000;
const LISTENERS_MAX = 64;
/** Bytes that a listener may leave unread: a hundred changes or so. Then it is closed, and connects anew. */
const UNREAD_BYTES_MAX = 32 * 1024;

interface Listener {
  /** Throws once whoever listens may no longer. */
  readonly checkAccess: () => void;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

/** Also of an answer to HEAD, which nobody reads on and which therefore must not be listened for. */
export const CHANGES_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
} as const;

interface Seen {
  readonly marks: ChangeMarks;
  readonly progress: readonly StreamProgress[];
}

/** Tells whoever listens which questions have another answer now. One look for all of them, and none where nobody listens. */
export class Changes {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<Listener>();
  readonly #encoder = new TextEncoder();
  #timer: NodeJS.Timeout | null = null;
  #isLooking = false;
  #heartbeatAtMs = 0;
  #seen: Seen | null = null;

  constructor({
    store,
    clock,
    logger,
  }: {
    readonly store: Store;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * A stream of server-sent events until the client goes, falls behind or may no longer listen, or the server closes. Throws
   * CONSOLE_BUSY.
   */
  listen(checkAccess: () => void): Response {
    if (this.#listeners.size >= LISTENERS_MAX)
      throw consoleError('CONSOLE_BUSY', `${LISTENERS_MAX} listen already, as many as may`, {
        remedy: 'Close a window, or ask /api/v1/overview every few seconds instead.',
      });
    let own: Listener | null = null;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = { checkAccess, controller };
          this.#listeners.add(own);
          // How soon a client that lost its connection comes back.
          controller.enqueue(this.#encoder.encode('retry: 3000\n\n'));
          this.#start();
        },
        cancel: () => {
          if (own !== null) this.#remove(own);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: UNREAD_BYTES_MAX }),
    );
    return new Response(body, { headers: CHANGES_HEADERS });
  }

  close(): void {
    for (const listener of [...this.#listeners]) this.#end(listener);
  }

  #start(): void {
    if (this.#timer !== null) return;
    this.#heartbeatAtMs = this.#clock.nowMs();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    this.#endRefused();
    if (this.#isLooking || this.#listeners.size === 0) return;
    this.#isLooking = true;
    try {
      const [marks, progress] = await Promise.all([
        readChangeMarks(this.#store),
        readStreamProgress(this.#store),
      ]);
      const seen = { marks, progress };
      const what = this.#seen === null ? [] : changedSince(this.#seen, seen);
      this.#seen = seen;
      if (what.length > 0) this.#tell(this.#textOf(what, progress));
      else if (this.#clock.nowMs() - this.#heartbeatAtMs >= HEARTBEAT_MS) this.#tell(': still here\n\n');
    } catch (error) {
      // The next look may find it back; a page says by itself how old its figures are.
      this.#logger.warn({ error: String(error) }, 'could not look for changes');
    } finally {
      this.#isLooking = false;
    }
  }

  #textOf(what: Change['what'], progress: readonly StreamProgress[]): string {
    const change: Change = {
      asOf: new Date(this.#clock.nowMs()).toISOString(),
      what,
      evaluatedThroughMs: Object.fromEntries(
        progress.flatMap(({ stream, evaluatedThroughMs: throughMs }) =>
          throughMs === null ? [] : [[stream, throughMs]],
        ),
      ),
    };
    return `event: change\ndata: ${JSON.stringify(change)}\n\n`;
  }

  #tell(text: string): void {
    this.#heartbeatAtMs = this.#clock.nowMs();
    const bytes = this.#encoder.encode(text);
    for (const listener of [...this.#listeners]) {
      if ((listener.controller.desiredSize ?? 0) < bytes.length) this.#end(listener);
      else listener.controller.enqueue(bytes);
    }
  }

  /** Whose key is gone or has expired hears no more. */
  #endRefused(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener.checkAccess();
      } catch {
        this.#end(listener);
      }
    }
  }

  #end(listener: Listener): void {
    this.#remove(listener);
    try {
      listener.controller.close();
    } catch {
      // The client closed it in the same moment.
    }
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#seen = null;
  }
}

function changedSince(before: Seen, now: Seen): Change['what'] {
  const through = ({ progress }: Seen): string =>
    JSON.stringify(progress.map((one) => [one.stream, one.evaluatedThroughMs]));
  return [
    ...(through(before) === through(now) ? [] : (['judged'] as const)),
    ...(before.marks.decisions === now.marks.decisions ? [] : (['alerts'] as const)),
    ...(before.marks.specs === now.marks.specs ? [] : (['specs'] as const)),
  ];
}
