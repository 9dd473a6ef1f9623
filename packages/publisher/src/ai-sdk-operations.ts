import type { EventInput } from './event-input.ts';

/** Operations of one service under way at a time; one that never says that it ended is forgotten after so many others. */
const OPERATIONS_MAX = 4_096;

/** Where an operation's next call to the model stands. */
interface Operation {
  step: number;
  attempt: number;
  /** A failed attempt whose event waits for what comes next: another attempt, or the end. */
  failed: EventInput | null;
}

/**
 * What the AI SDK's operations (one `generateText`, `streamText` or the like) are at: the steps of a tool loop, each with
 * its attempts. Whether an attempt was the last one shows only later, so the event of a failed one is held till then.
 */
export class AiSdkOperations {
  readonly #emit: (input: EventInput) => void;
  readonly #byId = new Map<string, Operation>();

  constructor(emit: (input: EventInput) => void) {
    this.#emit = emit;
  }

  beginStep(callId: string, step: number): void {
    const operation = this.#of(callId);
    this.#settle(operation, true);
    Object.assign(operation, { step, attempt: 0 });
  }

  beginAttempt(callId: string): { readonly step: number; readonly attempt: number } {
    const operation = this.#of(callId);
    this.#settle(operation, false);
    const { step, attempt } = operation;
    operation.attempt += 1;
    return { step, attempt };
  }

  fail(callId: string, event: EventInput): void {
    this.#of(callId).failed = event;
  }

  end(callId: string): void {
    const operation = this.#byId.get(callId);
    if (operation === undefined) return;
    this.#byId.delete(callId);
    this.#settle(operation, true);
  }

  endAll(): void {
    for (const callId of [...this.#byId.keys()]) this.end(callId);
  }

  #of(callId: string): Operation {
    const known = this.#byId.get(callId);
    if (known !== undefined) return known;
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined && this.#byId.size >= OPERATIONS_MAX) this.end(oldest);
    const operation: Operation = { step: 0, attempt: 0, failed: null };
    this.#byId.set(callId, operation);
    return operation;
  }

  #settle(operation: Operation, isFinal: boolean): void {
    const { failed } = operation;
    operation.failed = null;
    if (failed !== null) this.#emit({ ...failed, is_final: isFinal });
  }
}
