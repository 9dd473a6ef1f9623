import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.WindowStore;

/**
 * One update of the store per event for all SLOs: a row per pane and provider holds good and total of each. Rows of
 * several tasks, and of providers where the SLO is not grouped, are summed by who reads them, so nothing is repartitioned.
 */
final class PaneProcessor extends ContextualProcessor<byte[], byte[], Void, Void> {
  static final String STORE = "panes";

  private record Row(String provider, long pane) {}

  private final List<Slo> slos;
  private final EventDecoder decoder;
  private final int occurredAt;
  private final int provider;
  private final long paneMs;
  private final Progress progress;
  private final AtomicLong counted;
  private final Map<Row, long[]> rows = new HashMap<>();
  private WindowStore<String, long[]> store;

  PaneProcessor(List<Slo> slos, EventDecoder decoder, int occurredAt, int provider, long paneMs, Progress progress) {
    this.slos = slos;
    this.decoder = decoder;
    this.occurredAt = occurredAt;
    this.provider = provider;
    this.paneMs = paneMs;
    this.progress = progress;
    this.counted = progress.counter();
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    super.init(context);
    store = context.getStateStore(STORE);
  }

  @Override
  public void process(Record<byte[], byte[]> message) {
    progress.begin();
    long events = decoder.decode(message.value(), this::count);
    rows.forEach((row, counts) -> store.put(row.provider, counts, row.pane));
    rows.clear();
    counted.lazySet(counted.get() + events);
    var position = context().recordMetadata().orElseThrow();
    progress.reached(position.partition(), position.offset());
  }

  /** A message's rows are read and written once, however many of its events they count. */
  private void count(GenericRecord event) {
    long pane = Math.floorDiv((Long) event.get(occurredAt), paneMs * 1000) * paneMs;
    Row row = new Row(event.get(provider).toString(), pane);
    long[] counts = rows.computeIfAbsent(row, this::stored);
    for (int index = 0; index < slos.size(); index += 1) {
      Slo slo = slos.get(index);
      if (!Slo.all(slo.total(), event)) continue;
      counts[2 * index + 1] += 1;
      if (Slo.all(slo.good(), event)) counts[2 * index] += 1;
    }
  }

  private long[] stored(Row row) {
    long[] found = store.fetch(row.provider, row.pane);
    return found == null ? new long[2 * slos.size()] : found;
  }
}
