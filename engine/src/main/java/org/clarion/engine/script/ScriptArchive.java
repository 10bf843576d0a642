package org.clarion.engine.script;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs a program text into what libtorch loads: a zip of the code, a pickle that makes one object of the program's
 * class, an empty table of constants and a format number.
 *
 * <p>
 * There are no tensors inside. The object sets its attributes in {@code __setstate__}, and Java hands it the weights
 * afterwards. Packing is a pure function of the text.
 */
public final class ScriptArchive {
  private static final Pattern DECLARATION = Pattern.compile("(?m)^class (\\w+)\\(Module\\):");
  private static final String ROOT = "archive/";

  /** The format of libtorch 2.7. An older number would make it translate operators whose meaning has changed since. */
  private static final int FORMAT = 10;

  private ScriptArchive() {}

  /**
   * The archive of a program.
   *
   * @param program
   *          text with one {@code class X(Module):}
   * @throws IllegalArgumentException
   *           when the text declares no such class
   */
  public static byte[] pack(String program) {
    Matcher declaration = DECLARATION.matcher(program);
    if (!declaration.find()) {
      throw new IllegalArgumentException("the program has no line 'class X(Module):'");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(program.length() + 1024);
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      add(zip, "data.pkl", instanceOf(declaration.group(1)));
      add(zip, "code/__torch__.py", program.getBytes(StandardCharsets.UTF_8));
      add(zip, "constants.pkl", pickle(")"));
      add(zip, "version", (FORMAT + "\n").getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  /** The pickle of {@code object = X.__new__(X); object.__setstate__(0)}. */
  private static byte[] instanceOf(String className) {
    String global = "c__torch__\n" + className + "\n"; // GLOBAL module, name
    String newObject = ")\u0081"; // EMPTY_TUPLE, NEWOBJ
    String setState = "K\u0000b"; // BININT1 0, BUILD
    return pickle(global + newObject + setState);
  }

  private static byte[] pickle(String operations) {
    return ("\u0080\u0002" + operations + ".").getBytes(StandardCharsets.ISO_8859_1); // PROTO 2 ... STOP
  }

  private static void add(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setSize(content.length);
    entry.setCrc(checksum.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
