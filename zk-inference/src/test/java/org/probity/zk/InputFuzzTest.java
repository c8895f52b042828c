package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.curve.G1;

/**
 * Changed model keys, private models and reference strings: each is read or refused with one
 * sentence, and reading takes no more memory than the input's size explains.
 */
@TestKind.Fuzz
class InputFuzzTest {
  private static final ComputeBackend BACKEND = ComputeBackend.scalar(1);

  /** Bytes allocated, and at once let go of, for each byte of an input: points and big integers. */
  private static final long PER_BYTE = 1024;

  /** The same whatever the input is: messages, layouts. */
  private static final long FIXED = 1 << 17;

  /** The same for a pairing: garbage of some ten million field operations, live for none of it. */
  private static final long FIXED_PAIRING = 1 << 26;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  /** Loads every class once, so that what is measured is the input's. */
  @BeforeEach
  void readOnce() throws IOException {
    var model = model(new Random(120));
    assertThat(ModelKey.parse(model.key().bytes())).isEqualTo(model.key());
    assertThat(CommittedModel.decode(model.encode()).key()).isEqualTo(model.key());
    var srs = Srs.development(3, Networks.seeded(120));
    assertThat(load(saved(srs)).digest()).isEqualTo(srs.digest());
    for (var bytes : new byte[][] {new byte[0], {2, 0, 0, 0, 0, 0, 0, 0}, new byte[500]}) {
      assertThatThrownBy(() -> ModelKey.parse(bytes)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> CommittedModel.decode(bytes))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> load(bytes)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  // ---- Model keys ----

  @Test
  void randomHeadersOfModelKeysAreReadOrRefused() {
    Fuzzing.rounds(121, this::headersOfModelKeys);
  }

  private void headersOfModelKeys(long seed) {
    var random = new Random(seed);
    var point = G1.GENERATOR.encode();
    int read = 0;
    for (int i = 0; i < 50_000; i++) {
      var key = new byte[random.nextInt(400)];
      random.nextBytes(key);
      if (key.length > 8) {
        // Most of the header as it should be, so that what is wrong is not always the first thing.
        key[0] = 1;
        key[1] = (byte) random.nextInt(random.nextInt(9) == 0 ? 256 : 2);
        key[2] = (byte) random.nextInt(random.nextInt(9) == 0 ? 256 : 3);
        key[3] = (byte) random.nextInt(random.nextInt(9) == 0 ? 256 : 4);
        key[4] = (byte) (random.nextInt(9) == 0 ? key[4] : 0);
        key[5] = (byte) (random.nextInt(9) == 0 ? key[5] : 0);
        int layers = key[3] & 0xff;
        for (int l = 0; l < layers && 12 + 4 * l <= key.length; l++) {
          key[8 + 4 * l] = (byte) (random.nextInt(20) == 0 ? key[8 + 4 * l] : 0);
          key[11 + 4 * l] = (byte) (key[1] == 0 && l == layers - 1 ? 0 : key[11 + 4 * l] & 31);
        }
        int rows = 1 << (key[2] & 15);
        int length = 8 + 4 * layers + 64 * rows;
        if (length < 2000 && random.nextInt(4) > 0) {
          key = Arrays.copyOf(key, length);
          for (int at = 8 + 4 * layers; at < length; at += 64) {
            System.arraycopy(point, 0, key, at, 64);
          }
        }
      }
      var bytes = key;
      var parsed = readOrRefused(bytes, ModelKey::parse);
      parsed.ifPresent(k -> assertThat(k.bytes()).isEqualTo(bytes));
      read += parsed.isPresent() ? 1 : 0;
    }
    assertThat(read).isBetween(1_000, 49_000);
  }

  @Test
  void hugeCountsInAShortKeyCostNothing() {
    for (int rows : new int[] {0, 10, 11, 255}) {
      for (int layers : new int[] {0, 1, 32, 33, 255}) {
        for (int inputs : new int[] {0, 1, 65536, 65537, Integer.MAX_VALUE, -1}) {
          for (int layer : new int[] {0, 65536 << 8, -1, 1 << 8 | 30}) {
            for (int length : new int[] {8, 12, 8 + 4 * layers, 8 + 4 * layers + 64}) {
              var key = ByteBuffer.allocate(Math.max(8, 8 + 4 * layers + 64));
              key.put((byte) 1).put((byte) 1).put((byte) rows).put((byte) layers).putInt(inputs);
              for (int l = 0; l < layers; l++) {
                key.putInt(layer);
              }
              readOrRefused(Arrays.copyOf(key.array(), length), ModelKey::parse);
            }
          }
        }
      }
    }
  }

  @Test
  void changedModelKeysAreReadOrRefused() {
    var random = new Random(122);
    var key = model(random).key().bytes();
    var other = model(random).key().bytes();
    for (int i = 0; i < 20_000; i++) {
      var bytes = Mutations.mutate(random, key, other);
      readOrRefused(bytes, ModelKey::parse)
          .ifPresent(read -> assertThat(read.bytes()).isEqualTo(bytes));
    }
  }

  // ---- Private models ----

  @Test
  void changedPrivateModelsAreRefused() {
    var random = new Random(123);
    var bytes = model(random).encode();
    var donor = model(random).encode();
    for (int i = 0; i < 10_000; i++) {
      var changed = Mutations.mutate(random, bytes, donor);
      var read = readOrRefused(changed, CommittedModel::decode);
      boolean whole = Arrays.equals(changed, bytes) || Arrays.equals(changed, donor);
      assertThat(read.isPresent()).isEqualTo(whole);
    }
  }

  @Test
  void changedPrivateModelsWithTheirChecksumMadeGoodAreReadAsTheyAreOrRefused() {
    Fuzzing.rounds(124, this::changePrivateModels);
  }

  private void changePrivateModels(long seed) {
    var random = new Random(seed);
    var bytes = model(random).encode();
    var donor = model(random).encode();
    int read = 0;
    for (int i = 0; i < 10_000; i++) {
      var changed = Mutations.mutate(random, bytes, donor);
      if (changed.length >= 32) {
        var body = Arrays.copyOf(changed, changed.length - 32);
        System.arraycopy(Keccak.hash(body).toByteArray(), 0, changed, body.length, 32);
      }
      var model = readOrRefused(changed, CommittedModel::decode);
      model.ifPresent(m -> assertThat(m.encode()).isEqualTo(changed));
      read += model.isPresent() ? 1 : 0;
    }
    assertThat(read).isPositive();
  }

  @Test
  void aPrivateModelThatIsAlmostAllPaddingIsRefusedBeforeItTakesMemory() {
    int rows = 1 << 10;
    int inputs = 1 << 16;
    var key = ByteBuffer.allocate(12 + 64 * rows);
    key.put((byte) 1).put((byte) 1).put((byte) 10).put((byte) 1).putInt(inputs).putInt(1 << 8);
    for (int c = 0; c < rows; c++) {
      key.put(G1.GENERATOR.encode());
    }
    var magic = Arrays.copyOf(model(new Random(125)).encode(), 24);
    var body =
        ByteBuffer.allocate(24 + 4 + key.capacity() + 32 * rows + 4 * (inputs + 1))
            .put(magic)
            .putInt(key.capacity())
            .put(key.array())
            .array();
    var file = Arrays.copyOf(body, body.length + 32);
    System.arraycopy(Keccak.hash(body).toByteArray(), 0, file, body.length, 32);
    assertThat(readOrRefused(file, CommittedModel::decode)).isEmpty();
    assertThatThrownBy(() -> CommittedModel.decode(file)).hasMessageContaining("fewer rows");
  }

  private static CommittedModel model(Random random) {
    var network = Networks.random(random, Readout.ARGMAX, 1, 3, 4, 2);
    var srs = Srs.development(network.architecture().layout().logSize, Networks.seeded(125));
    return CommittedModel.commit(network, srs, BACKEND, Networks.seeded(random.nextLong()));
  }

  // ---- Reference strings ----

  @Test
  void changedReferenceStringsAreRefused() {
    Fuzzing.rounds(126, this::changeReferenceStrings);
  }

  private void changeReferenceStrings(long seed) throws IOException {
    var random = new Random(seed);
    var bytes = saved(Srs.development(3, Networks.seeded(127)));
    var donor = saved(Srs.development(3, Networks.seeded(128)));
    for (int i = 0; i < 2_000; i++) {
      var changed = Mutations.mutate(random, bytes, donor);
      boolean whole = Arrays.equals(changed, bytes) || Arrays.equals(changed, donor);
      assertThat(readOrRefused(changed, FIXED_PAIRING, this::load).isPresent()).isEqualTo(whole);
    }
  }

  @Test
  void changedReferenceStringsWithTheirChecksumMadeGoodAreReadAsTheyAreOrRefused()
      throws IOException {
    var random = new Random(129);
    var bytes = saved(Srs.development(3, Networks.seeded(127)));
    var donor = saved(Srs.development(3, Networks.seeded(128)));
    for (int i = 0; i < 2_000; i++) {
      var changed = Mutations.mutate(random, bytes, donor);
      if (random.nextInt(5) == 0) {
        changed = withCeremony(random, changed);
      }
      if (changed.length >= 32) {
        var body = Arrays.copyOf(changed, changed.length - 32);
        System.arraycopy(sha256(body), 0, changed, body.length, 32);
      }
      var written = changed;
      readOrRefused(written, FIXED_PAIRING, this::load)
          .ifPresent(srs -> {
            try {
              assertThat(saved(srs)).isEqualTo(written);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  /** A ceremony's record of random bytes where a development string has none. */
  private static byte[] withCeremony(Random random, byte[] srs) {
    if (srs.length < 20) {
      return srs;
    }
    var record = new byte[1 + random.nextInt(300)];
    random.nextBytes(record);
    return ByteBuffer.allocate(srs.length + record.length)
        .put(srs, 0, 14)
        .put((byte) 1)
        .put(srs[15])
        .putInt(record.length)
        .put(record)
        .put(srs, 20, srs.length - 20)
        .array();
  }

  private byte[] saved(Srs srs) throws IOException {
    var file = folder.resolve("saved.srs");
    srs.save(file);
    return Files.readAllBytes(file);
  }

  private Srs load(byte[] bytes) {
    var file = folder.resolve("changed.srs");
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return Srs.load(file);
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  // ---- What holds for all of them ----

  /** What was read; or nothing, if it was refused with a sentence. Anything else fails the test. */
  private static <T> Optional<T> readOrRefused(byte[] bytes, Function<byte[], T> reader) {
    return readOrRefused(bytes, FIXED, reader);
  }

  private static <T> Optional<T> readOrRefused(
      byte[] bytes, long fixed, Function<byte[], T> reader) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    Optional<T> read;
    try {
      read = Optional.of(reader.apply(bytes));
    } catch (IllegalArgumentException e) {
      read = Optional.empty();
      assertThat(e.getMessage())
          .matches(message -> message.split(" ").length >= 4, "is a sentence")
          .doesNotContain("Exception", "null", "out of bounds");
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertThat(allocated)
        .as("bytes allocated for an input of %d", bytes.length)
        .isLessThan(fixed + PER_BYTE * bytes.length);
    return read;
  }
}
