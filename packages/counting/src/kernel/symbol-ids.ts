import { BeyondWalk } from '@burnline/contracts';
import type { ReaderField } from './columns.ts';

/** For each symbol of the writer the id of the reader's: its own index plus one, or that of the reader's default. */
export function symbolIdsOf(writerSymbols: readonly string[], reader: ReaderField): Int32Array {
  return Int32Array.from(writerSymbols, (symbol) => {
    const own = reader.symbols.indexOf(symbol);
    const index =
      own < 0 && reader.symbolDefault !== null ? reader.symbols.indexOf(reader.symbolDefault) : own;
    if (index < 0) throw new BeyondWalk(symbol);
    return index + 1;
  });
}
