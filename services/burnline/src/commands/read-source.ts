import type { Output } from '../output/output.ts';
import { openReplay, type ReplaySource } from '../replay/reader/index.ts';

/** Reads a history through once; nothing is published of a file with a mistake. */
export async function readSource(
  file: string,
  mapping: string | undefined,
  output: Output,
): Promise<ReplaySource> {
  let bar: ReturnType<Output['progress']> | null = null;
  const source = await openReplay({
    file,
    ...(mapping === undefined ? {} : { mapping }),
    onProgress: ({ bytesDone, bytesTotal }) => {
      bar ??= output.progress('checking', bytesTotal);
      bar.update(bytesDone);
    },
  });
  (bar as ReturnType<Output['progress']> | null)?.done();
  return source;
}
