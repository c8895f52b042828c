package org.probity.intent.audit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.probity.chain.Address;
import org.probity.ground.PlainFile;
import org.probity.intent.ClaimedHold;

/** The holds that an agent has kept, found by their moments; only where they lie is in memory. */
final class HoldsFile implements AutoCloseable {

  private final Path file;
  private final FileChannel channel;
  private final Map<Long, List<Line>> lines;
  private final boolean torn;

  /** Where a line lies, in bytes. */
  private record Line(long number, long from, int length) {}

  private HoldsFile(Path file, FileChannel channel, Map<Long, List<Line>> lines, boolean torn) {
    this.file = file;
    this.channel = channel;
    this.lines = lines;
    this.torn = torn;
  }

  /**
   * Reads the file once.
   *
   * @throws IllegalArgumentException if it cannot be read, or a line is none
   */
  static HoldsFile open(Path file, Address vault) {
    try (InputStream in = new BufferedInputStream(PlainFile.stream(file), 1 << 16)) {
      Map<Long, List<Line>> lines = new HashMap<>();
      var line = new ByteArrayOutputStream();
      long from = 0;
      long number = 1;
      boolean torn = false;
      while (true) {
        int next = in.read();
        if (next >= 0 && next != '\n') {
          line.write(next);
          if (line.size() > ClaimedHold.LONGEST_LINE) {
            throw new IllegalArgumentException(
                "Line %s of %s is longer than a hold is: name the file that the agent wrote"
                    .formatted(number, file));
          }
          continue;
        }
        if (next < 0) {
          torn = line.size() > 0; // the agent was writing it, or died
          break;
        }
        if (line.size() > 0) {
          ClaimedHold hold = parse(file, number, line.toByteArray());
          if (hold.vault().equals(vault)) {
            lines
                .computeIfAbsent(hold.decision().asOf(), _ -> new ArrayList<>(1))
                .add(new Line(number, from, line.size()));
          }
        }
        from += line.size() + 1;
        number++;
        line.reset();
      }
      return new HoldsFile(file, PlainFile.channel(file), lines, torn);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "There is no file %s: name the one in which the agent keeps its holds".formatted(file),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "The holds in %s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static ClaimedHold parse(Path file, long number, byte[] line) {
    return ClaimedHold.parse(
        "Line %s of %s".formatted(number, file), new String(line, StandardCharsets.UTF_8));
  }

  /** Whether the last line has no end and is left out. */
  boolean torn() {
    return torn;
  }

  /** All holds of a moment. */
  List<ClaimedHold> at(long asOf) {
    List<ClaimedHold> holds = new ArrayList<>();
    for (Line line : lines.getOrDefault(asOf, List.of())) {
      ByteBuffer bytes = ByteBuffer.allocate(line.length);
      try {
        while (bytes.hasRemaining()) {
          if (channel.read(bytes, line.from + bytes.position()) < 0) {
            throw new IllegalArgumentException(
                "%s became shorter while it was read: run the audit again".formatted(file));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      holds.add(parse(file, line.number, bytes.array()));
    }
    return holds;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
