import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('a process with a publisher', () => {
  it.each([
    ['an event lingers', '{ lingerMs: 60000 }'],
    [
      'a failed send waits',
      '{ lingerMs: 0, retry: { backoffMs: 60000, backoffMsMax: 60000 }, random: () => 0.9 }',
    ],
  ])('ends by itself while %s, though the publisher was neither closed nor flushed', (_, options) => {
    const program = `
      import { createPublisher } from '@burnline/publisher';
      const publisher = createPublisher({ transport: { send: () => Promise.reject(new Error('down')) },
        partitionCount: 1, service: 'a', environment: 'b', ...${options} });
      publisher.emit({ model_requested: 'm', status: 'ok', duration_ms: 1 });
      await new Promise((resolve) => setTimeout(resolve, 100));
      console.log('buffered', publisher.counters().buffered);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: new URL('..', import.meta.url).pathname,
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect(output).toBe('buffered 1\n');
  });

  it('lives until a flush is through', () => {
    const program = `
      import { createPublisher } from '@burnline/publisher';
      let calls = 0;
      const publisher = createPublisher({ partitionCount: 1, service: 'a', environment: 'b', random: () => 0.9,
        transport: { send: () => (++calls < 3 ? Promise.reject(new Error('down')) : Promise.resolve()) } });
      publisher.emit({ model_requested: 'm', status: 'ok', duration_ms: 1 });
      await publisher.flush();
      console.log('acknowledged', publisher.counters().acknowledged);`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: new URL('..', import.meta.url).pathname,
      timeout: 20_000,
      encoding: 'utf8',
    });
    expect(output).toBe('acknowledged 1\n');
  });
});
