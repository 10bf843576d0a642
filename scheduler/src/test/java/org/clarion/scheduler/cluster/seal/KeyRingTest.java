package org.clarion.scheduler.cluster.seal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;

/** What becomes of a tenant's keys. */
final class KeyRingTest {
  private static final TenantId TENANT = new TenantId("clinic-a");
  private static final ClusterSecret OLD = ClusterSecret.of("o".repeat(32).getBytes(UTF_8));
  private static final ClusterSecret NEW = ClusterSecret.of("n".repeat(32).getBytes(UTF_8));

  private final ClusterSecrets before = new ClusterSecrets(OLD, List.of());
  private final ClusterSecrets both = new ClusterSecrets(NEW, List.of(OLD));
  private final ClusterSecrets after = new ClusterSecrets(NEW, List.of());
  private final KeyMaker maker = new KeyMaker(before, OLD::id);

  private static List<byte[]> plain(ClusterSecrets secrets, KeyRing ring) {
    return ring.keys().stream().map(key -> secrets.unwrap(TENANT, key).secret().getEncoded()).toList();
  }

  @Test
  void aNewTenantHasADerivedKeyForReadingAndARandomOneForWriting() {
    KeyRing first = maker.first(TENANT);
    assertThat(first.keys()).hasSize(2);
    assertThat(first.keys().getFirst().id()).isEqualTo(DataKey.DERIVED);
    assertThat(plain(before, first).getFirst()).isEqualTo(OLD.derivedDataKey(TENANT).getEncoded());
    assertThat(plain(before, first).getLast()).hasSize(32).isNotEqualTo(plain(before, maker.first(TENANT)).getLast());
    assertThat(first.erased()).isFalse();
  }

  @Test
  void aKeyUnwrapsForItsTenantOnlyAndNotWhenItWasChanged() {
    WrappedKey key = maker.first(TENANT).keys().getLast();
    refuses(before, new TenantId("clinic-b"), key);
    refuses(before, TENANT, new WrappedKey(key.id() + 1, key.ordinal(), key.by(), key.wrapped()));
    refuses(before, TENANT, new WrappedKey(key.id(), key.ordinal() + 1, key.by(), key.wrapped()));
    refuses(before, TENANT, new WrappedKey(key.id(), key.ordinal(), key.by(), new byte[5]));
    byte[] changed = key.wrapped().clone();
    changed[20] ^= 1;
    refuses(before, TENANT, new WrappedKey(key.id(), key.ordinal(), key.by(), changed));
    refuses(after, TENANT, key);
    assertThat(both.unwrap(TENANT, key).id()).isEqualTo(key.id());
  }

  private static void refuses(ClusterSecrets secrets, TenantId tenant, WrappedKey key) {
    assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> secrets.unwrap(tenant, key));
  }

  @Test
  void aNewSecretWrapsTheSameKeys() {
    KeyRing ring = maker.renewed(TENANT, maker.first(TENANT));
    KeyRing rewrapped = new KeyMaker(both, NEW::id).rewrapped(TENANT, ring);
    assertThat(rewrapped.supersedes(ring)).isTrue();
    assertThat(plain(after, rewrapped)).containsExactlyElementsOf(plain(before, ring));
    assertThat(new KeyMaker(both, NEW::id).rewrapped(TENANT, rewrapped)).isEqualTo(rewrapped);
    assertThatIllegalArgumentException().isThrownBy(() -> new KeyMaker(after, OLD::id).first(TENANT));
  }

  @Test
  void aRenewedKeySealsAndTheOnesBeforeStay() {
    KeyRing ring = maker.first(TENANT);
    KeyRing renewed = maker.renewed(TENANT, ring);
    assertThat(renewed.keys()).hasSize(3).containsAll(ring.keys());
    assertThat(renewed.keys().getLast()).isNotIn(ring.keys());
    while (renewed.keys().size() < KeyRing.MAX_KEYS) {
      renewed = maker.renewed(TENANT, renewed);
    }
    KeyRing full = renewed;
    assertThatIllegalStateException().isThrownBy(() -> maker.renewed(TENANT, full)).withMessageContaining("64");
  }

  @Test
  void anErasedTenantHasNoKeyUntilItIsAdmitted() {
    KeyRing ring = maker.first(TENANT);
    KeyRing erased = ring.destroyed();
    assertThat(erased.erased()).isTrue();
    assertThat(erased.keys()).isEmpty();
    assertThatExceptionOfType(TenantErasedException.class).isThrownBy(() -> maker.renewed(TENANT, erased));
    KeyRing admitted = maker.admitted(TENANT, erased);
    assertThat(admitted.keys()).hasSize(1).doesNotContainAnyElementsOf(ring.keys());
    assertThat(admitted.keys().getFirst().id()).isNotEqualTo(DataKey.DERIVED);
    assertThat(maker.admitted(TENANT, ring)).isEqualTo(ring);
  }

  @Test
  void bothSidesOfASplitKeepTheirKeysAndAnErasedTenantIsErased() {
    KeyRing ring = maker.first(TENANT);
    KeyRing left = maker.renewed(TENANT, ring);
    KeyRing right = maker.renewed(TENANT, maker.renewed(TENANT, ring));
    KeyRing joined = left.join(right);
    assertThat(joined.keys()).containsAll(left.keys()).containsAll(right.keys()).hasSize(5);
    assertThat(joined).isEqualTo(right.join(left));
    assertThat(joined.supersedes(left) && joined.supersedes(right)).isTrue();
    assertThat(ring.destroyed().join(right).keys()).isEmpty();
    assertThat(right.join(ring.destroyed()).keys()).isEmpty();
  }

  /** Joining in any order, again and again, ends alike and never brings back what was destroyed. */
  @Test
  void anyOrderOfJoinsEndsAlike() {
    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      List<KeyRing> copies = new ArrayList<>(List.of(maker.first(TENANT)));
      for (int i = 0; i < 6; i++) {
        KeyRing from = copies.get(random.nextInt(copies.size()));
        copies.add(switch (random.nextInt(4)) {
          case 0 -> from.destroyed();
          case 1 -> maker.admitted(TENANT, from);
          default -> from.erased() ? from : maker.renewed(TENANT, from);
        });
      }
      int era = copies.stream().mapToInt(KeyRing::era).max().orElseThrow();
      KeyRing there = copies.get(random.nextInt(copies.size()));
      KeyRing elsewhere = copies.get(random.nextInt(copies.size()));
      for (int i = 0; i < 60; i++) {
        there = there.join(copies.get(random.nextInt(copies.size())));
        elsewhere = copies.get(random.nextInt(copies.size())).join(elsewhere);
      }
      for (KeyRing copy : copies) {
        there = there.join(copy);
        elsewhere = copy.join(elsewhere);
      }
      assertThat(there.keys()).isEqualTo(elsewhere.keys());
      assertThat(there.era()).isEqualTo(era);
      assertThat(there.keys()).containsAll(copies.stream().filter(copy -> copy.era() == era)
          .flatMap(copy -> copy.keys().stream()).toList());
    }
  }
}
