/** Names as RFC 1123 has them. */
export const NAME_PATTERN = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const NAME_EXPECTED = 'a name of at most 63 lower-case letters, digits and -, as RFC 1123 has it';

/** A text as a name: `p95 under 800 ms` becomes `p95-under-800-ms`. Empty where nothing of it can stand in one. */
export function nameOfText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
}
