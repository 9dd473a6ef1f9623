import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Sums the rows of all tasks, in keyed state; each sum that changed goes on. */
final class PaneSums
    extends KeyedProcessFunction<String, Tuple3<String, Long, long[]>, Tuple3<String, Long, long[]>> {
  private static final long serialVersionUID = 1;

  private transient ValueState<long[]> sums;

  @Override
  public void open(OpenContext context) {
    sums = getRuntimeContext().getState(new ValueStateDescriptor<>("sums", long[].class));
  }

  @Override
  public void processElement(
      Tuple3<String, Long, long[]> row, Context context, Collector<Tuple3<String, Long, long[]>> out)
      throws Exception {
    long[] sum = sums.value();
    // Not in place: a checkpoint may be writing it.
    long[] next = sum == null ? row.f2.clone() : sum.clone();
    if (sum != null) for (int index = 0; index < next.length; index += 1) next[index] += row.f2[index];
    sums.update(next);
    out.collect(Tuple3.of(row.f0, row.f1, next));
  }
}
