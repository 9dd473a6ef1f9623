import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;

/**
 * The ratio SLIs of a list of SLOs over a topic of inference events, by Flink in a cluster within this process: reads to the
 * ends that the topic had at the start, prints one JSON line per pane and one with the figures of the run, and ends.
 */
public final class FlinkPeer {
  private static final TypeInformation<Tuple3<String, Long, long[]>> ROW =
      Types.TUPLE(Types.STRING, Types.LONG, PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO);

  private record Row(String provider, long pane) {}

  /** The cluster's tasks are threads of this process: they tell here how far they are, and leave their sums here. */
  private static volatile Progress progress;

  private static final Map<Row, long[]> SUMS = new ConcurrentHashMap<>();

  private FlinkPeer() {}

  static Progress progress() {
    return progress;
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = Peer.options(arguments);
    JsonNode slos = Slo.read(new File(options.get("slos")));
    Schema written = new Schema.Parser().parse(new File(options.get("schema")));
    List<Slo> compiled = Slo.compile(slos, EventDecoder.projection(written, Slo.fields(slos)));
    Map<Integer, Long> ends = Peer.endOffsets(options);
    progress = new Progress(ends);
    JobClient job = job(options, ends).executeAsync();
    CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
    Progress.Sample half = Peer.watch(options, ends, progress, result::isDone);
    result.get();
    Peer.Panes panes = new Peer.Panes(compiled);
    SUMS.forEach((row, counts) -> panes.add(row.provider, row.pane, counts));
    panes.print();
    Peer.printFigures(progress, half);
    System.out.flush();
    // Threads of the cluster may linger.
    Runtime.getRuntime().halt(0);
  }

  private static StreamExecutionEnvironment job(Map<String, String> options, Map<Integer, Long> ends) {
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(configuration(options));
    environment
        .fromSource(source(options, ends), WatermarkStrategy.noWatermarks(), "events")
        .transform("panes", ROW, new PaneBundles(options))
        .keyBy(row -> row.f1 + " " + row.f0)
        .process(new PaneSums())
        .returns(ROW)
        .sinkTo(new Results());
    return environment;
  }

  private static Configuration configuration(Map<String, String> options) {
    Map<String, String> settings = new HashMap<>();
    settings.put("parallelism.default", options.get("threads"));
    settings.put("taskmanager.numberOfTaskSlots", options.get("threads"));
    settings.put("pipeline.object-reuse", "true");
    settings.put("execution.checkpointing.interval", options.get("checkpoint-ms") + " ms");
    settings.put("execution.checkpointing.storage", "filesystem");
    settings.put("execution.checkpointing.dir", new File(options.get("state-folder")).toURI().toString());
    settings.put("state.backend.type", "hashmap");
    settings.put("restart-strategy.type", "none");
    return Configuration.fromMap(settings);
  }

  private static KafkaSource<Message> source(Map<String, String> options, Map<Integer, Long> ends) {
    Map<TopicPartition, Long> bounds = new HashMap<>();
    ends.forEach((partition, offset) -> bounds.put(new TopicPartition(options.get("topic"), partition), offset));
    return KafkaSource.<Message>builder()
        .setBootstrapServers(options.get("brokers"))
        .setTopics(options.get("topic"))
        .setGroupId(options.get("application-id"))
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setBounded(OffsetsInitializer.offsets(bounds))
        .setDeserializer(new MessageSchema())
        .setProperty("max.poll.records", "10000")
        .setProperty("max.partition.fetch.bytes", String.valueOf(4 << 20))
        .build();
  }

  /** Keeps the last sum of each row. */
  private static final class Results implements Sink<Tuple3<String, Long, long[]>> {
    private static final long serialVersionUID = 1;

    @Override
    public SinkWriter<Tuple3<String, Long, long[]>> createWriter(WriterInitContext context) {
      return new SinkWriter<>() {
        @Override
        public void write(Tuple3<String, Long, long[]> row, Context unused) {
          SUMS.put(new Row(row.f0, row.f1), row.f2);
        }

        @Override
        public void flush(boolean isEnd) {}

        @Override
        public void close() {}
      };
    }
  }
}
