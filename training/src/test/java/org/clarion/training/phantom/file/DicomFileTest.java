package org.clarion.training.phantom.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.junit.jupiter.api.Test;

/** The file read back element by element, as PS3.5 and PS3.10 lay it down. */
class DicomFileTest {
  private static final PhantomGenerator GENERATOR = new PhantomGenerator(64);

  @Test
  void elementsAreInOrderAndOfEvenLength() {
    Map<Integer, byte[]> elements = read(file(2));
    assertThat(text(elements, 0x00020010)).isEqualTo("1.2.840.10008.1.2.1");
    assertThat(text(elements, 0x00080018)).isEqualTo(text(elements, 0x00020003)).startsWith("2.25.")
        .hasSizeLessThan(65);
    assertThat(text(elements, 0x00100010)).isEqualTo("SYNTHETIC^PHANTOM");
    assertThat(text(elements, 0x00080060)).isEqualTo("DX");
    assertThat(elements.get(0x7FE00010)).hasSize(64 * 64 * 2);
    // The group's length counts from after itself to the first element of the next group.
    int meta = ByteBuffer.wrap(elements.get(0x00020000)).order(ByteOrder.LITTLE_ENDIAN).getInt();
    ByteBuffer bytes = ByteBuffer.wrap(file(2)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getShort(132 + 12 + meta)).isEqualTo((short) 8);
  }

  @Test
  void bothPolaritiesShowTheSamePicture() {
    for (long seed = 2; seed < 4; seed++) {
      Phantom phantom = GENERATOR.next(PhantomKind.CHEST, seed);
      Map<Integer, byte[]> elements = read(file(seed));
      boolean inverse = text(elements, 0x00280004).equals("MONOCHROME1");
      assertThat(inverse).isEqualTo(seed == 3);
      ByteBuffer words = ByteBuffer.wrap(elements.get(0x7FE00010)).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < 64 * 64; i += 97) {
        int shown = phantom.image().getRaster().getSample(i % 64, i / 64, 0) >> 1;
        assertThat(inverse ? 32767 - words.getShort(2 * i) : words.getShort(2 * i)).isEqualTo(shown);
      }
    }
  }

  @Test
  void theSamePhantomIsTheSameFile() {
    assertThat(file(5)).isEqualTo(file(5));
    assertThat(text(read(file(5)), 0x0020000D)).isNotEqualTo(text(read(file(6)), 0x0020000D));
  }

  private static byte[] file(long seed) {
    Phantom phantom = GENERATOR.next(PhantomKind.CHEST, seed);
    return DicomFile.of(phantom.image(), phantom.details());
  }

  private static String text(Map<Integer, byte[]> elements, int tag) {
    return new String(elements.get(tag), StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
  }

  private static Map<Integer, byte[]> read(byte[] file) {
    ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(new String(file, 128, 4, StandardCharsets.US_ASCII)).isEqualTo("DICM");
    in.position(132);
    Map<Integer, byte[]> elements = new TreeMap<>(Integer::compareUnsigned);
    int last = 0;
    while (in.hasRemaining()) {
      int tag = (in.getShort() & 0xffff) << 16 | (in.getShort() & 0xffff);
      assertThat(Integer.compareUnsigned(tag, last)).isPositive();
      last = tag;
      String representation = "" + (char) in.get() + (char) in.get();
      int length;
      if (representation.equals("OB") || representation.equals("OW")) {
        assertThat(in.getShort()).isZero();
        length = in.getInt();
      } else {
        length = in.getShort() & 0xffff;
      }
      assertThat(length % 2).isZero();
      byte[] value = new byte[length];
      in.get(value);
      elements.put(tag, value);
    }
    return elements;
  }
}
