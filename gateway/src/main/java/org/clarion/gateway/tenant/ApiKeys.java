package org.clarion.gateway.tenant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.clarion.rpc.Sha256;

/**
 * API keys and the clinics that they stand for. Immutable and thread-safe.
 *
 * <p>
 * The file is YAML: a list {@code keys} of {@code tenant}, {@code name} (who holds the key) and {@code key-hash}. A key
 * is 256 random bits, so a plain SHA-256 keeps it as safe as a slow hash would: there is nothing to guess. The file
 * never holds a key.
 */
public final class ApiKeys {
  private static final String PREFIX = "clk_";
  private static final String HASH_PREFIX = "sha256:";
  private static final int KEY_BYTES = 32;
  private static final int MAX_PRESENTED = 512;
  private static final Set<String> FIELDS = Set.of("tenant", "name", "key-hash");

  private final Map<String, Tenant> byHash;

  private ApiKeys(Map<String, Tenant> byHash) {
    this.byHash = Map.copyOf(byHash);
  }

  /**
   * A new key.
   *
   * @param key
   *          to be shown once and never kept
   * @param entry
   *          what to add to the list in the file
   */
  public record Created(String key, String entry) {}

  /** Makes a key for a holder of that name at that clinic. */
  public static Created create(Tenant tenant, String name) {
    byte[] bits = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(bits);
    String key = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
    String plainName = name.replaceAll("[^\\p{L}\\p{N} ._@-]", " ").strip();
    return new Created(key, "  - tenant: \"" + tenant.id() + "\"\n    name: \"" + plainName + "\"\n    key-hash: "
        + HASH_PREFIX + Sha256.hex(key) + "\n");
  }

  /** Makes a key and adds it to the file, which is made where it is missing. Returns the key. */
  public static String create(Path file, Tenant tenant, String name) throws IOException {
    String before = Files.exists(file) ? Files.readString(file) : "";
    if (before.isBlank()) {
      before = "# API keys, hashed. Made by the clarion command.\nkeys:\n";
    } else {
      parse(file.toString(), before);
    }
    Created created = create(tenant, name);
    String after = before + (before.endsWith("\n") ? "" : "\n") + created.entry();
    parse(file.toString(), after);
    Files.writeString(file, after);
    return created.key();
  }

  /**
   * Reads the file.
   *
   * @throws IOException
   *           when it cannot be read
   * @throws IllegalArgumentException
   *           when it does not say what it should; names file and entry
   */
  public static ApiKeys read(Path file) throws IOException {
    return parse(file.toString(), Files.readString(file));
  }

  static ApiKeys parse(String name, String yaml) {
    JsonNode root;
    try {
      root = new ObjectMapper(new YAMLFactory()).readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(name + " is no YAML: line " + e.getLocation().getLineNr());
    }
    JsonNode keys = root.path("keys");
    if (!keys.isArray() || root.size() != 1) {
      throw new IllegalArgumentException(name + ": expected one list named 'keys'");
    }
    Map<String, Tenant> byHash = new HashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      String where = name + ": keys[" + i + "]";
      JsonNode entry = keys.get(i);
      Set<String> unknown = new TreeSet<>();
      entry.fieldNames().forEachRemaining(unknown::add);
      unknown.removeAll(FIELDS);
      if (!unknown.isEmpty()) {
        throw new IllegalArgumentException(where + " has unknown fields " + unknown);
      }
      String hash = entry.path("key-hash").asText("");
      if (!hash.matches(HASH_PREFIX + "[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            where + ".key-hash must be '" + HASH_PREFIX + "' and 64 lower-case hex digits");
      }
      try {
        if (byHash.put(hash.substring(HASH_PREFIX.length()), new Tenant(entry.path("tenant").asText(""))) != null) {
          throw new IllegalArgumentException("its key-hash stands in the file twice");
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(where + ": " + e.getMessage(), e);
      }
    }
    return new ApiKeys(byHash);
  }

  /** The clinic of a presented key. The time it takes says nothing about other keys: only hashes are compared. */
  public Optional<Tenant> tenant(String key) {
    return key.length() > MAX_PRESENTED ? Optional.empty() : Optional.ofNullable(byHash.get(Sha256.hex(key)));
  }

  /** Number of keys. */
  public int size() {
    return byHash.size();
  }
}
