import { receiverInvalid } from './address.ts';

/** Something that a receiver is reached by, and what the receiver is called. */
export interface NamedEntry {
  readonly name: string;
  readonly value: string;
  /** Its place among those that are given, from 1: what an error calls it, which must not show it. */
  readonly number: number;
}

/** A name before the value: `on-call=https://host/path`. */
const NAMED = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,39})=(.*)$/s;
/** Receivers' names and positions go into one commit. */
const RECEIVERS_MAX = 20;

/**
 * Receivers as they are written, `VALUE` or `NAME=VALUE`. Without a name the first is `KIND`, the second `KIND-2`, and so on;
 * what a receiver has not taken yet is kept under its name.
 *
 * @throws AppError RECEIVER_INVALID, whose message never shows a value: it often is a secret.
 */
export function namedEntries(entries: readonly string[], kind: string): readonly NamedEntry[] {
  const named = entries.map((entry, index) => {
    const [, given, rest] = NAMED.exec(entry) ?? [];
    const name = given ?? (index === 0 ? kind : `${kind}-${index + 1}`);
    return { name, value: rest ?? entry, number: index + 1 };
  });
  const names = named.map(({ name }) => name);
  if (named.length > RECEIVERS_MAX)
    throw receiverInvalid(`${named.length} ${kind}s are given, ${RECEIVERS_MAX} is the most.`);
  if (new Set(names).size < names.length)
    throw receiverInvalid(`Two ${kind}s have the same name: ${names.join(', ')}.`);
  return named;
}

/** Entries of a text, or of a file that holds them: separated by white space, lines that begin with # left out. */
export function entriesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .flatMap((line) => line.split(/\s+/))
    .filter((entry) => entry !== '');
}
