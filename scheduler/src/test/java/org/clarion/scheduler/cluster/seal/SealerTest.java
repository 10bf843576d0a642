package org.clarion.scheduler.cluster.seal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SealerTest {
  private static final TenantId TENANT = new TenantId("clinic-a");
  private static final byte[] PLAIN = "a patient's words".getBytes(UTF_8);
  /** What the release before data keys were stored sealed, with a secret of 32 times the letter s, at map/1. */
  private static final String SEALED_BEFORE = "01ce58f7cf38c46d45c01a1dd3c20c87deca99309674aedd9d56fb258362b5cde29d886462b2321c40e106d7873e";

  private final DataKey key = DataKey.random(1);
  private final Sealer sealer = new Sealer(new HeldKeys(key));

  private static ClusterSecret secret(String letter) {
    return ClusterSecret.of(letter.repeat(32).getBytes(UTF_8));
  }

  @Test
  void whatWasSealedOpensWithTheSameKeyTenantAndPlace() {
    byte[] sealed = sealer.seal(TENANT, "map/1", PLAIN);
    assertThat(sealed).hasSize(PLAIN.length + Sealer.OVERHEAD);
    assertThat(new Sealer(new HeldKeys(key)).open(TENANT, "map/1", sealed)).isEqualTo(PLAIN);
    assertThat(new String(sealed, UTF_8)).doesNotContain("patient");
  }

  @Test
  void nothingElseOpensIt() {
    byte[] sealed = sealer.seal(TENANT, "map/1", PLAIN);
    refuses(new Sealer(new HeldKeys(DataKey.random(1))), "map/1", sealed);
    refuses(new Sealer(new HeldKeys(new DataKey(key.id(), 1, DataKey.random(1).secret()))), "map/1", sealed);
    refuses(sealer, "map/2", sealed);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 1;
      refuses(sealer, "map/1", changed);
    }
    for (int i = 0; i < sealed.length; i++) {
      refuses(sealer, "map/1", Arrays.copyOf(sealed, i));
    }
  }

  private static void refuses(Sealer sealer, String place, byte[] sealed) {
    assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> sealer.open(TENANT, place, sealed))
        .withMessageContaining(TENANT.value());
  }

  @Test
  void aKeyIsFoundByItsName() {
    byte[] before = sealer.seal(TENANT, "map/1", PLAIN);
    Sealer renewed = new Sealer(new HeldKeys(key, DataKey.random(2)));
    byte[] after = renewed.seal(TENANT, "map/1", PLAIN);
    assertThat(renewed.open(TENANT, "map/1", before)).isEqualTo(PLAIN);
    assertThat(renewed.open(TENANT, "map/1", after)).isEqualTo(PLAIN);
    refuses(sealer, "map/1", after);
  }

  @Test
  void whatTheReleaseBeforeSealedOpens() {
    Sealer present = new Sealer(new HeldKeys(
        new ClusterSecrets(secret("n"), List.of(secret("s"))).derived(TENANT), DataKey.random(1)));
    assertThat(present.open(TENANT, "map/1", HexFormat.of().parseHex(SEALED_BEFORE))).isEqualTo(PLAIN);
    assertThat(present.seal(TENANT, "map/1", PLAIN)).as("and is sealed with a key of its own when written")
        .startsWith(2);
  }

  @Test
  void theSameTextIsNeverSealedAlike() {
    assertThat(sealer.seal(TENANT, "map/1", PLAIN)).isNotEqualTo(sealer.seal(TENANT, "map/1", PLAIN));
  }

  @Test
  void aSecretIsReadFromAFileAndNeverPrinted(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), "s".repeat(32) + "\n");
    ClusterSecret read = ClusterSecret.read(file);
    assertThat(read.id()).isEqualTo(secret("s").id()).isNotEqualTo(secret("t").id());
    assertThat(read.toString()).doesNotContain("sss");
    assertThat(DataKey.random(3).toString()).hasSizeLessThan(30);
    Files.writeString(file, "short");
    assertThatIllegalArgumentException().isThrownBy(() -> ClusterSecret.read(file)).withMessageContaining("32")
        .withMessageContaining("5");
    assertThatIllegalArgumentException().isThrownBy(() -> ClusterSecret.read(folder.resolve("none")))
        .withMessageContaining("none");
  }
}
