import java.util.HashMap;
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

  private final EventCounter counter;
  private final EventDecoder decoder;
  private final Progress progress;
  private final AtomicLong counted;
  private final Map<Row, long[]> rows = new HashMap<>();
  private WindowStore<String, long[]> store;

  PaneProcessor(EventCounter counter, EventDecoder decoder, Progress progress) {
    this.counter = counter;
    this.decoder = decoder;
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
    Row row = new Row(counter.providerOf(event), counter.paneOf(event));
    counter.add(event, rows.computeIfAbsent(row, this::stored));
  }

  private long[] stored(Row row) {
    long[] found = store.fetch(row.provider, row.pane);
    return found == null ? counter.newCounts() : found;
  }
}
