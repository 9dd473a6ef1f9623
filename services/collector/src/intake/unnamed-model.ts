/** Of a call that names no model, as some that failed: left out, its failure would be missing from every count. */
export const UNNAMED_MODEL = 'unknown';
