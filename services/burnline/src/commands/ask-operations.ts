import { AppError } from '@burnline/core';

/** A gate reads weeks of raw rows to compare two arms; the pipeline bounds each of its own questions to the tables. */
const ANSWER_MS_MAX = 120_000;

interface Refusal {
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

/**
 * Asks a pipeline's or an alerter's operations port for a change.
 *
 * Rejects with CLI_OPERATIONS_UNREACHABLE, or with what it was refused for.
 */
export async function askOperations<Answer>(
  { url, token }: { readonly url: string; readonly token: string },
  path: string,
  body: object,
): Promise<Answer> {
  const response = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  }).catch((error: unknown) => {
    throw new AppError('CLI_OPERATIONS_UNREACHABLE', `The operations port at ${url} does not answer`, {
      remedy: 'Check that the pipeline or the alerter runs, and its address.',
      cause: error,
    });
  });
  const answer = (await response.json()) as Answer & Refusal;
  if (response.ok) return answer;
  const { code, message, remedy } = answer.error ?? {
    code: 'CLI_OPERATIONS_REFUSED',
    message: `the operations port answered HTTP ${response.status}`,
  };
  throw new AppError(code, message, remedy === undefined ? {} : { remedy });
}
