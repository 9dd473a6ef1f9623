import { AppError } from '@burnline/core';

/** A gate reads weeks of raw rows to compare two arms; the pipeline bounds each of its own questions to the tables. */
const ANSWER_MS_MAX = 120_000;

type OperationsErrorCode = 'OPERATIONS_UNREACHABLE' | 'OPERATIONS_REFUSED';

/** Where an operations port is, and what it wants to see. */
export interface OperationsAddress {
  readonly url: string;
  readonly token: string;
}

interface Refusal {
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
}

/**
 * Asks a pipeline's or an alerter's operations port for a change.
 *
 * @param answerMsMax how long it is waited for, ms
 *
 * Rejects with OPERATIONS_UNREACHABLE, OPERATIONS_REFUSED where something else answers there, or with what it was refused for.
 */
export async function askOperations<Answer>(
  { url, token }: OperationsAddress,
  path: string,
  body: object,
  { answerMsMax = ANSWER_MS_MAX }: { readonly answerMsMax?: number } = {},
): Promise<Answer> {
  const response = await fetch(url.replace(/\/+$/, '') + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    // The token is for this address alone.
    redirect: 'error',
    signal: AbortSignal.timeout(answerMsMax),
  }).catch((error: unknown) => {
    throw new AppError<OperationsErrorCode>(
      'OPERATIONS_UNREACHABLE',
      `The operations port at ${url} does not answer`,
      {
        remedy: 'Check that the pipeline or the alerter runs, and its address.',
        cause: error,
      },
    );
  });
  const answer = (await response.json().catch(() => null)) as (Answer & Refusal) | null;
  if (response.ok && typeof answer === 'object' && answer !== null) return answer;
  const { code, message, remedy }: NonNullable<Refusal['error']> = answer?.error ?? {
    code: 'OPERATIONS_REFUSED' satisfies OperationsErrorCode,
    message: `the operations port answered HTTP ${response.status}${response.ok ? ' without an answer: something else is there, or it broke off' : ''}`,
  };
  throw new AppError(code, message, remedy === undefined ? {} : { remedy });
}
