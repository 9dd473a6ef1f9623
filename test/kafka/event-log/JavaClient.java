import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.zip.CRC32;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Kafka's own client: reads a partition to its end, checks every batch, prints length and CRC-32 of each value, and appends the
 * same values again, compressed with LZ4. Arguments: brokers, topic.
 */
final class JavaClient {
  public static void main(String[] args) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("check.crcs", "true");
    settings.put("compression.type", "lz4");
    settings.put("linger.ms", "50");
    settings.put("batch.size", "300000");
    TopicPartition partition = new TopicPartition(args[1], 0);
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          if (record.offset() >= end) continue;
          CRC32 crc = new CRC32();
          crc.update(record.value());
          System.out.println(record.value().length + " " + crc.getValue());
          producer.send(new ProducerRecord<>(args[1], 0, null, record.value()));
        }
      }
      producer.flush();
    }
  }
}
