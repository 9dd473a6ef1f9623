import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { userName } from './user-name.ts';

describe('who runs a command', () => {
  it('is known by name', () => {
    expect(userName()).toBe(userInfo().username);
  });

  it('is known by number where the system has no name, as in a container with a user of its own', () => {
    const nameless = (): never => {
      throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
    };
    expect(userName(nameless)).toBe(`uid ${String(process.getuid?.())}`);
  });
});
