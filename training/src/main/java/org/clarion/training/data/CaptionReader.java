package org.clarion.training.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.training.data.Rows.RowFault;

/**
 * Rows {@code {"image_id", "caption"}} with the pictures in {@code image}. MIMIC's are named by their id; of OpenI's,
 * {@code 1384_1} is {@code CXR3_IM-1384-1001.png} and {@code 1384_2} is {@code CXR3_IM-1384-2001.png}: the number after
 * the underscore counts the views.
 */
final class CaptionReader implements Function<JsonNode, ReportCase> {
  private static final Pattern OPEN_I = Pattern.compile("CXR\\d+(?:_\\d+)?_IM-(\\d+)-(\\d+)001\\.(?:png|jpe?g|dcm)");
  private static final Pattern OPEN_I_ID = Pattern.compile("(\\d+)_(\\d+)");

  private final ImageFinder images;
  private final Map<String, List<Path>> openI = new HashMap<>();

  CaptionReader(Path list) {
    this.images = new ImageFinder(list);
    images.folders().filter(Files::isDirectory).forEach(this::index);
  }

  @Override
  public ReportCase apply(JsonNode row) {
    String id = RowReader.text(row, "image_id").or(() -> RowReader.text(row, "image")).orElseThrow(
        () -> new RowFault("the row has no image_id"));
    String caption = RowReader.text(row, "caption").orElseThrow(() -> new RowFault("the row has no caption"));
    return new ReportCase(id, image(id), RowReader.checked(caption), Map.of(), Optional.empty(), List.of());
  }

  private Path image(String id) {
    Matcher named = OPEN_I_ID.matcher(id);
    List<Path> found = named.matches()
        ? openI.getOrDefault(key(named.group(1), named.group(2)), List.of())
        : List.of();
    if (found.size() > 1) {
      throw new RowFault("image_id " + id + " fits several images: " + found.stream().map(Path::getFileName).toList());
    }
    return found.isEmpty() ? images.find(id) : found.getFirst();
  }

  private void index(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        Matcher name = OPEN_I.matcher(String.valueOf(file.getFileName()));
        if (name.matches()) {
          openI.computeIfAbsent(key(name.group(1), name.group(2)), _ -> new ArrayList<>()).add(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be listed", e);
    }
  }

  /** Leading zeros mean nothing. */
  private static String key(String film, String view) {
    return film.replaceFirst("^0+(?=.)", "") + "_" + view.replaceFirst("^0+(?=.)", "");
  }
}
