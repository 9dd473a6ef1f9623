/** Faults of a proxied connection; `stream` says which way they act: downstream, from server to client, by default. */
export type Toxic = (
  | { readonly kind: 'latency'; readonly latencyMs: number; readonly jitterMs?: number }
  /** The connection is reset after the time; at once for 0. */
  | { readonly kind: 'reset_peer'; readonly afterMs: number }
  /** Nothing passes, and after the time the connection is closed; never for 0. */
  | { readonly kind: 'timeout'; readonly afterMs: number }
  /** Closed once so many bytes have passed. */
  | { readonly kind: 'limit_data'; readonly bytes: number }
  | { readonly kind: 'bandwidth'; readonly kilobytesPerSecond: number }
) & { readonly stream?: 'upstream' | 'downstream' };

/** As toxiproxy's HTTP interface has it; its times are in milliseconds. */
export function toxicAttributes(toxic: Toxic): object {
  return { type: toxic.kind, stream: toxic.stream ?? 'downstream', attributes: attributes(toxic) };
}

function attributes(toxic: Toxic): Record<string, number> {
  switch (toxic.kind) {
    case 'latency':
      return { latency: toxic.latencyMs, jitter: toxic.jitterMs ?? 0 };
    case 'reset_peer':
    case 'timeout':
      return { timeout: toxic.afterMs };
    case 'limit_data':
      return { bytes: toxic.bytes };
    case 'bandwidth':
      return { rate: toxic.kilobytesPerSecond };
  }
}
