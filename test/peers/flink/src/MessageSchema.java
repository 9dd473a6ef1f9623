import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Hands on the bytes as they are: they are decoded where they are counted, in the same chain. */
final class MessageSchema implements KafkaRecordDeserializationSchema<Message> {
  private static final long serialVersionUID = 1;

  private final Message reused = new Message();

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Message> out) {
    reused.value = record.value();
    reused.partition = record.partition();
    reused.offset = record.offset();
    out.collect(reused);
  }

  @Override
  public TypeInformation<Message> getProducedType() {
    return TypeInformation.of(Message.class);
  }
}
