import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Counts before anything is sent to another task, as Flink SQL does in two phases: a row per pane and provider holds good and
 * total of each SLO. Rows go on every second, and before each checkpoint, so that none is state and all is exactly once.
 */
final class PaneBundles extends AbstractStreamOperator<Tuple3<String, Long, long[]>>
    implements OneInputStreamOperator<Message, Tuple3<String, Long, long[]>>, BoundedOneInput {
  private static final long serialVersionUID = 1;
  /** As fresh as the rows of Burnline, which are flushed every second. */
  private static final long FLUSH_MS = 1000;

  private record Row(String provider, long pane) {}

  private final HashMap<String, String> options;
  private transient EventCounter counter;
  private transient EventDecoder decoder;
  private transient Progress progress;
  private transient AtomicLong counted;
  private transient Map<Row, long[]> rows;

  PaneBundles(Map<String, String> options) {
    this.options = new HashMap<>(options);
  }

  @Override
  public void open() throws Exception {
    super.open();
    JsonNode slos = Slo.read(new File(options.get("slos")));
    Schema written = new Schema.Parser().parse(new File(options.get("schema")));
    Schema wanted = EventDecoder.projection(written, Slo.fields(slos));
    counter = new EventCounter(Slo.compile(slos, wanted), wanted, Long.parseLong(options.get("pane-ms")));
    decoder = new EventDecoder(written, wanted, Boolean.parseBoolean(options.get("batches")));
    progress = FlinkPeer.progress();
    counted = progress.counter();
    rows = new HashMap<>();
    flushLater();
  }

  @Override
  public void processElement(StreamRecord<Message> element) {
    progress.begin();
    Message message = element.getValue();
    long events = decoder.decode(message.value, this::count);
    counted.lazySet(counted.get() + events);
    progress.reached(message.partition, message.offset);
  }

  private void count(GenericRecord event) {
    Row row = new Row(counter.providerOf(event), counter.paneOf(event));
    counter.add(event, rows.computeIfAbsent(row, unused -> counter.newCounts()));
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) {
    flush();
  }

  @Override
  public void endInput() {
    flush();
  }

  private void flush() {
    rows.forEach((row, counts) -> output.collect(new StreamRecord<>(Tuple3.of(row.provider, row.pane, counts))));
    rows.clear();
  }

  private void flushLater() {
    var clock = getProcessingTimeService();
    clock.registerTimer(
        clock.getCurrentProcessingTime() + FLUSH_MS,
        now -> {
          flush();
          flushLater();
        });
  }
}
