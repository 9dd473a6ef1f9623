/** Generated columns are wide: a million rows at once are more than a statement may hold. */
const EVENTS_PER_INSERT = 100_000;
const EVENTS_PER_MESSAGE = 20;

/**
 * Raw rows of the epoch bench@1 of the stream live, spread over the days before now, in log order, in two partitions, with the
 * closings of their chunks. @returns messages of each partition
 */
export async function generateRows(store, { eventCount, days, messagesPerChunk = 50 }) {
  const messageCount = Math.ceil(eventCount / EVENTS_PER_MESSAGE / 2);
  const start = `now() - INTERVAL ${days} DAY`;
  const step = (days * 86_400) / messageCount;
  for (let first = 0; first < eventCount; first += EVENTS_PER_INSERT)
    await store.command(
      `INSERT INTO inference_events (stream, stream_epoch, partition, offset, event_index, is_repeat, log_time, kept_since,
       event_id, occurred_at, service, provider, model_served, tenant, status, ttft_ms, duration_ms, output_tokens)
     SELECT 'live', 'bench@1', number % 2, intDiv(number, ${2 * EVENTS_PER_MESSAGE}) AS message,
       intDiv(number, 2) % ${EVENTS_PER_MESSAGE}, 0, ${start} + message * ${step} AS at, at, generateUUIDv4(),
       at - cityHash64(number) % 30, 'chat', ['openai', 'anthropic', 'google'][1 + cityHash64(number, 1) % 3],
       concat('model-', toString(cityHash64(number, 2) % 12)), concat('tenant-', toString(cityHash64(number, 3) % 40)),
       if(cityHash64(number, 4) % 50 = 0, 'error', 'ok'), 200 + cityHash64(number, 5) % 2000, 900, cityHash64(number, 6) % 800
     FROM numbers(${first}, ${Math.min(EVENTS_PER_INSERT, eventCount - first)})`,
    );
  await store.command(
    `INSERT INTO chunk_closings SELECT 'bench@1', number % 2, intDiv(number, 2) * ${messagesPerChunk} AS chunk,
       chunk + ${messagesPerChunk}, toStartOfMinute(${start} + chunk * ${step}) AS at, map(), at
     FROM numbers(${2 * Math.floor(messageCount / messagesPerChunk)})`,
  );
  return messageCount;
}
