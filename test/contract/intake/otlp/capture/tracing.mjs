import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/** Exports all spans to the address that the environment names; the result is to be shut down. */
export function startTracing() {
  const resource = defaultResource().merge(detectResources({ detectors: [envDetector] }));
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  const tracing = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  tracing.register();
  return tracing;
}
