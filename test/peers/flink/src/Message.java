import java.io.Serializable;

/** A message on its way through the chain: the same object every time, as objects are reused. */
public final class Message implements Serializable {
  private static final long serialVersionUID = 1;

  byte[] value;
  int partition;
  long offset;
}
