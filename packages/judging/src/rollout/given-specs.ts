import type { SpecFile } from '@burnline/specs';
import { AppError } from '@burnline/core';
import { dateTime64OfMs, type Store } from '@burnline/runtime';
import { recordPolicies } from './policy-registry.ts';

type GivenSpecsErrorCode = 'SPECS_NEEDED';

interface GivenRow {
  readonly files: string;
  readonly given_ms: number;
}

/**
 * Records the spec files that a stream is to have from now on; none of them: its SLOs are removed on purpose. To be called
 * before they are announced, so that a start without specs goes on with what the log says.
 */
export async function recordSpecs(
  store: Store,
  stream: string,
  given: { readonly files: readonly SpecFile[]; readonly nowMs: number },
): Promise<void> {
  await recordPolicies(store, stream, given);
  const last = await readRow(store, stream);
  const files = JSON.stringify(given.files.map(({ file, text }) => [file, text]));
  if (last?.files === files) return;
  // The latest row holds: a clock that was set back must not make this an older one.
  const givenMs = Math.max(given.nowMs, (last?.given_ms ?? -1) + 1);
  await store.insertRows('stream_specs', [{ stream, files, given_at: dateTime64OfMs(givenMs) }]);
}

/**
 * The spec files that a stream was last given; none if it never had any, or if its SLOs were removed on purpose. Rejects
 * with SPECS_NEEDED where it judges SLOs of which no file is known.
 */
export async function readGivenSpecs(store: Store, stream: string): Promise<readonly SpecFile[]> {
  const last = await readRow(store, stream);
  if (last !== null)
    return (JSON.parse(last.files) as readonly [string, string][]).map(([file, text]) => ({ file, text }));
  const judged = await store.query<{ readonly slo: string }>(
    `SELECT slo FROM active_specs WHERE stream = {stream:String}
     GROUP BY slo HAVING argMax(spec_rev, activated_at) != '' ORDER BY slo LIMIT 5`,
    { stream },
  );
  if (judged.length === 0) return [];
  throw new AppError<GivenSpecsErrorCode>(
    'SPECS_NEEDED',
    `The stream ${stream} has SLOs (${judged.map(({ slo }) => slo).join(', ')}), and an earlier version has not kept their specs`,
    { remedy: 'Start once with the specs (--specs, or BURNLINE_SPECS): from then on they are known.' },
  );
}

async function readRow(store: Store, stream: string): Promise<GivenRow | null> {
  const [row] = await store.query<GivenRow>(
    `SELECT files, toUnixTimestamp64Milli(given_at) AS given_ms FROM stream_specs FINAL
     WHERE stream = {stream:String}`,
    { stream },
  );
  return row ?? null;
}
