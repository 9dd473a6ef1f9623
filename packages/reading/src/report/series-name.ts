/** A series as reports name it: its SLO, and the values of its group. */
export const seriesNameOf = ({
  slo,
  labels,
}: {
  readonly slo: string;
  readonly labels: Readonly<Record<string, string>>;
}): string => [slo, ...Object.values(labels)].join(' ').trimEnd();
