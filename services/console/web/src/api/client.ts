import type { Problem } from '../../../src/api/contract/index.ts';

/** Values of a question; null and empty ones are left out, a list is given value by value. */
export type Params = Readonly<Record<string, string | number | readonly string[] | null | undefined>>;

/** An answer that is none: what went wrong and what to do, for people. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly title: string;
  readonly remedy: string | null;

  constructor(problem: Pick<Problem, 'title' | 'status' | 'detail' | 'remedy'>) {
    super(problem.detail);
    this.status = problem.status;
    this.title = problem.title;
    this.remedy = problem.remedy;
  }
}

/** Whether asking again gets the same answer, whatever happens meanwhile. */
export const isAskedWrongly = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status === 400;

/** The address of a question, beneath whatever prefix the console is served. */
export function apiUrl(path: string, params: Params = {}): string {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue;
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
  }
  return url.href;
}

/** Asks the API. Throws `ApiProblem`, also where nobody answers. */
export async function ask<Answer>(
  url: string,
  init: {
    readonly signal?: AbortSignal;
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<Answer> {
  const headers = {
    accept: 'application/json, application/problem+json',
    ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...init.headers,
  };
  const response = await fetch(url, { ...init, headers }).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiProblem({
      title: 'The console is out of reach',
      status: 0,
      detail: 'No answer came from the server that this page was loaded from.',
      remedy:
        'See whether `burnline up` still runs, and whether this machine reaches it. The page goes on by itself.',
    });
  });
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Answer;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const problem = (await response.json().catch(() => null)) as Partial<Problem> | null;
  return new ApiProblem({
    title: problem?.title ?? response.statusText,
    status: response.status,
    detail: problem?.detail ?? `The server answered with status ${response.status} and no explanation.`,
    remedy: problem?.remedy ?? null,
  });
}
