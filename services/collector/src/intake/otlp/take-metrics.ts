import type { CollectorParts } from '../../collector-parts.ts';
import type { Accepted, Exchange } from '../dialect.ts';
import { exportPieces, type ExportCodec } from './located.ts';

/**
 * Takes nothing of metrics, and says so as the specification asks: all of their points are left out, which exporters do not send
 * again. Metrics cannot become events, each of which is one call. Rejects where the body is no export request.
 */
export async function takeMetrics(
  parts: CollectorParts,
  { body, turns, signal }: Omit<Exchange, 'request'>,
  codec: ExportCodec<number>,
): Promise<Accepted> {
  const pieces = exportPieces(body, codec);
  let points = 0;
  await turns.run(() => {
    const next = pieces.next();
    if (next.done !== true) points += next.value?.read() ?? 0;
    return next.done === true;
  }, signal);
  parts.metrics?.ignored('metrics', points);
  if (points === 0) return { accepted: 0 };
  return { accepted: 0, refused: { wrongCount: points, wrongIndexes: [], problemCount: 0, problems: [] } };
}
