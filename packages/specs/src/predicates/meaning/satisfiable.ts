import type { Condition } from './condition.ts';
import { common, isEmpty } from './value-set.ts';
import type { ValueSet } from './value-set.ts';

/** Steps of one search: what takes more is taken to hold of some event, so that nothing is said of it. */
const STEP_COUNT_MAX = 5_000;

/** Looks for an event that conditions hold of, alternative by alternative. */
class Search {
  #stepsLeft = STEP_COUNT_MAX;

  finds(conditions: readonly Condition[], known: ReadonlyMap<string, ValueSet>): boolean {
    const sets = new Map(known);
    const pending = [...conditions];
    const choices: (readonly Condition[])[] = [];
    for (let condition = pending.pop(); condition !== undefined; condition = pending.pop()) {
      if (--this.#stepsLeft < 0) return true;
      switch (condition.kind) {
        case 'constant':
          if (!condition.holds) return false;
          break;
        case 'all':
          pending.push(...condition.parts);
          break;
        case 'any':
          choices.push(condition.parts);
          break;
        case 'atom': {
          const { key, allowed, possible } = condition;
          const left = common(sets.get(key) ?? possible, allowed);
          if (isEmpty(left)) return false;
          sets.set(key, left);
        }
      }
    }
    const [first, ...others] = choices;
    if (first === undefined) return true;
    const rest = others.map((parts): Condition => ({ kind: 'any', parts }));
    return first.some((alternative) => this.finds([alternative, ...rest], sets));
  }
}

/**
 * Whether some event may have all the conditions. `false` is certain; `true` may be wrong where terms hang together in
 * ways that are not looked into.
 */
export function maySatisfy(...conditions: readonly Condition[]): boolean {
  return new Search().finds(conditions, new Map());
}
