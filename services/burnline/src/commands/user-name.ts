import { userInfo } from 'node:os';

/**
 * Who runs this, for a record of what was done. A user without an entry in the system's table (containers run as such) is
 * known by number.
 */
export function userName(lookUp: () => { readonly username: string } = userInfo): string {
  try {
    return lookUp().username;
  } catch {
    return `uid ${String(process.getuid?.() ?? 'unknown')}`;
  }
}
