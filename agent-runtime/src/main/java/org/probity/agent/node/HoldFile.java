package org.probity.agent.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.ground.PlainFile;
import org.probity.intent.ClaimedHold;
import org.probity.intent.Proposal;
import org.probity.intent.ProvenIntent;
import org.probity.json.StrictJson;
import org.probity.settings.BadSetting;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proven holds of one vault, and what became of them, in two files that only grow: {@code
 * VAULT.jsonl} has a {@link ClaimedHold} a line, as an audit takes them; {@code VAULT.claims} says
 * which of them are whole, which are being claimed by which transaction, and which are done with.
 * Each line is on the disk before anything follows from it.
 */
final class HoldFile implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HoldFile.class);
  private static final int LONGEST_MARK = 1 << 17;

  /**
   * A hold that is whole on the disk.
   *
   * @param block where the head is that it was decided on
   */
  record Hold(Bytes32 digest, long asOf, Address executor, long block, Bytes32 head) {}

  /**
   * Holds that one transaction claims.
   *
   * @param key of the transaction
   * @param holds ascending by their moments
   */
  record Claim(String key, List<Hold> holds) {
    List<Long> moments() {
      return holds.stream().map(Hold::asOf).toList();
    }

    List<Bytes32> digests() {
      return holds.stream().map(Hold::digest).toList();
    }
  }

  /** A file that is written at its end alone. */
  private static final class Tail {
    private final Path path;
    private final FileChannel channel;
    private long end;

    Tail(Path path) throws IOException {
      if (Files.exists(path)) {
        PlainFile.requireRegular(path);
        PlainFile.requireOwn(path);
      }
      this.path = path;
      this.channel =
          FileChannel.open(
              path,
              Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
              PlainFile.ownerOnlyFile(path));
    }

    /** Cuts off what a failed write, or a crash, left behind the end. */
    void cut() throws IOException {
      if (channel.size() > end) {
        channel.truncate(end);
        channel.force(true);
      }
    }

    void append(String line) throws IOException {
      cut();
      ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
      long at = end;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      channel.force(true);
      end = at;
    }
  }

  private final long chainId;
  private final Address vault;
  private final Tail lines;
  private final Tail marks;
  private final Map<Bytes32, Hold> waiting = new LinkedHashMap<>();
  private final Set<Bytes32> known = new HashSet<>();
  private @Nullable Claim open;
  private long begun;
  private long since;
  private long newest;

  private HoldFile(long chainId, Address vault, Tail lines, Tail marks) {
    this.chainId = chainId;
    this.vault = vault;
    this.lines = lines;
    this.marks = marks;
  }

  /**
   * Opens the files of {@code vault}, or begins them. What a crash left half written is cut off,
   * and said.
   *
   * @param now of the chain, in seconds: what is older than new files is none of theirs
   * @throws BadSetting if they are not of this vault, another process has them, or they cannot be
   *     read or written
   */
  static HoldFile open(Path folder, long chainId, Address vault, long now) {
    Path path = folder.resolve(vault.hex() + ".jsonl");
    try {
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder, PlainFile.ownerOnlyFolder(folder));
      }
      PlainFile.requireOwn(folder);
      Path claims = folder.resolve(vault.hex() + ".claims");
      if (Files.notExists(claims) && Files.exists(path) && Files.size(path) > 0) {
        throw refusal(
            vault, path, "%s is not there, which says what of it is claimed".formatted(claims));
      }
      Tail marks = new Tail(claims);
      lock(marks);
      HoldFile file = new HoldFile(chainId, vault, new Tail(path), marks);
      try {
        file.read(now);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
      return file;
    } catch (FileSystemException e) {
      throw new BadSetting(
          "The holds in %s cannot be kept: %s. See to the folder that probity.holds.folder names."
              .formatted(path, e.getReason() == null ? "it cannot be opened" : e.getReason()),
          e);
    } catch (IOException e) {
      throw new BadSetting(
          "The holds in %s cannot be kept: %s. See to the folder that probity.holds.folder names."
              .formatted(path, e.getMessage()),
          e);
    }
  }

  private static void lock(Tail marks) throws IOException {
    try {
      if (marks.channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException _) {
      // Somebody in this process has it.
    }
    marks.channel.close();
    throw new FileSystemException(
        marks.path.toString(), null, "another node writes there: give each a folder of its own");
  }

  // ---- reading ----

  private void read(long now) throws IOException {
    long number = 1;
    try (InputStream in = new BufferedInputStream(PlainFile.stream(marks.path))) {
      var line = new ByteArrayOutputStream();
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next != '\n') {
          line.write(next);
          if (line.size() > LONGEST_MARK) {
            throw refusal("line %s of %s is none of ours".formatted(number, marks.path));
          }
          continue;
        }
        String name = "Line %s of %s".formatted(number, marks.path);
        StrictJson mark =
            StrictJson.parse(
                name,
                line.toByteArray(),
                "put back a copy, or move both files of the vault away",
                BadSetting::new);
        try {
          take(mark, number);
        } catch (IllegalArgumentException e) {
          throw refusal("line %s of %s: %s".formatted(number, marks.path, e.getMessage()));
        }
        marks.end += line.size() + 1;
        number++;
        line.reset();
      }
      if (line.size() > 0) {
        LOG.warn("The last line of {} has no end and is cut off: the node died on it", marks.path);
        marks.cut();
      }
    }
    long size = lines.channel.size();
    if (number == 1) {
      if (size > 0) {
        throw refusal("%s is empty, which says what of it is claimed".formatted(marks.path));
      }
      since = now;
      write(object().put("chain", chainId).put("vault", vault.hex()).put("since", now));
      return;
    }
    if (size < lines.end) {
      throw refusal("it has %s bytes, and had %s before".formatted(size, lines.end));
    }
    if (size > lines.end) {
      LOG.warn(
          "The last {} bytes of {} are cut off: the node died on them, and its journal has the hold",
          size - lines.end,
          lines.path);
      lines.cut();
    }
    requireOwnVault();
  }

  /** Whoever mixed up two vaults' files is told, by the first line. */
  private void requireOwnVault() throws IOException {
    if (lines.end == 0) {
      return;
    }
    try (InputStream in = new BufferedInputStream(PlainFile.stream(lines.path))) {
      var line = new ByteArrayOutputStream();
      for (int next = in.read();
          next >= 0 && next != '\n' && line.size() <= ClaimedHold.LONGEST_LINE;
          next = in.read()) {
        line.write(next);
      }
      ClaimedHold first =
          ClaimedHold.parse(
              "Line 1 of %s".formatted(lines.path), line.toString(StandardCharsets.UTF_8));
      if (!first.vault().equals(vault)) {
        throw refusal("it is of vault %s".formatted(first.vault()));
      }
    } catch (IllegalArgumentException e) {
      throw new BadSetting(String.valueOf(e.getMessage()), e);
    }
  }

  private BadSetting refusal(String why) {
    return refusal(vault, lines.path, why);
  }

  private static BadSetting refusal(Address vault, Path path, String why) {
    return new BadSetting(
        "The holds of vault %s in %s cannot be used: %s. Put back both files of the vault as the node left them, or move both away."
            .formatted(vault, path, why));
  }

  private void take(StrictJson mark, long number) {
    if (number == 1) {
      long chain = mark.whole("chain", 0, Long.MAX_VALUE);
      String named = mark.text("vault");
      if (chain != chainId || !named.equals(vault.hex())) {
        throw refusal("%s is of vault %s on chain %s".formatted(marks.path, named, chain));
      }
      since = mark.whole("since", 0, Long.MAX_VALUE);
    } else if (mark.has("kept")) {
      keep(
          new Hold(
              mark.word("kept"),
              mark.whole("asOf", 0, Long.MAX_VALUE),
              new Address(mark.text("executor")),
              mark.whole("block", 0, Long.MAX_VALUE),
              mark.word("head")));
      lines.end = mark.whole("end", 0, Long.MAX_VALUE);
    } else if (mark.has("claiming")) {
      begun++;
      open =
          new Claim(
              mark.text("claiming"), words(mark, "digests").stream().map(this::unclaimed).toList());
    } else if (mark.has("claimed")) {
      mark.text("claimed");
      mark.word("transaction");
      end(true);
    } else if (mark.has("refused")) {
      mark.text("refused");
      mark.text("why");
      end(false);
    } else {
      words(mark, "left").forEach(waiting::remove);
      mark.text("why");
    }
    mark.end();
  }

  private Hold unclaimed(Bytes32 digest) {
    Hold hold = waiting.get(digest);
    if (hold == null) {
      throw new IllegalArgumentException("it claims what is not kept, or was claimed before");
    }
    return hold;
  }

  private static List<Bytes32> words(StrictJson mark, String field) {
    return mark.texts(field).stream().map(Bytes32::fromHex).toList();
  }

  private void keep(Hold hold) {
    waiting.put(hold.digest, hold);
    known.add(hold.digest);
    newest = Math.max(newest, hold.asOf);
  }

  private void end(boolean claimed) {
    if (claimed && open != null) {
      open.digests().forEach(waiting::remove);
    }
    open = null;
  }

  // ---- writing ----

  /** Keeps a hold, unless it is kept already. */
  synchronized void keep(ProvenIntent intent) {
    Proposal proposal = intent.proposal();
    ClaimedHold line = ClaimedHold.of(intent);
    Bytes32 digest = line.digest(chainId, proposal.observation().state().policy());
    long asOf = proposal.observation().asOf();
    if (known.contains(digest) || asOf <= since) {
      return;
    }
    Hold hold =
        new Hold(
            digest,
            asOf,
            line.decision().executor(),
            proposal.head().number(),
            proposal.head().hash());
    long before = lines.end;
    try {
      lines.append(line.toJson());
      write(
          object()
              .put("kept", digest.hex())
              .put("asOf", asOf)
              .put("executor", hold.executor.hex())
              .put("block", hold.block)
              .put("head", hold.head.hex())
              .put("end", lines.end));
    } catch (IOException e) {
      lines.end = before;
      throw new UncheckedIOException(e);
    }
    keep(hold);
  }

  /** Writes down that {@code holds} are about to be claimed, which they are not twice. */
  synchronized Claim begin(List<Hold> holds) {
    var digests = new ByteArrayOutputStream();
    holds.forEach(hold -> digests.writeBytes(hold.digest.toByteArray()));
    Claim claim =
        new Claim(
            "vault:%s:holds:%s:%s"
                .formatted(vault.hex(), begun + 1, Keccak.hash(digests.toByteArray())),
            List.copyOf(holds));
    ObjectNode mark = object().put("claiming", claim.key);
    claim.digests().forEach(digest -> mark.withArray("digests").add(digest.hex()));
    commit(mark);
    begun++;
    open = claim;
    return claim;
  }

  /** The open claim is in a block. */
  synchronized void claimed(Bytes32 transaction) {
    Claim done = Objects.requireNonNull(open, "Only what was begun is claimed");
    commit(object().put("claimed", done.key).put("transaction", transaction.hex()));
    end(true);
  }

  /** The open claim will be in no block: its holds wait again. */
  synchronized void refused(String why) {
    Claim gone = Objects.requireNonNull(open, "Only what was begun is refused");
    commit(object().put("refused", gone.key).put("why", why));
    end(false);
  }

  /** Of {@code holds} nothing is to be claimed. */
  synchronized void leave(List<Hold> holds, String why) {
    if (holds.isEmpty()) {
      return;
    }
    ObjectNode mark = object();
    holds.forEach(hold -> mark.withArray("left").add(hold.digest.hex()));
    commit(mark.put("why", why));
    holds.forEach(hold -> waiting.remove(hold.digest));
  }

  private void commit(ObjectNode mark) {
    try {
      write(mark);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ObjectNode object() {
    return StrictJson.MAPPER.createObjectNode();
  }

  private void write(ObjectNode mark) throws IOException {
    try {
      marks.append(StrictJson.MAPPER.writeValueAsString(mark));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A tree of strings and numbers always has a text", e);
    }
  }

  // ---- how it stands ----

  /** Those that are neither claimed nor left, in the order in which they were kept. */
  synchronized List<Hold> waiting() {
    return new ArrayList<>(waiting.values());
  }

  /** What was about to be claimed when it was last heard of. */
  synchronized Optional<Claim> open() {
    return Optional.ofNullable(open);
  }

  /** The latest moment of which a hold is kept; the files' beginning if there is none. */
  synchronized long newest() {
    return Math.max(since, newest);
  }

  /** The file that an audit takes. */
  Path path() {
    return lines.path;
  }

  @Override
  public void close() {
    try {
      lines.channel.close();
      marks.channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
