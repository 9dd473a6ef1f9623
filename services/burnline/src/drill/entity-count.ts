import { sumReader, type Envelope } from '@burnline/core';

type JudgedRecord = Readonly<Record<string, unknown>>;

/** What the events of one entity come to, one after another, by the envelope's definition. Doubles hold what a drill consumes. */
export class EntityCount {
  readonly #envelope: Envelope;
  readonly #consumed: readonly ((record: JudgedRecord) => unknown)[];
  readonly #expected: ((record: JudgedRecord) => unknown) | null;
  #calls = 0;
  #consumedSum = 0;
  #unknownCalls = 0;
  #expectedSum = 0;
  #statedCalls = 0;

  constructor(envelope: Envelope) {
    this.#envelope = envelope;
    this.#consumed = envelope.consumed.map(sumReader);
    this.#expected = envelope.expected === null ? null : sumReader(envelope.expected.sum);
  }

  /** Gives what the event consumed, in the unit of the envelope's fields. */
  add(record: JudgedRecord): number {
    const values = this.#consumed.map((read) => read(record));
    const known = values.filter((value) => typeof value === 'number');
    const units = this.#consumed.length === 0 ? 1 : known.reduce((sum, value) => sum + value, 0);
    const stated = this.#expected?.(record);
    this.#calls += 1;
    this.#consumedSum += units;
    this.#unknownCalls += Number(known.length < values.length);
    if (typeof stated === 'number') {
      this.#statedCalls += 1;
      this.#expectedSum += stated;
    }
    return units;
  }

  /** Whether it is certain that the entity is beyond its envelope. */
  get isBeyond(): boolean {
    const { expected, limit, operator } = this.#envelope;
    const isBelow = (used: number, allowed: number): boolean =>
      operator === '<' ? used < allowed : used <= allowed;
    const factor = limit.numerator / limit.denominator;
    if (expected === null) return !isBelow(this.#consumedSum, factor);
    const isStated = expected.of === 'entity' ? this.#statedCalls > 0 : this.#statedCalls === this.#calls;
    if (!isStated) return false;
    if (expected.isBelieved === true) {
      const difference = Math.abs(this.#consumedSum - this.#expectedSum);
      return this.#unknownCalls === 0 && !isBelow(difference, factor * this.#expectedSum);
    }
    const allowed = expected.of === 'event' ? this.#expectedSum : this.#expectedSum / this.#statedCalls;
    return !isBelow(this.#consumedSum, factor * allowed);
  }
}
