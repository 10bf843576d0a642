package org.clarion.gateway.dicom;

import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** Values of interest to grey, 0 to 255 (PS3.3, C.11.2), not yet rounded. */
public sealed interface Voi {
  /** The grey of a value; within 0 to 255. */
  double grey(double value);

  /** How a window maps (PS3.3, C.11.2.1.2 and C.11.2.1.3). */
  enum Function {
    LINEAR, LINEAR_EXACT, SIGMOID
  }

  /** The file's window. */
  record Window(Function function, double center, double width) implements Voi {
    @Override
    public double grey(double value) {
      return switch (function) {
        case LINEAR -> ramp(value, center - 0.5, width - 1);
        case LINEAR_EXACT -> ramp(value, center, width);
        case SIGMOID -> 255 / (1 + Math.exp(-4 * (value - center) / width));
      };
    }

    private static double ramp(double value, double middle, double range) {
      if (value > middle + range / 2) {
        return 255;
      }
      return value > middle - range / 2 ? ((value - middle) / range + 0.5) * 255 : 0;
    }
  }

  /**
   * The file's lookup table.
   *
   * @param entries
   *          their number
   * @param first
   *          the value of the first
   * @param bits
   *          of an entry
   */
  record Table(int entries, int first, int bits, LookupTable table) implements Voi {
    @Override
    public double grey(double value) {
      return Math.min(255, table.at((long) value) * 255.0 / ((1 << bits) - 1));
    }
  }

  /** From one value to another, where the file says nothing: the pixels' own percentiles. */
  record Range(double low, double high) implements Voi {
    @Override
    public double grey(double value) {
      return Math.clamp((value - low) / (high - low), 0.0, 1.0) * 255;
    }
  }

  /** All pixels have one value: black. */
  record Constant(double value) implements Voi {
    @Override
    public double grey(double ignored) {
      return 0;
    }
  }

  /** What the file says, else percentiles 0.5 and 99.5. */
  static Voi of(DataSet set, ImageHeader header, Samples samples, Padding padding, ModalityTransform modality,
      Set<Notice> notices) throws DicomException {
    List<DataSet> tables = set.items(Tag.VOI_LUT_SEQUENCE);
    if (!tables.isEmpty()) {
      if (tables.size() > 1) {
        notices.add(Notice.SEVERAL_TABLES);
      }
      LookupTable table = LookupTable.of(tables.getFirst(), Tag.LUT_DESCRIPTOR, Tag.LUT_DATA, header.signed());
      return new Table(table.entries().length, table.first(), table.bits(), table);
    }
    if (set.has(Tag.WINDOW_CENTER) && set.has(Tag.WINDOW_WIDTH)) {
      OptionalDouble center = set.decimal(Tag.WINDOW_CENTER);
      OptionalDouble width = set.decimal(Tag.WINDOW_WIDTH);
      Function function = function(set, notices);
      if (legal(center.orElse(Double.NaN), width.orElse(Double.NaN), function)) {
        if (set.texts(Tag.WINDOW_WIDTH).length > 1) {
          notices.add(Notice.SEVERAL_WINDOWS);
        }
        return new Window(function, center.orElseThrow(), width.orElseThrow());
      }
      notices.add(Notice.ILLEGAL_WINDOW);
    } else {
      notices.add(Notice.NO_WINDOW);
    }
    return range(new Percentiles(samples, padding, modality));
  }

  private static boolean legal(double center, double width, Function function) {
    return Double.isFinite(center) && Double.isFinite(width)
        && (width >= 1 || (width > 0 && function != Function.LINEAR));
  }

  private static Function function(DataSet set, Set<Notice> notices) {
    return switch (set.text(Tag.VOI_LUT_FUNCTION)) {
      case "", "LINEAR" -> Function.LINEAR;
      case "LINEAR_EXACT" -> Function.LINEAR_EXACT;
      case "SIGMOID" -> Function.SIGMOID;
      default -> {
        notices.add(Notice.UNKNOWN_FUNCTION);
        yield Function.LINEAR;
      }
    };
  }

  private static Voi range(Percentiles percentiles) {
    if (percentiles.empty()) {
      return new Constant(0);
    }
    double low = percentiles.at(0.005);
    double high = percentiles.at(0.995);
    if (high <= low) {
      low = percentiles.lowest();
      high = percentiles.highest();
    }
    return high <= low ? new Constant(low) : new Range(low, high);
  }
}
