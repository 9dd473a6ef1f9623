import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** What the peers in Java share: their options, where the input ends, and how panes and figures are printed. */
final class Peer {
  /** Samples are taken so often. */
  private static final long SAMPLE_MS = 100;

  private Peer() {}

  /** `--name value` pairs. */
  static Map<String, String> options(String[] arguments) {
    Map<String, String> options = new HashMap<>();
    for (int index = 0; index < arguments.length; index += 2)
      options.put(arguments[index].substring("--".length()), arguments[index + 1]);
    return options;
  }

  /** The offset after the last message that the topic has now, by partition; partitions without messages are left out. */
  static Map<Integer, Long> endOffsets(Map<String, String> options) throws Exception {
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

  /**
   * Waits for the end; the sample at which half of the messages' events were counted, when the JVM is warm. A run that makes
   * no end within the deadline, or whose threads have ended, is an error.
   */
  static Progress.Sample watch(
      Map<String, String> options, Map<Integer, Long> ends, Progress progress, BooleanSupplier hasEnded)
      throws InterruptedException {
    long messages = ends.values().stream().mapToLong(Long::longValue).sum();
    long deadline = System.nanoTime() + Duration.ofSeconds(Long.parseLong(options.get("deadline-s"))).toNanos();
    long halfOfEvents = messages * Long.parseLong(options.get("events-per-message")) / 2;
    Progress.Sample half = null;
    while (!progress.isOver(SAMPLE_MS)) {
      if (half == null && progress.sample().events() >= halfOfEvents) half = progress.sample();
      if (System.nanoTime() > deadline) throw new IllegalStateException("the input was not read in time");
      if (hasEnded.getAsBoolean() && !progress.isOver(SAMPLE_MS))
        throw new IllegalStateException("the program ended before its input");
    }
    return half == null ? progress.first() : half;
  }

  /** Panes of SLOs out of rows by pane and provider, good and total of each SLO in turn. */
  static final class Panes {
    private final List<Slo> slos;
    private final Map<String, long[]> sums = new TreeMap<>();

    Panes(List<Slo> slos) {
      this.slos = slos;
    }

    void add(String provider, long pane, long[] counts) {
      for (int index = 0; index < slos.size(); index += 1) {
        String group = slos.get(index).byProvider() ? provider : "";
        String key = "\"slo\":\"%s\",\"pane\":%d,\"group\":\"%s\"".formatted(slos.get(index).name(), pane, group);
        long[] sum = sums.computeIfAbsent(key, unused -> new long[2]);
        sum[0] += counts[2 * index];
        sum[1] += counts[2 * index + 1];
      }
    }

    void print() {
      sums.forEach((key, sum) -> {
        if (sum[1] > 0) System.out.printf("{%s,\"good\":%d,\"total\":%d}%n", key, sum[0], sum[1]);
      });
    }
  }

  static void printFigures(Progress progress, Progress.Sample half) throws IOException {
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
