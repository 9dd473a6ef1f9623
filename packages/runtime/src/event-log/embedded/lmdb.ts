import { createRequire } from 'node:module';
import type { Database, open, RootDatabase } from 'lmdb' with { 'resolution-mode': 'require' };

export type { Database, RootDatabase };

/**
 * Loads the native binding: at the first opening of a log, not at import.
 *
 * lmdb's declarations for `import` say `export =`, which TypeScript refuses in a module of that kind (TS1203); those for
 * `require` are the same and valid. So the binding is loaded, and typed, the CommonJS way.
 */
export function loadLmdb(): { readonly open: typeof open } {
  const load = createRequire(import.meta.url);
  // What `require` returns is untyped; the declarations imported above are those of this very module.
  return load('lmdb') as { readonly open: typeof open };
}
