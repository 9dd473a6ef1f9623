import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/** Confluent framing around one event, or around an array of them; only the wanted fields are decoded. One per thread. */
final class EventDecoder {
  private static final int FRAME_BYTES = 5;

  interface Handler {
    void event(GenericRecord event);
  }

  private final boolean batches;
  private final GenericDatumReader<GenericRecord> reader;
  private BinaryDecoder decoder;
  private GenericRecord reused;

  EventDecoder(Schema written, Schema wanted, boolean batches) {
    GenericData data = new GenericData();
    // Skips unread fields by a plan made once, instead of walking the resolving grammar for every event.
    data.setFastReaderEnabled(true);
    this.reader = new GenericDatumReader<>(written, wanted, data);
    this.batches = batches;
  }

  static Schema projection(Schema written, Set<String> names) {
    List<Schema.Field> fields = new ArrayList<>();
    for (Schema.Field field : written.getFields())
      if (names.contains(field.name())) fields.add(new Schema.Field(field, field.schema()));
    return Schema.createRecord(written.getName(), null, written.getNamespace(), false, fields);
  }

  /** Hands over the message's events in turn; the record is reused for the next. Returns how many there were. */
  long decode(byte[] message, Handler handler) {
    try {
      decoder = DecoderFactory.get().binaryDecoder(message, FRAME_BYTES, message.length - FRAME_BYTES, decoder);
      if (!batches) {
        handle(handler);
        return 1;
      }
      long events = 0;
      for (long count = decoder.readArrayStart(); count > 0; count = decoder.arrayNext()) {
        for (long index = 0; index < count; index += 1) handle(handler);
        events += count;
      }
      return events;
    } catch (IOException error) {
      throw new IllegalStateException("a message does not decode", error);
    }
  }

  private void handle(Handler handler) throws IOException {
    reused = reader.read(reused, decoder);
    handler.event(reused);
  }
}
