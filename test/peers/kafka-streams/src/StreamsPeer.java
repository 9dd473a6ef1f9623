import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The ratio SLIs of a list of SLOs over a topic of inference events, by Kafka Streams: reads to the ends that the topic
 * had at the start, prints one JSON line per pane and one with the figures of the run, and ends.
 */
public final class StreamsPeer {
  private static final Duration RETENTION = Duration.ofDays(1);

  private final Map<String, String> options;
  private final long paneMs;

  private StreamsPeer(Map<String, String> options) {
    this.options = options;
    this.paneMs = Long.parseLong(options.get("pane-ms"));
  }

  public static void main(String[] arguments) throws Exception {
    new StreamsPeer(Peer.options(arguments)).run();
  }

  private void run() throws Exception {
    JsonNode slos = Slo.read(new File(options.get("slos")));
    Schema written = new Schema.Parser().parse(new File(options.get("schema")));
    Schema wanted = EventDecoder.projection(written, Slo.fields(slos));
    List<Slo> compiled = Slo.compile(slos, wanted);
    Map<Integer, Long> ends = Peer.endOffsets(options);
    Progress progress = new Progress(ends);
    try (KafkaStreams streams = new KafkaStreams(topology(compiled, written, wanted, progress), configuration())) {
      streams.setUncaughtExceptionHandler(
          error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.start();
      Progress.Sample half = Peer.watch(options, ends, progress, () -> hasEnded(streams.state()));
      printPanes(streams, compiled);
      Peer.printFigures(progress, half);
    }
  }

  private static boolean hasEnded(KafkaStreams.State state) {
    return state == KafkaStreams.State.ERROR || state == KafkaStreams.State.NOT_RUNNING;
  }

  private Topology topology(List<Slo> slos, Schema written, Schema wanted, Progress progress) {
    boolean batches = Boolean.parseBoolean(options.get("batches"));
    Duration window = Duration.ofMillis(paneMs);
    WindowBytesStoreSupplier supplier =
        options.get("store").equals("rocksdb")
            ? Stores.persistentWindowStore(PaneProcessor.STORE, RETENTION, window, false)
            : Stores.inMemoryWindowStore(PaneProcessor.STORE, RETENTION, window, false);
    StoreBuilder<WindowStore<String, long[]>> store =
        Stores.windowStoreBuilder(supplier, Serdes.String(), CountsSerde.create()).withCachingEnabled();
    Topology topology = new Topology();
    topology.addSource("events", options.get("topic"));
    topology.addProcessor(
        "panes",
        () -> {
          EventDecoder decoder = new EventDecoder(written, wanted, batches);
          return new PaneProcessor(new EventCounter(slos, wanted, paneMs), decoder, progress);
        },
        "events");
    topology.addStateStore(store, "panes");
    return topology;
  }

  private Properties configuration() {
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, options.get("application-id"));
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.get("brokers"));
    properties.put(StreamsConfig.STATE_DIR_CONFIG, options.get("state-folder"));
    properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.AT_LEAST_ONCE);
    properties.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    properties.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.get("threads"));
    // As fresh as the rows of Burnline, which are flushed every second.
    properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
    properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 64 << 20);
    properties.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    properties.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
    properties.put(StreamsConfig.consumerPrefix("max.poll.records"), 10_000);
    properties.put(StreamsConfig.consumerPrefix("max.partition.fetch.bytes"), 4 << 20);
    properties.put(StreamsConfig.producerPrefix("linger.ms"), 20);
    return properties;
  }

  private static void printPanes(KafkaStreams streams, List<Slo> slos) {
    Peer.Panes panes = new Peer.Panes(slos);
    var store =
        streams.store(StoreQueryParameters.fromNameAndType(PaneProcessor.STORE, QueryableStoreTypes.<String, long[]>windowStore()));
    try (KeyValueIterator<Windowed<String>, long[]> rows = store.all()) {
      rows.forEachRemaining(row -> panes.add(row.key.key(), row.key.window().start(), row.value));
    }
    panes.print();
  }
}
