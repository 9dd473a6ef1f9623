import { BeyondWalk } from './beyond-walk.ts';

/** Texts and enum indexes below it take one byte of length or index. */
const ONE_BYTE = 0x80;

/**
 * Code that reads a value at `pos` and goes past it: a number to `value`, a boolean's byte to `byte`, a text's length to
 * `length` (its bytes then lie before `pos`).
 */
export function readScalarCode(typeName: string): string {
  switch (typeName) {
    case 'int':
    case 'long':
      return `byte = bytes[pos];
if (byte < ${ONE_BYTE}) { value = (byte >> 1) ^ -(byte & 1); pos += 1; }
else { value = readLong(bytes, pos, position); pos = position.next; }`;
    case 'double':
      return 'value = view.getFloat64(pos, true); pos += 8;';
    case 'float':
      return 'value = view.getFloat32(pos, true); pos += 4;';
    case 'boolean':
      return 'byte = bytes[pos]; if (byte !== 0 && byte !== 1) refuse(); pos += 1;';
    case 'string':
      return `byte = bytes[pos];
if (byte < ${ONE_BYTE} && (byte & 1) === 0) { length = byte >> 1; pos += 1 + length; }
else { length = readCount(bytes, pos, position); pos = position.next + length; }
if (pos > end) refuse();`;
    default:
      throw new BeyondWalk(typeName);
  }
}

/** Code that goes past a value at `pos` without looking at more of it than is checked. */
export function skipScalarCode(typeName: string): string {
  switch (typeName) {
    case 'null':
      return '';
    case 'boolean':
      return readScalarCode('boolean');
    case 'int':
    case 'long':
      return `pos = bytes[pos] < ${ONE_BYTE} ? pos + 1 : skipLong(bytes, pos, position);`;
    case 'float':
      return 'pos += 4;';
    case 'double':
      return 'pos += 8;';
    // What goes past the end is found by the next read; the end of the batch is always one.
    case 'bytes':
    case 'string':
      return `byte = bytes[pos];
pos = byte < ${ONE_BYTE} && (byte & 1) === 0 ? pos + 1 + (byte >> 1) : skipText(bytes, pos, position);`;
    default:
      throw new BeyondWalk(typeName);
  }
}
