import path from 'node:path';
import type { Output } from '../output/output.ts';
import { openReplay, type ReplaySource } from '../replay/reader/index.ts';

/** Reads a history through once; nothing is published of a file with a mistake. */
export function readSource(
  input: { readonly file: string; readonly mapping: string | undefined; readonly anyTime?: boolean },
  output: Output,
  interrupted: AbortSignal,
): Promise<ReplaySource> {
  const { file, mapping } = input;
  return output.withProgress({ title: `checking ${path.basename(file)}`, unit: 'bytes' }, (onProgress) =>
    openReplay({
      file,
      ...(mapping === undefined ? {} : { mapping }),
      ...(input.anyTime === true ? { nowMs: null } : {}),
      onProgress: ({ bytesDone, bytesTotal }) => {
        interrupted.throwIfAborted();
        onProgress(bytesDone, bytesTotal);
      },
    }),
  );
}
