import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** How far the input is read, and at what cost: the clock starts with the first record, not with the JVM. */
final class Progress {
  record Sample(long nanos, long cpuNanos, long events) {}

  private final OperatingSystemMXBean machine =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final Map<Integer, Long> ends;
  private final CountDownLatch open;
  private final Queue<AtomicLong> counters = new ConcurrentLinkedQueue<>();
  private volatile Sample first;
  private volatile Sample last;

  /** `ends`: the offset after the last message, by partition; partitions without messages are not in it. */
  Progress(Map<Integer, Long> ends) {
    this.ends = new ConcurrentHashMap<>(ends);
    this.open = new CountDownLatch(ends.size());
  }

  /** A task's own count: summed by who reads, so that tasks do not contend. */
  AtomicLong counter() {
    AtomicLong counter = new AtomicLong();
    counters.add(counter);
    return counter;
  }

  void begin() {
    if (first != null) return;
    synchronized (this) {
      if (first == null) first = sample();
    }
  }

  void reached(int partition, long offset) {
    Long end = ends.get(partition);
    if (end == null || offset + 1 < end) return;
    synchronized (this) {
      if (ends.remove(partition) == null) return;
      last = sample();
      open.countDown();
    }
  }

  Sample sample() {
    long events = 0;
    for (AtomicLong counter : counters) events += counter.get();
    return new Sample(System.nanoTime(), machine.getProcessCpuTime(), events);
  }

  boolean isOver(long waitMs) throws InterruptedException {
    return open.await(waitMs, TimeUnit.MILLISECONDS);
  }

  Sample first() {
    return first;
  }

  Sample last() {
    return last;
  }
}
