import { expect, test } from 'vitest';
import { loadMapping } from './load-mapping.ts';

test('a mapping file that is not there, or a directory, is an error with a code', async () => {
  await expect(loadMapping('/nonexistent/mapping.yaml')).rejects.toMatchObject({
    code: 'REPLAY_FILE_UNREADABLE',
  });
  await expect(loadMapping(import.meta.dirname)).rejects.toMatchObject({ code: 'REPLAY_FILE_UNREADABLE' });
});
