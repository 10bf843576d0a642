package org.clarion.deploy.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.deploy.evaluate.ClusterRespondent;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.loadtest.app.ServerModels;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.training.data.PictureReader;
import org.clarion.training.evaluate.CheckpointRespondent;
import org.clarion.training.evaluate.Respondent;
import org.jspecify.annotations.Nullable;

/**
 * The models that an evaluation names, all checked before the first is asked.
 *
 * @param models
 *          as the command line has them
 * @param batch
 *          questions at a time
 * @param maxTokens
 *          bound of an answer
 */
record Candidates(List<String> models, int batch, int maxTokens) {
  /** Makes one model ready; closed before the next is made, so that one is in memory at a time. */
  @FunctionalInterface
  interface Candidate {
    Respondent open();
  }

  /**
   * Models to load here.
   *
   * @throws CommandFailure
   *           when one is unknown, incomplete or has no image tower
   */
  List<Candidate> checkpoints(String precision, PictureReader pictures) throws IOException {
    ModelStore store = ModelStore.standard();
    CheckpointRespondent.Options options = new CheckpointRespondent.Options(precision, RoleSettings.cores(), batch,
        maxTokens);
    List<Candidate> candidates = new ArrayList<>();
    for (String name : models) {
      ModelManifest model = ModelCatalogue.standard().require(manifest(name));
      if (!store.present(model)) {
        throw new CommandFailure(ExitCode.MODEL_MISSING, "model " + model.id() + " lacks files; clarion models pull "
            + name + " says which and where they come from");
      }
      if (model.vision() == null) {
        throw new CommandFailure(ExitCode.USAGE, "model " + model.id()
            + " has no image tower: it cannot be asked about pictures");
      }
      candidates.add(() -> CheckpointRespondent.load(name, model, store, pictures, options));
    }
    return candidates;
  }

  /** A folder stands for the only manifest in it. */
  private static String manifest(String name) throws IOException {
    Path folder = Path.of(name);
    if (!Files.isDirectory(folder)) {
      return name;
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> manifests = files.filter(file -> ModelCatalogue.isFile(file.toString())).sorted().toList();
      if (manifests.size() != 1) {
        throw new CommandFailure(ExitCode.USAGE, "--model " + name + " is a folder with " + manifests.size()
            + " manifests (.yaml); name the one to evaluate");
      }
      return manifests.getFirst().toString();
    }
  }

  /**
   * Models of a cluster; where none is named, the first that it names.
   *
   * @param secret
   *          API key, or null
   * @throws CommandFailure
   *           when it cannot be reached or does not serve one
   */
  List<Candidate> served(URI base, @Nullable String secret) throws InterruptedException {
    List<String> there;
    try {
      there = ServerModels.of(base, secret);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.UNREACHABLE, base + " does not tell its models: " + (e.getMessage() == null
          ? e.getClass().getSimpleName()
          : e.getMessage()), e);
    }
    List<String> wanted = models.isEmpty() ? List.of(there.getFirst()) : models;
    for (String name : wanted) {
      if (!there.contains(name)) {
        throw new CommandFailure(ExitCode.USAGE, base + " does not serve " + name + "; it serves " + there);
      }
    }
    return wanted.stream().<Candidate>map(name -> () -> new ClusterRespondent(base, secret, name, batch, maxTokens))
        .toList();
  }
}
