package org.probity.ground;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a reader changed copies of good inputs: each has to be read, or refused with one kind of
 * exception, in bounded time and memory. Errors of the virtual machine are no refusal.
 *
 * <p>Without the system property {@code probity.fuzz.seconds} a test takes {@link #FEW} inputs, the
 * same in each run. With it, a test takes so many seconds, inputs that differ from run to run, and
 * adds its count to {@code target/fuzz.tsv}. What fails is kept in {@code target/fuzz-found} and
 * belongs into the corpus once it is mended.
 *
 * @param subject what is read, as a report names it
 * @param corpus inputs to change; each of them is fed unchanged first
 * @param words what a format knows, to be put in at random places
 * @param refusal the exception that refuses an input
 * @param time the most that one input may take of the processor
 * @param fixed bytes that reading may allocate whatever the input is
 * @param perByte bytes that it may allocate for each byte of the input
 */
@NullMarked
public record Fuzzing(
    String subject,
    List<byte[]> corpus,
    List<byte[]> words,
    Class<? extends Exception> refusal,
    Duration time,
    long fixed,
    long perByte) {

  /** Inputs of a test that is part of an ordinary build. */
  public static final int FEW = 250;

  private static final int LONGEST = 1 << 18;

  private static final long SECONDS = Long.getLong("probity.fuzz.seconds", 0);

  private static final Path TARGET =
      Path.of(System.getProperty("probity.home", "."), "target").toAbsolutePath();

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Numbers that formats seldom expect. */
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-1",
          "1e999999999",
          "-1e-999999999",
          "0.1",
          "NaN",
          "2147483648",
          "9223372036854775807",
          "9223372036854775808",
          "115792089237316195423570985008687907853269984665640564039457584007913129639936",
          "9".repeat(2_000));

  /** Reads an input, and throws what it throws. */
  @FunctionalInterface
  public interface Reader {
    void read(byte[] input) throws Exception;
  }

  /** One round of a test that changes its inputs itself. */
  public interface Round {
    /** Goes through what {@code seed} gives. */
    void with(long seed) throws Exception;
  }

  /** With bounds that suit readers of small texts and files. */
  public static Fuzzing of(
      String subject, List<byte[]> corpus, List<String> words, Class<? extends Exception> refusal) {
    return new Fuzzing(
        subject,
        List.copyOf(corpus),
        words.stream().map(word -> word.getBytes(StandardCharsets.UTF_8)).toList(),
        refusal,
        Duration.ofSeconds(5),
        64L << 20,
        8_192);
  }

  /** The same with other bounds. */
  public Fuzzing within(Duration mostTime, long mostFixed, long mostPerByte) {
    return new Fuzzing(subject, corpus, words, refusal, mostTime, mostFixed, mostPerByte);
  }

  /** The content of every file of {@code folder}. */
  public static List<byte[]> files(Path folder) throws IOException {
    List<byte[]> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        found.add(Files.readAllBytes(file));
      }
    }
    return found;
  }

  /**
   * For tests that change their inputs themselves: one round with {@code seed}; in the fuzzing
   * profile, rounds with new seeds for as long as a test takes there. A failure names the round's
   * seed.
   */
  public static void rounds(long seed, Round round) {
    long begin = System.nanoTime();
    long rounds = 0;
    long next = seed;
    do {
      try {
        round.with(next);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("The round with seed %d failed".formatted(next), e);
      }
      rounds++;
      next = next == seed ? begin : next + 1;
    } while (System.nanoTime() - begin < Duration.ofSeconds(SECONDS).toNanos());
    if (SECONDS > 0) {
      String caller =
          StackWalker.getInstance()
              .walk(frames -> frames.skip(1).findFirst().map(Fuzzing::nameOf).orElseThrow());
      report("rounds of " + caller, rounds, rounds, Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  /**
   * Feeds the corpus as it is and then changed.
   *
   * @throws AssertionError if an input is neither read nor refused, or takes too much; it names the
   *     file that keeps the input
   */
  public void feed(Reader reader) {
    corpus.forEach(input -> attempt(reader, input));
    Random random = new Random(SECONDS == 0 ? subject.hashCode() : System.nanoTime());
    long begin = System.nanoTime();
    long end = begin + Duration.ofSeconds(SECONDS).toNanos();
    long inputs = 0;
    long read = 0;
    while (SECONDS == 0 ? inputs < FEW : System.nanoTime() - end < 0) {
      inputs++;
      read += bounded(reader, changed(random)) ? 1 : 0;
    }
    if (SECONDS > 0) {
      report(subject, inputs, read, Duration.ofNanos(System.nanoTime() - begin));
    }
  }

  private static String nameOf(StackWalker.StackFrame frame) {
    String type = frame.getClassName();
    return type.substring(type.lastIndexOf('.') + 1) + "." + frame.getMethodName();
  }

  private boolean bounded(Reader reader, byte[] input) {
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    long processor = THREADS.getCurrentThreadCpuTime();
    boolean read = attempt(reader, input);
    processor = THREADS.getCurrentThreadCpuTime() - processor;
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    if (processor > time.toNanos()) {
      throw found(input, "took %d ms".formatted(Duration.ofNanos(processor).toMillis()), null);
    }
    if (allocated > fixed + perByte * input.length) {
      throw found(input, "took %d bytes of memory".formatted(allocated), null);
    }
    return read;
  }

  /** Whether the input was read; if not, it was refused. */
  private boolean attempt(Reader reader, byte[] input) {
    try {
      reader.read(input);
      return true;
    } catch (Throwable e) {
      if (!refusal.isInstance(e)) {
        throw found(input, "was met with " + e, e);
      }
      if (String.valueOf(e.getMessage()).isBlank()) {
        throw found(input, "was refused without a word", e);
      }
      return false;
    }
  }

  private AssertionError found(byte[] input, String what, @Nullable Throwable cause) {
    Path kept =
        TARGET
            .resolve("fuzz-found")
            .resolve("%s-%08x".formatted(subject.replace(' ', '-'), Arrays.hashCode(input)));
    try {
      Files.createDirectories(kept.getParent());
      Files.write(kept, input);
    } catch (IOException e) {
      what += " (and could not be kept: " + e + "; it is " + HexFormat.of().formatHex(input) + ")";
    }
    return new AssertionError(
        "An input of %s, %d bytes, kept as %s, %s".formatted(subject, input.length, kept, what),
        cause);
  }

  private static void report(String what, long inputs, long read, Duration took) {
    String line =
        String.format(Locale.ROOT, "%s\t%d\t%d\t%d%n", what, inputs, read, took.toSeconds());
    try {
      Files.createDirectories(TARGET);
      Files.writeString(
          TARGET.resolve("fuzz.tsv"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- changes ----

  private byte[] changed(Random random) {
    byte[] input = any(random, corpus);
    for (int change = random.nextInt(4); change >= 0; change--) {
      input = changedOnce(random, input);
    }
    return input.length <= LONGEST ? input : Arrays.copyOf(input, LONGEST);
  }

  private byte[] changedOnce(Random random, byte[] input) {
    if (input.length == 0) {
      return any(random, corpus);
    }
    int at = random.nextInt(input.length);
    int length = 1 + random.nextInt(Math.min(input.length - at, 1 + random.nextInt(64)));
    int to = at + length;
    return switch (random.nextInt(11)) {
      case 0 -> put(input, at, at + 1, (byte) (input[at] ^ (1 << random.nextInt(8))));
      case 1 -> put(input, at, at + 1, (byte) random.nextInt(256));
      case 2 -> put(input, at, to);
      case 3 -> put(input, to, to, Arrays.copyOfRange(input, at, to));
      case 4 -> put(input, at, at, repeated(random, Arrays.copyOfRange(input, at, to)));
      case 5 -> Arrays.copyOf(input, at);
      case 6 -> spliced(random, input, at);
      case 7 -> numberChanged(random, input, at);
      case 8 -> put(input, at, to, new byte[length]);
      case 9 -> withWord(random, input, at, at);
      default -> withWord(random, input, at, to);
    };
  }

  private byte[] withWord(Random random, byte[] input, int from, int to) {
    return words.isEmpty()
        ? put(input, from, to, BigInteger.valueOf(random.nextLong()).toByteArray())
        : put(input, from, to, any(random, words));
  }

  /** Few copies, or so many that a reader that calls itself runs out of stack. */
  private static byte[] repeated(Random random, byte[] part) {
    int copies = 1 << random.nextInt(15);
    byte[] all = new byte[Math.min(LONGEST, part.length * copies)];
    for (int i = 0; i < all.length; i++) {
      all[i] = part[i % part.length];
    }
    return all;
  }

  private byte[] spliced(Random random, byte[] input, int at) {
    byte[] other = any(random, corpus);
    int from = other.length == 0 ? 0 : random.nextInt(other.length);
    return put(input, at, input.length, Arrays.copyOfRange(other, from, other.length));
  }

  /** Another number where the next one stands. */
  private static byte[] numberChanged(Random random, byte[] input, int at) {
    int from = at;
    while (from < input.length && !isDigit(input[from])) {
      from++;
    }
    int to = from;
    while (to < input.length && isDigit(input[to])) {
      to++;
    }
    String number = NUMBERS.get(random.nextInt(NUMBERS.size()));
    return put(input, from, to, number.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean isDigit(byte octet) {
    return octet >= '0' && octet <= '9';
  }

  private static byte[] put(byte[] input, int from, int to, byte... part) {
    byte[] result = new byte[from + part.length + input.length - to];
    System.arraycopy(input, 0, result, 0, from);
    System.arraycopy(part, 0, result, from, part.length);
    System.arraycopy(input, to, result, from + part.length, input.length - to);
    return result;
  }

  private static byte[] any(Random random, List<byte[]> all) {
    return all.get(random.nextInt(all.size()));
  }
}
