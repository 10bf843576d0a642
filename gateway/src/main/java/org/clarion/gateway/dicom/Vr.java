package org.clarion.gateway.dicom;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Value representations (PS3.5, section 6.2). */
enum Vr {
  AE, AS, AT, CS, DA, DS, DT, FD, FL, IS, LO, LT, OB(true), OD(true), OF(true), OL(true), OV(true), OW(
      true), PN, SH, SL, SQ(
          true), SS, ST, SV(true), TM, UC(true), UI, UL, UN(true), UR(true), US, UT(true), UV(true),
  /** Not written in the file: implicit encoding. */
  IMPLICIT;

  private static final Map<String, Vr> WRITTEN = Stream.of(values()).filter(vr -> vr != IMPLICIT)
      .collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

  private final boolean wide;

  Vr() {
    this(false);
  }

  Vr(boolean wide) {
    this.wide = wide;
  }

  /** Whether the length has four bytes behind two reserved ones. */
  boolean wide() {
    return wide;
  }

  /** The representation that two bytes spell, or null. */
  static @Nullable Vr of(byte first, byte second) {
    return WRITTEN.get("" + (char) (first & 0xFF) + (char) (second & 0xFF));
  }
}
