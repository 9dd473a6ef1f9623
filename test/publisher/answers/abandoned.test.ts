import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { genericAnswer, timeStream, type EventInput } from '@burnline/publisher';
import { expect, it } from 'vitest';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

async function* endless(): AsyncGenerator<number> {
  for (let chunk = 0; ; chunk += 1) {
    await Promise.resolve();
    yield chunk;
  }
}

it('a stream that is dropped where it is, is cancelled once it is gone; one that is held has not ended', async () => {
  const emitted: EventInput[] = [];
  const options = {
    publisher: { emit: (input: EventInput) => emitted.push(input) },
    event: {},
    adapter: genericAnswer(),
  };
  const begin = (): AsyncGenerator<number> => timeStream(endless(), options);
  const read = async (): Promise<void> => {
    await begin().next();
  };
  const held = begin();
  await held.next();
  await read();
  for (let round = 0; round < 200 && emitted.length === 0; round += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(emitted).toMatchObject([{ status: 'cancelled', error_type: 'abandoned' }]);
  await held.return(undefined);
  expect(emitted).toMatchObject([{}, { error_type: 'consumer_left' }]);
});
