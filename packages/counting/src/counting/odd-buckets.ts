/** Beyond the indexes of buckets, which are 16 bits: zeros are counted apart, and what has no bucket is not counted. */
export const ZERO_BUCKET = 65_536;
export const NO_BUCKET = 65_537;
