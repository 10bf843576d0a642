package org.clarion.gateway.dicom;

import java.util.List;
import java.util.Set;

/** Stored values to the values that windows speak of (PS3.3, C.11.1). */
sealed interface ModalityTransform {
  /**
   * A number of few distinct values from which {@link #value} follows: what percentiles are counted over.
   */
  long key(long stored);

  /** The output for a key. */
  double value(long key);

  /** Whether values fall where keys rise. */
  boolean falling();

  /** Slope and intercept; 1 and 0 where the file has neither. */
  record Rescale(double slope, double intercept) implements ModalityTransform {
    @Override
    public long key(long stored) {
      return stored;
    }

    @Override
    public double value(long key) {
      return key * slope + intercept;
    }

    @Override
    public boolean falling() {
      return slope < 0;
    }
  }

  /** A table. */
  record Table(LookupTable table) implements ModalityTransform {
    @Override
    public long key(long stored) {
      return table.at(stored);
    }

    @Override
    public double value(long key) {
      return key;
    }

    @Override
    public boolean falling() {
      return false;
    }
  }

  /** What a file says; a table beats a slope. */
  static ModalityTransform of(DataSet set, ImageHeader header, Set<Notice> notices) throws DicomException {
    List<DataSet> tables = set.items(Tag.MODALITY_LUT_SEQUENCE);
    if (!tables.isEmpty()) {
      if (set.has(Tag.RESCALE_SLOPE)) {
        notices.add(Notice.SLOPE_BESIDE_TABLE);
      }
      return new Table(LookupTable.of(tables.getFirst(), Tag.LUT_DESCRIPTOR, Tag.LUT_DATA, header.signed()));
    }
    double slope = set.decimal(Tag.RESCALE_SLOPE).orElse(1);
    double intercept = set.decimal(Tag.RESCALE_INTERCEPT).orElse(0);
    // The texts are not shown: in a damaged file they may be anything.
    if (!Double.isFinite(slope) || slope == 0) {
      throw new DicomException(Failure.INCONSISTENT, "Rescale Slope is no finite number other than 0");
    }
    if (!Double.isFinite(intercept)) {
      throw new DicomException(Failure.INCONSISTENT, "Rescale Intercept is no finite number");
    }
    return new Rescale(slope, intercept);
  }
}
