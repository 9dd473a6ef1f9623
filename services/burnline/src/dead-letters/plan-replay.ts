import type { Letter } from './letter-table.ts';

/** Attempts at one content, wherever it stands: what fails three times fails for a reason that sending does not mend. */
export const ATTEMPTS_MAX = 3;

/** How a letter gets back: its bytes appended to its partition again, or its rows written at its own position. */
type ReplayWay = 'append' | 'write';

export interface PlannedReplay {
  readonly letter: Letter;
  readonly way: ReplayWay;
  /** From 1. */
  readonly attempt: number;
}

export interface RefusedReplay {
  readonly letter: Letter;
  readonly why: string;
}

export interface ReplayPlan {
  readonly planned: readonly PlannedReplay[];
  readonly refused: readonly RefusedReplay[];
}

/** What is known of a letter beyond its row. */
export interface LetterFacts {
  readonly isOfReplay: boolean;
  /** This version reads the bytes. */
  readonly isReadable: boolean;
  /** Messages in its partition from the letter's own to the end. */
  readonly messagesSince: number;
  readonly repeatWindowMessages: number;
}

/** Decides which letters are sent, and why the others are not. The same content counts once for each time it is sent. */
export function planReplay(letters: readonly Letter[], factsOf: (letter: Letter) => LetterFacts): ReplayPlan {
  const attempts = new Map<string, number>();
  const planned: PlannedReplay[] = [];
  const refused: RefusedReplay[] = [];
  for (const letter of letters) {
    const way = wayOf(letter);
    const attempt = Math.max(letter.attempts, attempts.get(letter.checksum) ?? 0) + 1;
    const why =
      attempt > ATTEMPTS_MAX ? capText(attempt - 1) : way === 'append' ? refusal(factsOf(letter)) : null;
    if (why !== null) {
      refused.push({ letter, why });
      continue;
    }
    attempts.set(letter.checksum, attempt);
    planned.push({ letter, way, attempt });
  }
  return { planned, refused };
}

export function capText(attempts: number): string {
  return `its content was sent ${attempts} times already, and the cap is ${ATTEMPTS_MAX}`;
}

/**
 * What the database refused was read and counted by the processor at its position: appended again it would be a repeat, or
 * counted twice. Only its rows are missing.
 */
function wayOf({ code }: Letter): ReplayWay {
  return code.startsWith('STORE_') ? 'write' : 'append';
}

function refusal(facts: LetterFacts): string | null {
  if (facts.isOfReplay) return 'it belongs to a replay: mend the file, and replay that';
  if (facts.messagesSince > facts.repeatWindowMessages || !facts.isReadable) return null;
  const missing = facts.repeatWindowMessages - facts.messagesSince + 1;
  return (
    'this version reads it where it stands, so that its events would be taken for repeats; ' +
    `send it once ${missing} more messages are in its partition`
  );
}
