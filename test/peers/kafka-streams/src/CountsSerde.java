import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Counts as fixed-width integers, one after another. */
final class CountsSerde {
  private CountsSerde() {}

  static Serde<long[]> create() {
    return Serdes.serdeFrom(
        (topic, counts) -> {
          if (counts == null) return null;
          byte[] bytes = new byte[counts.length * Long.BYTES];
          ByteBuffer.wrap(bytes).asLongBuffer().put(counts);
          return bytes;
        },
        (topic, bytes) -> {
          if (bytes == null) return null;
          long[] counts = new long[bytes.length / Long.BYTES];
          ByteBuffer.wrap(bytes).asLongBuffer().get(counts);
          return counts;
        });
  }
}
