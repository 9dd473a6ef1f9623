import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { apiUrl, ask, isAskedWrongly, type ApiProblem, type Params } from './client.ts';
import { POLL_MS, useFreshness } from './live.ts';

/** One question to the API, asked again when something changes. What was there stays until the new answer is. */
export function useAnswer<Answer>(
  path: string,
  params: Params = {},
  { isAsked = true }: { readonly isAsked?: boolean } = {},
): UseQueryResult<Answer, ApiProblem> {
  const isPolled = useFreshness() === 'polling';
  return useQuery<Answer, ApiProblem>({
    queryKey: [path, params],
    queryFn: ({ signal }) => ask<Answer>(apiUrl(path, params), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => isPolled && !isAskedWrongly(state.error) && POLL_MS,
    enabled: isAsked,
  });
}

/** Part of an answer, and where the next one begins. */
interface Paged {
  readonly next: string | null;
}

interface Pages<Answer> {
  readonly pages: readonly Answer[];
}

/** An answer in pages, of which the next one is asked for by `fetchNextPage`. */
export function usePages<Answer extends Paged>(
  path: string,
  params: Params,
): UseInfiniteQueryResult<Pages<Answer>, ApiProblem> {
  const isPolled = useFreshness() === 'polling';
  return useInfiniteQuery<Answer, ApiProblem, Pages<Answer>, readonly unknown[], string | null>({
    queryKey: [path, params, 'pages'],
    queryFn: ({ signal, pageParam }) =>
      ask<Answer>(apiUrl(path, { ...params, cursor: pageParam }), { signal }),
    initialPageParam: null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => isPolled && !isAskedWrongly(state.error) && POLL_MS,
  });
}
