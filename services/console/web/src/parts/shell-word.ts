/** One word to a shell, whatever it holds, and none that begins like an option. */
export const shellWord = (text: string): string =>
  /^[\w./:=@%+][\w./:=@%+-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
