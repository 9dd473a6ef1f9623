import { consoleError } from '../../console-error.ts';
import { checkedStream } from './about.ts';
import type { BookPage } from './judged-book.ts';
import type { JudgedRow } from './overview-row.ts';

/** One series with its figures. */
export type JudgedSeries = JudgedRow & { readonly status: NonNullable<JudgedRow['status']> };

const isJudged = (row: JudgedRow): row is JudgedSeries => row.status !== null;

/**
 * Rows of an SLO, or of all objectives of one, of the stream that is named; else of `live` where it has some, else of all. Throws
 * CONSOLE_NOT_FOUND.
 */
export function rowsOfSlo(
  page: BookPage,
  { slo, stream }: { readonly slo: string; readonly stream: string | undefined },
): readonly JudgedRow[] {
  const name = checkedStream(page, stream);
  const all = page.rows.filter(({ row }) => row.slo === slo || row.slo.startsWith(`${slo}/`));
  const own = all.filter(({ row }) => name === null || row.stream === name);
  if (own.length === 0)
    throw consoleError('CONSOLE_NOT_FOUND', `There is no SLO ${slo.slice(0, 200)}`, {
      remedy: 'Take its name from /api/v1/overview; one that was removed or never judged has no page.',
    });
  const live = own.filter(({ row }) => row.stream === 'live' && row.series !== null);
  return name === null && live.length > 0 ? live : own;
}

/** One series of an SLO. Throws CONSOLE_NOT_FOUND. */
export function findSeries(
  page: BookPage,
  { slo, key, stream }: { readonly slo: string; readonly key: string; readonly stream: string | undefined },
): JudgedSeries {
  const rows = rowsOfSlo(page, { slo, stream });
  const found = rows.filter(isJudged).find(({ row }) => row.slo === slo && row.series === key);
  if (found !== undefined) return found;
  throw consoleError('CONSOLE_NOT_FOUND', `${slo.slice(0, 200)} has no series ${key.slice(0, 60)}`, {
    remedy: `Take its key from /api/v1/slos/${encodeURIComponent(slo)}; a stream may have to be named.`,
  });
}
