import { LZ4_BLOCK_WASM } from './lz4-block-wasm.ts';

/** TypeScript declares WebAssembly for browsers alone; this is what is used of Node's. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: BlockDecoder };
}

interface BlockDecoder {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  decode(src: number, end: number, start: number, limit: number): number;
}

const PAGE_BYTES = 65_536;
/** What the decoder may read and write behind its bounds, and more. */
const MARGIN_BYTES = 64;
/** As compressed; a block that is larger goes another way. */
export const SOURCE_BYTES_MAX = 1024 * 1024;
const PLAIN_AT = SOURCE_BYTES_MAX + MARGIN_BYTES;

let decoderModule: object | null = null;

/**
 * Memory for the plain bytes of LZ4 blocks, outside V8's care: it is made once and used over and over, so that reading makes
 * no garbage. Bytes given out are good until `clear`.
 */
export class Lz4Memory {
  readonly #decoder: BlockDecoder;
  readonly #bytes: Buffer;
  readonly #end: number;
  #used = PLAIN_AT;

  /** `plainBytes`: what it holds at most. The system gives memory when it is first written to. */
  constructor(plainBytes: number) {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
    decoderModule ??= new Module(Buffer.from(LZ4_BLOCK_WASM, 'base64'));
    this.#decoder = new Instance(decoderModule).exports;
    this.#end = PLAIN_AT + plainBytes;
    this.#decoder.memory.grow(Math.ceil((this.#end + MARGIN_BYTES) / PAGE_BYTES) - 1);
    this.#bytes = Buffer.from(this.#decoder.memory.buffer);
  }

  /** Where the next bytes will stand; what stands from there on is nobody's. */
  get used(): number {
    return this.#used;
  }

  /** Bytes given out before may be overwritten from now on. */
  clear(): void {
    this.#used = PLAIN_AT;
  }

  /** Gives back what stands from a place on. */
  clearFrom(used: number): void {
    this.#used = used;
  }

  /** What stands from a place on. */
  bytesFrom(used: number): Buffer {
    return this.#bytes.subarray(used, this.#used);
  }

  /** Puts a block's plain bytes behind the others; how many, or null for a block that is none or holds more than `bytesMax`. */
  addBlock(block: Buffer, bytesMax: number): number | null {
    if (block.length > SOURCE_BYTES_MAX) return null;
    this.#bytes.set(block, 0);
    const limit = this.#used + Math.min(bytesMax, this.#end - this.#used);
    const byteCount = this.#decoder.decode(0, block.length, this.#used, limit);
    if (byteCount < 0) return null;
    this.#used += byteCount;
    return byteCount;
  }

  /** Puts bytes as they are behind the others; null for more than `bytesMax` or than there is room for. */
  add(bytes: Buffer, bytesMax: number): number | null {
    if (bytes.length > Math.min(bytesMax, this.#end - this.#used)) return null;
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    return bytes.length;
  }
}
