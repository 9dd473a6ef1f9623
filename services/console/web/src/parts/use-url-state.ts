import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';
import { readUrlState, writeUrlState, type UrlState } from './url-state.ts';

export type ChangeUrl = (changes: Readonly<Record<string, string | null>>) => void;

/** The query of the page's address, and a way to change it; a change that one types replaces the entry of the history. */
export function useUrlState(): readonly [UrlState, ChangeUrl] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const state = useMemo(() => readUrlState(search), [search]);
  const change = useCallback<ChangeUrl>(
    (changes) => {
      const query = writeUrlState(state, changes);
      navigate(query === '' ? path : `${path}?${query}`, { replace: !('from' in changes) });
    },
    [state, path, navigate],
  );
  return [state, change];
}
