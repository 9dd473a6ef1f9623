import { expect, it } from 'vitest';
import { KAFKAJS_VERSION } from './kafkajs-internals.ts';
import { patchKafkajs } from './kafkajs-patches.ts';

it('refuses a version of kafkajs that nobody has read', () => {
  expect(() => patchKafkajs('2.3.0')).toThrow(expect.objectContaining({ code: 'LOG_UNSUPPORTED' }) as Error);
  expect(() => patchKafkajs(KAFKAJS_VERSION)).not.toThrow();
});
