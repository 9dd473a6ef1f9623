import type { EngineUser } from '../config.ts';
import { ClickHouseError } from './clickhouse-error.ts';

type Role = EngineUser['role'];

/** One request's right to wait for a session and run. */
export interface Place {
  /** Throws ClickHouseError 202 when all places are taken; idempotent. */
  take(): void;
  /** Idempotent. */
  free(): void;
}

/** Counts requests that run or wait for a session, by role: no role can take another's places. */
export class Admission {
  readonly #capacities: Readonly<Record<Role, number>>;
  readonly #taken: Record<Role, number> = { pipeline: 0, analyst: 0 };

  constructor(capacities: Readonly<Record<Role, number>>) {
    this.#capacities = capacities;
  }

  placeFor(role: Role): Place {
    let isTaken = false;
    return {
      take: () => {
        if (isTaken) return;
        const limit = this.#capacities[role];
        if (this.#taken[role] >= limit) throw tooMany(limit);
        this.#taken[role] += 1;
        isTaken = true;
      },
      free: () => {
        if (!isTaken) return;
        this.#taken[role] -= 1;
        isTaken = false;
      },
    };
  }
}

function tooMany(limit: number): ClickHouseError {
  return new ClickHouseError(
    202,
    'TOO_MANY_SIMULTANEOUS_QUERIES',
    `Too many simultaneous queries. Maximum: ${limit}`,
  );
}
