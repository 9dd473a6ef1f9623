import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.util.Utf8;

/** A ratio SLI: of the events that meet every condition of `total`, those that meet every condition of `good`. */
record Slo(String name, boolean byProvider, List<Condition> total, List<Condition> good) {
  /** Fields that every event needs, whatever the SLOs ask. */
  private static final List<String> KEY_FIELDS = List.of("occurred_at", "provider");

  interface Condition {
    boolean holds(GenericRecord event);
  }

  static JsonNode read(File file) throws IOException {
    return new ObjectMapper().readTree(file);
  }

  /** Names of the fields that the SLOs read. */
  static Set<String> fields(JsonNode slos) {
    Set<String> names = new LinkedHashSet<>(KEY_FIELDS);
    for (JsonNode slo : slos)
      for (String part : List.of("total", "good"))
        for (JsonNode condition : slo.get(part)) names.add(condition.get("field").asText());
    return names;
  }

  /** `schema` is what events are decoded into: conditions read its fields by position. */
  static List<Slo> compile(JsonNode slos, Schema schema) {
    List<Slo> compiled = new ArrayList<>();
    for (JsonNode slo : slos)
      compiled.add(
          new Slo(
              slo.get("name").asText(),
              slo.get("byProvider").asBoolean(),
              conditions(slo.get("total"), schema),
              conditions(slo.get("good"), schema)));
    return compiled;
  }

  static boolean all(List<Condition> conditions, GenericRecord event) {
    for (int index = 0; index < conditions.size(); index += 1)
      if (!conditions.get(index).holds(event)) return false;
    return true;
  }

  private static List<Condition> conditions(JsonNode list, Schema schema) {
    List<Condition> compiled = new ArrayList<>();
    for (JsonNode condition : list) compiled.add(condition(condition, schema));
    return compiled;
  }

  private static Condition condition(JsonNode condition, Schema schema) {
    Schema.Field field = schema.getField(condition.get("field").asText());
    int at = field.pos();
    if (condition.has("atMost")) {
      double limit = condition.get("atMost").asDouble();
      return event -> event.get(at) instanceof Double value && value <= limit;
    }
    if (condition.has("present")) return event -> event.get(at) != null;
    JsonNode wanted = condition.get("is");
    if (wanted.isBoolean()) {
      boolean flag = wanted.asBoolean();
      return event -> event.get(at) instanceof Boolean value && value == flag;
    }
    String text = wanted.asText();
    if (field.schema().getType() == Schema.Type.ENUM) return event -> event.get(at).toString().equals(text);
    Utf8 bytes = new Utf8(text);
    return event -> bytes.equals(event.get(at));
  }
}
