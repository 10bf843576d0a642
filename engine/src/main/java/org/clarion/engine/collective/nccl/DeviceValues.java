package org.clarion.engine.collective.nccl;

/**
 * Values in a device's memory.
 *
 * @param address
 *          device pointer, as a CUDA tensor's data pointer
 * @param count
 *          number of values
 */
public record DeviceValues(long address, long count, Type type) {
  /** What the values are; the number is NCCL's {@code ncclDataType_t}. */
  public enum Type {
    INT32(2), FLOAT16(6), FLOAT32(7), BFLOAT16(9);

    private final int code;

    Type(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  public DeviceValues {
    if (count < 0 || (address == 0 && count > 0)) {
      throw new IllegalArgumentException(count + " values at device address " + address);
    }
  }
}
