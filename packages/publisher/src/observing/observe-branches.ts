import type { Observation } from './observation.ts';
import { observeReadable } from './observe-readable.ts';
import { overlay } from './own-property.ts';

type Branches = [ReadableStream<unknown>, ReadableStream<unknown>];

/**
 * Watches a stream that is read by branches: whoever asks for one gets the first half of a `tee`, and the second is kept for
 * the next. As long as that is open, a branch that is cancelled cancels nothing: that its reader left shows there alone.
 */
export function observeBranches(base: ReadableStream<unknown>, observation: Observation): void {
  observeReadable(base, observation);
  let readers = 0;
  const leave = (): void => {
    readers -= 1;
    if (readers === 0) observation.left();
  };
  const watch = (stream: ReadableStream<unknown>): void => {
    const tee = stream.tee.bind(stream);
    overlay(stream, 'tee', (): Branches => {
      const [branch, rest] = tee();
      readers += 1;
      watch(rest);
      return [tellingCancel(branch, leave), rest];
    });
  };
  watch(base);
}

function tellingCancel(branch: ReadableStream<unknown>, onCancel: () => void): ReadableStream<unknown> {
  const reader = branch.getReader();
  return new ReadableStream<unknown>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => {
        onCancel();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
