package org.probity.intent.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.ground.PlainFile;
import org.probity.ground.WholeFile;
import org.probity.intent.audit.Audit.Options;
import org.probity.intent.policy.LoanBooks;
import org.probity.intent.policy.Policy;

/**
 * What an audit has read and judged up to a block, so that the next one goes on from there. It
 * belongs to one vault of one chain and to the branch that the block is on.
 *
 * @param from the first block that was read
 * @param asked what it was held against besides the node's logs
 * @param next the first block that was not
 * @param hash of the block before it
 */
record AuditState(
    long chainId,
    Address vault,
    long from,
    List<String> asked,
    long next,
    Bytes32 hash,
    Tally.State tally,
    Chronicle.State chronicle,
    List<Governance.State> governors,
    List<Lenders.Account> accounts) {

  /** States of the past that are kept, for claims of holds that come later. */
  static final int MOST_PAST = 256;

  private static final String FORMAT = "probity-audit-state-2";
  private static final long LONGEST = 1L << 28;

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .addModule(
              new SimpleModule()
                  .addSerializer(Address.class, text(Address::hex))
                  .addDeserializer(Address.class, of(Address.class, Address::new))
                  .addKeyDeserializer(Address.class, key(Address::new))
                  .addKeySerializer(Address.class, name(Address::hex))
                  .addSerializer(Bytes32.class, text(Bytes32::hex))
                  .addDeserializer(Bytes32.class, of(Bytes32.class, Bytes32::fromHex))
                  .addKeyDeserializer(Bytes32.class, key(Bytes32::fromHex))
                  .addKeySerializer(Bytes32.class, name(Bytes32::hex))
                  .addKeyDeserializer(LoanBooks.Place.class, key(AuditState::place))
                  .addKeySerializer(LoanBooks.Place.class, name(AuditState::words))
                  .addSerializer(
                      Policy.class, text(policy -> Bytes.of(policy.encoded()).toString()))
                  .addDeserializer(
                      Policy.class,
                      of(Policy.class, hex -> Policy.decode(Bytes.parse(hex).toArray())))
                  .addSerializer(
                      OptionalLong.class,
                      text(value -> value.isPresent() ? Long.toString(value.getAsLong()) : ""))
                  .addDeserializer(
                      OptionalLong.class,
                      of(
                          OptionalLong.class,
                          word ->
                              word.isEmpty()
                                  ? OptionalLong.empty()
                                  : OptionalLong.of(Long.parseLong(word)))))
          .build();

  /** The file's content. */
  private record Saved(String format, AuditState state) {}

  AuditState {
    asked = List.copyOf(asked);
    governors = List.copyOf(governors);
    accounts = List.copyOf(accounts);
  }

  // ---- where an audit begins ----

  /**
   * The state that an audit begins with: the file's, or nothing read if there is no file, or the
   * chain has gone another way since.
   *
   * @throws IllegalArgumentException if the file is of another audit, or none
   */
  static AuditState of(ChainClient chain, Address vault, Options options) {
    AuditState none = none(chain, vault, options, Tally.State.EMPTY);
    if (options.state().isEmpty() || !Files.exists(options.state().get())) {
      return none;
    }
    Path file = options.state().get();
    AuditState saved = read(file);
    if (saved.chainId != none.chainId
        || !saved.vault.equals(vault)
        || saved.from != none.from
        || !saved.asked.equals(none.asked)) {
      throw new IllegalArgumentException(
          "%s is of an audit of %s on chain %s from block %s with %s: name another file for this one"
              .formatted(
                  file,
                  saved.vault,
                  saved.chainId,
                  saved.from,
                  saved.asked.isEmpty() ? "no other options" : String.join(", ", saved.asked)));
    }
    Optional<Head> there = chain.head(BlockTag.at(saved.next - 1));
    return there.filter(head -> head.hash().equals(saved.hash)).isPresent()
        ? saved
        : none(
            chain,
            vault,
            options,
            Tally.State.EMPTY.with(
                Finding.noted(
                    saved.next - 1,
                    "The chain has gone another way since %s was written: all was read again"
                        .formatted(file))));
  }

  private static AuditState none(
      ChainClient chain, Address vault, Options options, Tally.State tally) {
    List<String> asked = new ArrayList<>();
    if (options.archive()) {
      asked.add("--archive");
    }
    if (options.second().isPresent()) {
      asked.add("--second-rpc");
    }
    if (options.holds().isPresent()) {
      asked.add("--holds");
    }
    return new AuditState(
        chain.chainId(),
        vault,
        options.from(),
        asked,
        options.from(),
        Bytes32.ZERO,
        tally,
        Chronicle.State.EMPTY,
        List.of(),
        List.of());
  }

  private static AuditState read(Path file) {
    try {
      PlainFile.requireOwn(file); // whoever writes it says what was proven
      Saved saved = JSON.readValue(PlainFile.bytes(file, LONGEST), Saved.class);
      if (!FORMAT.equals(saved.format)) {
        throw new IllegalArgumentException(notOurs(file));
      }
      return saved.state;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(notOurs(file), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s cannot be read: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static String notOurs(Path file) {
    return "%s is no state of an audit of this version: delete it, and all is read again"
        .formatted(file);
  }

  /**
   * Replaces the file, whole or not at all.
   *
   * @throws IllegalArgumentException if it cannot be written
   */
  void write(Path file) {
    try {
      WholeFile.replaceForOwner(file, JSON.writeValueAsString(new Saved(FORMAT, this)));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "What was read so far cannot be kept in %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  // ---- words of values ----

  private static String words(LoanBooks.Place place) {
    return "%s/%s/%s".formatted(place.desk().hex(), place.pool().hex(), place.token().hex());
  }

  private static LoanBooks.Place place(String words) {
    List<String> parts = List.of(words.split("/", -1));
    if (parts.size() != 3) {
      throw new IllegalArgumentException("A token in a market has three addresses");
    }
    return new LoanBooks.Place(
        new Address(parts.get(0)), new Address(parts.get(1)), new Address(parts.get(2)));
  }

  private static <T> JsonSerializer<T> text(Function<T, String> words) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator json, SerializerProvider unused)
          throws IOException {
        json.writeString(words.apply(value));
      }
    };
  }

  private static <T> JsonSerializer<T> name(Function<T, String> words) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator json, SerializerProvider unused)
          throws IOException {
        json.writeFieldName(words.apply(value));
      }
    };
  }

  private static <T> JsonDeserializer<T> of(Class<T> type, Function<String, T> made) {
    return new JsonDeserializer<>() {
      @Override
      public T deserialize(JsonParser json, DeserializationContext context) throws IOException {
        try {
          return made.apply(json.getValueAsString(""));
        } catch (IllegalArgumentException e) {
          throw context.weirdStringException("", type, "it is none");
        }
      }
    };
  }

  private static <T> KeyDeserializer key(Function<String, T> made) {
    return new KeyDeserializer() {
      @Override
      public Object deserializeKey(String key, DeserializationContext context) throws IOException {
        try {
          return made.apply(key);
        } catch (IllegalArgumentException e) {
          throw context.weirdKeyException(Object.class, key, "it is none");
        }
      }
    };
  }
}
