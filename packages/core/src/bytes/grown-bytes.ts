/**
 * Larger memory with the first `usedBytes` of one that is full: twice as large, or as large as is needed, and never above
 * `bytesMax` (the caller has checked that what is needed fits). It is nobody else's, so views may cover its whole `buffer`.
 */
export function grownBytes(
  bytes: Uint8Array,
  size: { readonly usedBytes: number; readonly neededBytes: number; readonly bytesMax?: number },
): Uint8Array<ArrayBuffer> {
  const wanted = Math.max(size.neededBytes, 2 * bytes.length);
  const grown = new Uint8Array(Math.min(wanted, size.bytesMax ?? wanted));
  grown.set(bytes.subarray(0, size.usedBytes));
  return grown;
}
