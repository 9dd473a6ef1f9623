import type { SeriesStatus } from '@burnline/queries';

/** Names a series of any stream. */
export const seriesKeyOf = ({
  stream,
  slo,
  labels,
}: Pick<SeriesStatus, 'stream' | 'slo' | 'labels'>): string =>
  JSON.stringify([stream, slo, Object.entries(labels).sort()]);
