import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
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
  /** Samples are taken so often, and a run that makes no end within the deadline is an error. */
  private static final long SAMPLE_MS = 100;

  private static final Duration RETENTION = Duration.ofDays(1);

  private final Map<String, String> options;
  private final long paneMs;

  private StreamsPeer(Map<String, String> options) {
    this.options = options;
    this.paneMs = Long.parseLong(options.get("pane-ms"));
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (int index = 0; index < arguments.length; index += 2)
      options.put(arguments[index].substring("--".length()), arguments[index + 1]);
    new StreamsPeer(options).run();
  }

  private void run() throws Exception {
    JsonNode slos = Slo.read(new File(options.get("slos")));
    Schema written = new Schema.Parser().parse(new File(options.get("schema")));
    Schema wanted = EventDecoder.projection(written, Slo.fields(slos));
    List<Slo> compiled = Slo.compile(slos, wanted);
    Map<Integer, Long> ends = endOffsets();
    long messages = ends.values().stream().mapToLong(Long::longValue).sum();
    Progress progress = new Progress(ends);
    try (KafkaStreams streams = new KafkaStreams(topology(compiled, written, wanted, progress), configuration())) {
      streams.setUncaughtExceptionHandler(
          error -> {
            error.printStackTrace();
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.start();
      Progress.Sample half = watch(streams, progress, messages);
      printPanes(streams, compiled);
      printFigures(progress, half);
    }
  }

  private Topology topology(List<Slo> slos, Schema written, Schema wanted, Progress progress) {
    boolean batches = Boolean.parseBoolean(options.get("batches"));
    int occurredAt = wanted.getField("occurred_at").pos();
    int provider = wanted.getField("provider").pos();
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
          return new PaneProcessor(slos, decoder, occurredAt, provider, paneMs, progress);
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

  private Map<Integer, Long> endOffsets() throws Exception {
    String topic = options.get("topic");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", options.get("brokers")))) {
      var partitions = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions();
      var wanted =
          partitions.stream()
              .collect(Collectors.toMap(one -> new TopicPartition(topic, one.partition()), one -> OffsetSpec.latest()));
      Map<Integer, Long> ends = new HashMap<>();
      admin.listOffsets(wanted).all().get().forEach((partition, end) -> {
        if (end.offset() > 0) ends.put(partition.partition(), end.offset());
      });
      return ends;
    }
  }

  /** Waits for the end; the sample at which half of the messages' events were counted, when the JVM is warm. */
  private Progress.Sample watch(KafkaStreams streams, Progress progress, long messages) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(Long.parseLong(options.get("deadline-s"))).toNanos();
    long halfOfEvents = messages * Long.parseLong(options.get("events-per-message")) / 2;
    Progress.Sample half = null;
    while (!progress.isOver(SAMPLE_MS)) {
      if (half == null && progress.sample().events() >= halfOfEvents) half = progress.sample();
      if (System.nanoTime() > deadline) throw new IllegalStateException("the input was not read in time");
      if (streams.state() == KafkaStreams.State.ERROR || streams.state() == KafkaStreams.State.NOT_RUNNING)
        throw new IllegalStateException("the stream threads ended");
    }
    return half == null ? progress.first() : half;
  }

  private void printPanes(KafkaStreams streams, List<Slo> slos) {
    Map<String, long[]> sums = new TreeMap<>();
    var store =
        streams.store(StoreQueryParameters.fromNameAndType(PaneProcessor.STORE, QueryableStoreTypes.<String, long[]>windowStore()));
    try (KeyValueIterator<Windowed<String>, long[]> rows = store.all()) {
      rows.forEachRemaining(
          row -> {
            for (int index = 0; index < slos.size(); index += 1) {
              String group = slos.get(index).byProvider() ? row.key.key() : "";
              String key =
                  "\"slo\":\"%s\",\"pane\":%d,\"group\":\"%s\""
                      .formatted(slos.get(index).name(), row.key.window().start(), group);
              long[] sum = sums.computeIfAbsent(key, unused -> new long[2]);
              sum[0] += row.value[2 * index];
              sum[1] += row.value[2 * index + 1];
            }
          });
    }
    sums.forEach((key, sum) -> {
      if (sum[1] > 0) System.out.printf("{%s,\"good\":%d,\"total\":%d}%n", key, sum[0], sum[1]);
    });
  }

  private void printFigures(Progress progress, Progress.Sample half) throws IOException {
    Progress.Sample first = progress.first();
    Progress.Sample last = progress.last();
    System.out.printf(
        "{\"events\":%d,\"seconds\":%f,\"cpuSeconds\":%f,\"warmEvents\":%d,\"warmSeconds\":%f,\"warmCpuSeconds\":%f,\"rssPeakBytes\":%d}%n",
        last.events(),
        (last.nanos() - first.nanos()) / 1e9,
        (last.cpuNanos() - first.cpuNanos()) / 1e9,
        last.events() - half.events(),
        (last.nanos() - half.nanos()) / 1e9,
        (last.cpuNanos() - half.cpuNanos()) / 1e9,
        peakBytes());
  }

  private static long peakBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
    throw new IllegalStateException("no VmHWM in /proc/self/status");
  }
}
