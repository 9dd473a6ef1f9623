/** The consumer group of a stream's processors. */
export function processorGroupOf(stream: string): string {
  return `burnline-processor.${stream}`;
}
