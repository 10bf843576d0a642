package org.clarion.training.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.training.data.Rows.RowFault;

/**
 * Finds a row's picture: beside the list, or in {@code images} or {@code image} beside it, with the name as it stands
 * or with one of the usual endings.
 */
final class ImageFinder {
  private static final List<String> FOLDERS = List.of("", "images", "image");
  private static final List<String> ENDINGS = List.of("", ".jpg", ".jpeg", ".png", ".dcm");

  private final Path folder;

  ImageFinder(Path list) {
    Path parent = list.toAbsolutePath().getParent();
    this.folder = parent == null ? list.toAbsolutePath() : parent;
  }

  /** The folders that are looked into. */
  Stream<Path> folders() {
    return FOLDERS.stream().map(folder::resolve);
  }

  /** The picture of that name. */
  Path find(String name) {
    try {
      return folders().flatMap(place -> ENDINGS.stream().map(ending -> place.resolve(name + ending)))
          .filter(Files::isRegularFile).findFirst()
          .orElseThrow(() -> new RowFault("the image '" + name + "' is not there"));
    } catch (InvalidPathException _) {
      throw new RowFault("the image's name is no file name");
    }
  }
}
