import { Gauge, Registry } from 'prom-client';

/** One value of a gauge. Samples of a name share its help; their labels may differ. */
export interface GaugeSample {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export const GAUGES_TEXT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/** Values as Prometheus reads them. Of a name that is told twice with the same labels the last value stands. */
export function gaugesText(samples: readonly GaugeSample[]): Promise<string> {
  const registry = new Registry();
  const byName = new Map<string, GaugeSample[]>();
  for (const sample of samples) {
    const known = byName.get(sample.name);
    if (known === undefined) byName.set(sample.name, [sample]);
    else known.push(sample);
  }
  for (const [name, own] of byName) {
    const labelNames = [...new Set(own.flatMap(({ labels }) => Object.keys(labels)))];
    const gauge = new Gauge({ name, help: own[0]?.help ?? name, labelNames, registers: [registry] });
    for (const { labels, value } of own) gauge.set(labels, value);
  }
  return registry.metrics();
}
