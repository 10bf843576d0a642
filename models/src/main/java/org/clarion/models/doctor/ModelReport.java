package org.clarion.models.doctor;

import java.util.List;
import org.clarion.models.checkpoint.PartLayout;
import org.clarion.models.manifest.ModelManifest;
import org.jspecify.annotations.Nullable;

/**
 * What the doctor found.
 *
 * @param model
 *          which was looked at
 * @param parts
 *          those whose headers could be read
 * @param missing
 *          files that are not there
 * @param errors
 *          why the model cannot be used, besides what the parts and {@code missing} say
 * @param notes
 *          what is worth knowing and no fault
 * @param plan
 *          memory by number of ranks; absent when the decoder's shape is not known
 */
public record ModelReport(ModelManifest model, List<Part> parts, List<Missing> missing, List<String> errors,
    List<String> notes, @Nullable MemoryPlan plan) {
  public ModelReport {
    parts = List.copyOf(parts);
    missing = List.copyOf(missing);
    errors = List.copyOf(errors);
    notes = List.copyOf(notes);
  }

  /**
   * A part of the model.
   *
   * @param name
   *          {@code language} or {@code vision}
   * @param shape
   *          the sizes that matter, for people
   * @param files
   *          where it lies
   * @param layout
   *          its tensors
   */
  public record Part(String name, String shape, List<String> files, PartLayout layout) {
    public Part {
      files = List.copyOf(files);
    }
  }

  /**
   * A file that is not there.
   *
   * @param path
   *          where it should be
   * @param from
   *          where it comes from; empty when the manifest does not say
   */
  public record Missing(String path, String from) {}

  /** Whether everything is there and fits together. */
  public boolean usable() {
    return missing.isEmpty() && errors.isEmpty() && parts.stream().allMatch(part -> part.layout().usable());
  }

  /** Whether nothing is wrong but that files are not there. */
  public boolean onlyIncomplete() {
    return !missing.isEmpty() && errors.isEmpty() && parts.stream().allMatch(part -> part.layout().usable());
  }
}
