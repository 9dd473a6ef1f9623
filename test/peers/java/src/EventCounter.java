import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/** Which row an event belongs to, and what it adds there: good and total of each SLO in turn. */
final class EventCounter {
  private final List<Slo> slos;
  private final int occurredAt;
  private final int provider;
  private final long paneMs;

  EventCounter(List<Slo> slos, Schema wanted, long paneMs) {
    this.slos = slos;
    this.occurredAt = wanted.getField("occurred_at").pos();
    this.provider = wanted.getField("provider").pos();
    this.paneMs = paneMs;
  }

  /** Start of the event's pane, epoch milliseconds. */
  long paneOf(GenericRecord event) {
    return Math.floorDiv((Long) event.get(occurredAt), paneMs * 1000) * paneMs;
  }

  String providerOf(GenericRecord event) {
    return event.get(provider).toString();
  }

  long[] newCounts() {
    return new long[2 * slos.size()];
  }

  void add(GenericRecord event, long[] counts) {
    for (int index = 0; index < slos.size(); index += 1) {
      Slo slo = slos.get(index);
      if (!Slo.all(slo.total(), event)) continue;
      counts[2 * index + 1] += 1;
      if (Slo.all(slo.good(), event)) counts[2 * index] += 1;
    }
  }
}
