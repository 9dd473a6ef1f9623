/** Pino's numbers of levels. */
const LEVEL_NAMES: Readonly<Record<string, string>> = {
  '20': 'debug',
  '30': 'info',
  '40': 'warn',
  '50': 'error',
};
/** What every line carries for machines and nobody at a terminal needs. */
const LEFT_OUT: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'name', 'pid', 'hostname']);

/**
 * A JSON log line as people read it: `09:43:35 warn  the database engine died, starting it again  signal=SIGKILL`, times
 * in UTC. What is no such line stays as it is.
 */
export function terminalLine(json: string): string {
  let record: Readonly<Record<string, unknown>>;
  try {
    record = JSON.parse(json) as Readonly<Record<string, unknown>>;
  } catch {
    return json;
  }
  const { level, time, msg } = record;
  const clock = new Date(Number(time)).toISOString().slice(11, 19);
  const word = LEVEL_NAMES[String(level)] ?? String(level);
  const fields = Object.entries(record)
    .filter(([name, value]) => !LEFT_OUT.has(name) && value !== '')
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${clock} ${word.padEnd(5)} ${[String(msg), ...fields].join('  ')}\n`;
}
