package org.probity.zk.ceremony;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.probity.ground.Fuzzing;
import org.probity.ground.TestKind;

/** No bytes make the reader do anything but read or refuse. */
@TestKind.Fuzz
final class CeremonyFileFuzzTest {
  private static final int MUTATIONS = TestKind.count("probity.fuzz.ceremonies", 300, 1_500);

  @TempDir Path folder;

  /** The powers, or empty if the file is refused in one sentence. */
  private Optional<PowersOfTau> read(byte[] file) throws IOException {
    var path = Files.write(folder.resolve("a.ptau"), file);
    try {
      return Optional.of(CeremonyFileTest.read(path, OptionalInt.empty()));
    } catch (IllegalArgumentException e) {
      assertThat(e.getMessage()).startsWith(path + " ").doesNotContain("\n");
      return Optional.empty();
    }
  }

  /** Bytes allocated since the thread began, garbage too. */
  private static long allocated() {
    return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
  }

  /**
   * A changed byte anywhere is found, but for what nothing in a ceremony's file binds: names; of
   * each response's hash state the part that only later points could confirm; and bytes of the
   * state that the hash does not use. All that changes then is what is shown.
   */
  @Test
  void changedBytesAreRefusedButInWhatIsOnlyShown() throws IOException {
    var good = Files.readAllBytes(Snarkjs.ofPower2());
    var file = PtauBytes.parse(good);
    var expected = read(good).orElseThrow();
    var shown = new BitSet();
    int contributions = file.offset(7) + 4;
    int state = contributions + 9 * 64 + 5 * 128;
    shown.set(state, state + 192);
    shown.set(state + 208, state + 216);
    int name = state + 216 + 64 + 10;
    shown.set(name, name + 3);
    state = name + 3 + 9 * 64 + 5 * 128;
    shown.set(state + 96, state + 128);
    shown.set(state + 208, state + 216);
    name = state + 216 + 64 + 10;
    shown.set(name, name + 6);
    assertThat(name + 6).isEqualTo(good.length);

    for (int at = 0; at < good.length; at++) {
      // Within points and hashes some bytes, and of what is admitted, which takes longest, a few.
      int step = shown.get(at) ? 16 : at < file.offset(2) + 64 ? 1 : TestKind.FULL ? 3 : 7;
      if (at % step != 0) {
        continue;
      }
      var changed = good.clone();
      changed[at] ^= 1;
      var read = read(changed);
      assertThat(read.isPresent()).as("byte %d", at).isEqualTo(shown.get(at));
      if (read.isPresent()) {
        assertThat(read.get().tauG2()).isEqualTo(expected.tauG2());
        assertThat(read.get().powers().get(3)).isEqualTo(expected.powers().get(3));
      }
    }
  }

  @Test
  void mutatedFilesAreRefusedOrGiveTheSamePowers() {
    Fuzzing.rounds(2026, this::mutateFiles);
  }

  private void mutateFiles(long seed) throws IOException {
    var random = new Random(seed);
    var good = Files.readAllBytes(Snarkjs.withBeacon());
    long before = allocated();
    var expected = read(good).orElseThrow();
    long explained = 2 * (allocated() - before);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      var mutated = mutated(good, random);
      before = allocated();
      var read = read(mutated);
      assertThat(allocated() - before).as("mutation %d", i).isLessThan(explained);
      if (read.isEmpty()) {
        refused++;
      } else {
        assertThat(read.get().tauG2()).as("mutation %d", i).isEqualTo(expected.tauG2());
      }
    }
    assertThat(refused).isGreaterThan(MUTATIONS * 3 / 4);
  }

  private static byte[] mutated(byte[] good, Random random) {
    var out = good.clone();
    int times = 1 + random.nextInt(3);
    for (int t = 0; t < times; t++) {
      int at = random.nextInt(out.length);
      switch (random.nextInt(9)) {
        case 0 -> out[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> out[at] = (byte) random.nextInt();
        case 2 -> Arrays.fill(out, at, Math.min(out.length, at + 32), (byte) 0);
        case 3 -> Arrays.fill(out, at, Math.min(out.length, at + 32), (byte) -1);
        case 4 -> out = Arrays.copyOf(out, at + 1);
        case 5 -> out = moved(out, at, random.nextInt(out.length), random.nextInt(200));
        case 6 -> out = sections(out, random);
        case 7 -> lengthField(out, random);
        default -> out[random.nextInt(Math.min(out.length, 100))] ^= (byte) random.nextInt(256);
      }
    }
    return out;
  }

  /** A piece copied to another place, so that the file grows. */
  private static byte[] moved(byte[] file, int from, int to, int length) {
    var out = new ByteArrayOutputStream();
    out.write(file, 0, to);
    out.write(file, from, Math.min(length, file.length - from));
    out.write(file, to, file.length - to);
    return out.toByteArray();
  }

  /** Sections dropped, doubled, exchanged or renamed, in a file whose table is whole. */
  private static byte[] sections(byte[] file, Random random) {
    PtauBytes parsed;
    try {
      parsed = PtauBytes.parse(file);
    } catch (RuntimeException e) {
      return file;
    }
    if (parsed.sections().isEmpty()) {
      return file;
    }
    return parsed
        .changed(sections -> {
          int i = random.nextInt(sections.size());
          int j = random.nextInt(sections.size());
          switch (random.nextInt(4)) {
            case 0 -> sections.remove(i);
            case 1 -> sections.add(j, sections.get(i));
            case 2 -> Collections.swap(sections, i, j);
            default ->
                sections.set(
                    i, new PtauBytes.Section(sections.get(j).id(), sections.get(i).content()));
          }
        })
        .write();
  }

  /** A section's length, or a contribution's count or length, overwritten with an extreme value. */
  private static void lengthField(byte[] file, Random random) {
    long[] extremes = {0, -1, 1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 31, 1L << 32, file.length};
    long value = extremes[random.nextInt(extremes.length)];
    int at = random.nextInt(Math.max(1, file.length - 8));
    for (int i = 0; i < 8 && at + i < file.length; i++) {
      file[at + i] = (byte) (value >>> (8 * i));
    }
  }
}
