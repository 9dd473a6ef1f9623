import type { Derivation } from '@burnline/core';
import { readJudgedSlos, readSliPlan, type JudgedSlo } from '@burnline/queries';
import type { Store } from '@burnline/runtime';
import { consoleError } from '../../console-error.ts';
import { rowsOfSlo } from './find-series.ts';
import type { BookPage } from './judged-book.ts';
import type { JudgedRow } from './overview-row.ts';

type Kind = Derivation['kind'];
type OfKind<K extends Kind> = Extract<Derivation, { readonly kind: K }>;

/** An SLO whose good and total are made by one kind of rule. */
export interface DerivedSlo<K extends Kind> {
  readonly slo: string;
  readonly sli: JudgedSlo['sli'];
  readonly rule: OfKind<K>;
}

const derivedSlo = <K extends Kind>(sli: JudgedSlo['sli'], kind: K): DerivedSlo<K> | null =>
  sli.derivation?.kind === kind ? { slo: sli.slo, sli, rule: sli.derivation as OfKind<K> } : null;

/** Those of a kind that a stream is judged by, by name. */
export async function derivedSlos<K extends Kind>(
  store: Store,
  { stream, kind }: { readonly stream: string; readonly kind: K },
): Promise<readonly DerivedSlo<K>[]> {
  const judged = await readJudgedSlos(store, { stream });
  return judged.flatMap(({ sli }) => derivedSlo(sli, kind) ?? []);
}

/** One of them, by its name, with its row. Rejects with CONSOLE_NOT_FOUND, also where it is of another kind. */
export async function oneDerivedSlo<K extends Kind>(
  store: Store,
  page: BookPage,
  asked: {
    readonly slo: string;
    readonly stream: string | undefined;
    readonly kind: K;
    readonly what: string;
  },
): Promise<DerivedSlo<K> & { readonly row: JudgedRow }> {
  const [row] = rowsOfSlo(page, asked).filter((one) => one.row.slo === asked.slo);
  const sli = row === undefined ? null : await readSliPlan(store, row.facts);
  const found = sli === null ? null : derivedSlo(sli, asked.kind);
  if (row !== undefined && found !== null) return { ...found, row };
  throw consoleError('CONSOLE_NOT_FOUND', `${asked.slo.slice(0, 200)} is no SLO of ${asked.what}`, {
    remedy: `/api/v1/slos/${encodeURIComponent(asked.slo)} has what it is judged by.`,
  });
}
