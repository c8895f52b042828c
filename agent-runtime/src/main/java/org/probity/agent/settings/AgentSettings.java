package org.probity.agent.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.probity.agent.tls.NodeKeys;
import org.probity.chain.Address;
import org.probity.chain.FeePolicy;
import org.probity.ground.SecretFile;
import org.probity.intent.Pace;
import org.probity.intent.conduct.Retry;
import org.probity.settings.BadSetting;
import org.probity.settings.Hocon;
import org.probity.settings.Settings;
import org.probity.zk.gpu.CudaBackend;

/**
 * What a node needs to know to run, read from a HOCON file whose settings {@code reference.conf}
 * documents. Reading is strict: an unknown key, a missing one or a value outside its range is a
 * {@link BadSetting} that names key, value and what is admitted.
 *
 * @param chain where the chain is
 * @param agents the agents that this node sees to it that there are
 * @param strategies folders of the strategy bundles that this node has, those of its agents among
 *     them
 * @param srs file of the structured reference string that the strategies' models were committed
 *     under
 * @param keys where the accounts' keys are that pay for transactions
 * @param fees what a transaction may cost
 * @param pace of the agents that are created later
 * @param holds what becomes of proven holds that are not executed
 * @param loans what is done for vaults that lend
 * @param retry what to do after a failed step
 * @param backend what proofs are computed with
 * @param card how much of a card to use, if proofs are computed with one
 * @param node how this process takes part in its cluster
 * @param operation its API, alerts and log
 */
public record AgentSettings(
    Chain chain,
    List<Seat> agents,
    List<Path> strategies,
    Path srs,
    Keys keys,
    FeePolicy fees,
    Pace pace,
    HoldSettings holds,
    LoanSettings loans,
    Retry retry,
    ProverBackend backend,
    CudaBackend.Settings card,
    NodeSettings node,
    OperationSettings operation) {

  /** The one section of a configuration file that is ours. */
  static final String ROOT = "probity";

  private static final long LEAST_CARD_MEMORY = 64L << 20;
  private static final Set<String> SCHEMES_RPC = Set.of("http", "https");
  private static final Set<String> SCHEMES_WEB_SOCKET = Set.of("ws", "wss");

  /**
   * @param rpc JSON-RPC over HTTP, the preferred one first; the next is asked where one fails
   * @param webSockets push new heads; heads are polled over {@code rpc} where there is none or it
   *     drops
   * @param id the chain id that they must serve (EIP-155)
   * @param poll pause between two polls for a new head
   * @param reorgDepth the deepest reorg that is followed, in blocks
   * @param confirmations how many blocks deep a transaction must be to count; 1 is the newest
   */
  public record Chain(
      List<URI> rpc,
      List<URI> webSockets,
      long id,
      Duration poll,
      int reorgDepth,
      int confirmations) {}

  /**
   * An agent that is to be there.
   *
   * @param id its name among all agents of the journal; its vault's address where none is given
   * @param vault the {@code Vault} that it acts for
   * @param strategy folder of the strategy bundle
   * @param account pays for transactions
   * @param block that the vault was deployed in; empty if it is not known. A node that has not come
   *     so far, or has been reorganised since, is waited for
   */
  public record Seat(
      String id, Address vault, OptionalLong block, Path strategy, Address account, Pace pace) {}

  /**
   * @param store folder of encrypted keys, as {@code probity keys new} fills it
   * @param passwordFile holds their password in the first line; without it the environment variable
   *     {@code PROBITY_PASSWORD} does
   */
  public record Keys(Path store, Optional<Path> passwordFile) {}

  /**
   * Reads {@code file}. Relative paths in it are relative to its own folder.
   *
   * @throws BadSetting if the file is absent, is not HOCON, or holds a setting that cannot be used
   */
  public static AgentSettings load(Path file) {
    return read(Hocon.parse(file), Hocon.folderOf(file));
  }

  /** Reads settings as written, on top of the defaults of {@code reference.conf}. */
  static AgentSettings read(Config written, Path folder) {
    Settings reader =
        Settings.section(
            written,
            ConfigFactory.defaultReferenceUnresolved(AgentSettings.class.getClassLoader()),
            folder,
            ROOT);
    Pace pace =
        new Pace(
            reader.whole("probity.pace.lifetime-seconds", 1, 86_400),
            reader.flag("probity.pace.send-holds"),
            reader.flag("probity.pace.prove-all"),
            reader.flag("probity.pace.by-anyone"));
    Retry retry =
        new Retry(
            reader.duration("probity.retry.first", Duration.ofMillis(1), Duration.ofMinutes(10)),
            reader.duration("probity.retry.most", Duration.ofMillis(1), Duration.ofHours(1)));
    if (retry.most().compareTo(retry.first()) < 0) {
      throw BadSetting.value("probity.retry.most", retry.most(), "at least probity.retry.first");
    }
    Chain chain =
        new Chain(
            reader.uris("probity.chain.rpc", SCHEMES_RPC),
            reader
                .optional("probity.chain.web-socket", k -> reader.uris(k, SCHEMES_WEB_SOCKET))
                .orElse(List.of()),
            reader.whole("probity.chain.id", 1, Long.MAX_VALUE),
            reader.duration("probity.chain.poll", Duration.ofMillis(50), Duration.ofMinutes(1)),
            reader.integer("probity.chain.reorg-depth", 1, 10_000),
            reader.integer("probity.chain.confirmations", 1, 1_000));
    List<Seat> agents = agents(reader, pace);
    return new AgentSettings(
        chain,
        agents,
        Stream.concat(
                agents.stream().map(Seat::strategy), reader.paths("probity.strategies").stream())
            .distinct()
            .toList(),
        reader.path("probity.srs"),
        new Keys(
            reader.path("probity.key.store"),
            reader.optional("probity.key.password-file", reader::path)),
        fees(reader),
        pace,
        HoldSettings.read(reader, pace),
        LoanSettings.read(reader),
        retry,
        reader.oneOf("probity.prover.backend", ProverBackend.class),
        card(reader),
        node(reader, retry),
        operation(reader));
  }

  private static OperationSettings operation(Settings reader) {
    Duration least = Duration.ofMillis(100);
    Duration most = Duration.ofDays(1);
    return new OperationSettings(
        new OperationSettings.Http(
            reader.text("probity.http.host", "an address of this machine"),
            reader.integer("probity.http.port", 0, 65_535),
            reader.path("probity.http.token-file"),
            tls(reader)),
        new OperationSettings.Alerts(
            reader.duration("probity.alerts.head-stalled", least, most),
            reader.duration("probity.alerts.intent-stuck", least, most),
            reader.duration("probity.alerts.journal-behind", least, most),
            reader.amount("probity.alerts.balance-low-ether").movePointRight(18).toBigInteger()),
        new OperationSettings.Log(
            reader.oneOf("probity.log.format", OperationSettings.Format.class),
            reader.oneOf("probity.log.level", OperationSettings.Level.class)));
  }

  /** Half of it would look like encryption, and be none. */
  private static Optional<OperationSettings.Tls> tls(Settings reader) {
    Optional<Path> store = reader.optional("probity.http.tls.key-store", reader::path);
    Optional<Path> password = reader.optional("probity.http.tls.password-file", reader::path);
    if (store.isEmpty() && password.isPresent()) {
      throw BadSetting.missing(
          "probity.http.tls.key-store",
          "the PKCS#12 file that probity.http.tls.password-file opens, or leave both out for plain HTTP");
    }
    return store.map(file ->
        new OperationSettings.Tls(
            file,
            password.orElseThrow(() ->
                BadSetting.missing(
                    "probity.http.tls.password-file",
                    "a file whose first line is the password of probity.http.tls.key-store"))));
  }

  /** Those of the list; without one, the agent that the file itself describes. */
  private static List<Seat> agents(Settings reader, Pace pace) {
    Optional<List<Settings>> listed =
        reader.optional(
            "probity.agents",
            key ->
                reader.sections(key, Set.of("id", "vault", "vault-block", "strategy", "account")));
    List<Seat> seats =
        listed
            .map(entries -> {
              List<Seat> all = new ArrayList<>();
              for (int i = 0; i < entries.size(); i++) {
                all.add(seat(entries.get(i), "probity.agents." + i, reader, pace));
              }
              return List.copyOf(all);
            })
            .orElseGet(() -> List.of(single(reader, pace)));
    Set<String> ids = new HashSet<>();
    for (Seat seat : seats) {
      if (!ids.add(seat.id())) {
        throw BadSetting.value(
            "probity.agents", seat.id(), "a list of agents with ids of their own");
      }
    }
    return seats;
  }

  private static Seat single(Settings reader, Pace pace) {
    Address vault = reader.address("probity.vault");
    return new Seat(
        vault.toString(),
        vault,
        block(reader, "probity.vault-block"),
        reader.path("probity.strategy"),
        reader.address("probity.key.account"),
        pace);
  }

  private static OptionalLong block(Settings reader, String key) {
    return reader
        .optional(key, at -> OptionalLong.of(reader.whole(at, 0, Long.MAX_VALUE)))
        .orElseGet(OptionalLong::empty);
  }

  private static Seat seat(Settings entry, String at, Settings all, Pace pace) {
    Address vault = entry.address(at + ".vault");
    return new Seat(
        entry.optional(at + ".id", key -> entry.text(key, "a name")).orElse(vault.toString()),
        vault,
        block(entry, at + ".vault-block"),
        entry.optional(at + ".strategy", entry::path).orElseGet(() -> all.path("probity.strategy")),
        entry
            .optional(at + ".account", entry::address)
            .orElseGet(() -> all.address("probity.key.account")),
        pace);
  }

  private static NodeSettings node(Settings reader, Retry retry) {
    Set<NodeSettings.Role> roles = EnumSet.noneOf(NodeSettings.Role.class);
    for (String word : reader.words("probity.cluster.roles", "a list of roles")) {
      roles.add(
          Stream.of(NodeSettings.Role.values())
              .filter(role -> role.toString().equals(word))
              .findFirst()
              .orElseThrow(() ->
                  BadSetting.value(
                      "probity.cluster.roles", word, "agent, prover, gateway, or several")));
    }
    return new NodeSettings(
        roles,
        reader.text("probity.cluster.host", "a host name or address"),
        reader.integer("probity.cluster.port", 0, 65_535),
        reader.words("probity.cluster.seeds", "a list of host:port"),
        clusterTls(reader),
        journal(reader),
        reader.integer("probity.prover.threads", 1, 256),
        retry);
  }

  /** All three files, or none. */
  private static Optional<NodeKeys.Place> clusterTls(Settings reader) {
    List<String> keys =
        List.of(
            "probity.cluster.tls.key",
            "probity.cluster.tls.certificate",
            "probity.cluster.tls.authority");
    return keys.stream().allMatch(key -> reader.optional(key, k -> k).isEmpty())
        ? Optional.empty()
        : Optional.of(
            new NodeKeys.Place(
                reader.path(keys.get(0)), reader.path(keys.get(1)), reader.path(keys.get(2))));
  }

  private static JournalSettings journal(Settings reader) {
    Optional<String> url =
        reader.optional("probity.journal.url", key -> reader.text(key, "a PostgreSQL URL"));
    if (url.isEmpty()) {
      return new JournalSettings.Embedded(reader.path("probity.journal.folder"));
    }
    return new JournalSettings.Postgres(
        url.get(),
        reader.text("probity.journal.user", "the name of a PostgreSQL user"),
        reader
            .optional("probity.journal.password-file", reader::path)
            .map(AgentSettings::firstLine));
  }

  private static String firstLine(Path file) {
    try {
      return new String(SecretFile.firstLine(file));
    } catch (IOException e) {
      String reason = e instanceof FileSystemException failure ? failure.getReason() : null;
      throw new BadSetting(
          "The setting probity.journal.password-file names %s, which cannot be used: %s."
              .formatted(file, reason == null ? "it cannot be read, or is not there" : reason));
    }
  }

  private static CudaBackend.Settings card(Settings reader) {
    Optional<Long> memory =
        reader.optional("probity.prover.gpu.memory", key -> reader.size(key, LEAST_CARD_MEMORY));
    return new CudaBackend.Settings(
        memory.map(OptionalLong::of).orElseGet(OptionalLong::empty),
        reader.integer("probity.prover.gpu.in-flight", 1, 64));
  }

  private static FeePolicy fees(Settings reader) {
    BigInteger tip = wei(reader.amount("probity.fees.tip-gwei"));
    BigInteger most = wei(reader.amount("probity.fees.max-gwei"));
    if (tip.compareTo(most) > 0) {
      throw BadSetting.value(
          "probity.fees.tip-gwei", tip + " wei", "at most probity.fees.max-gwei");
    }
    return new FeePolicy(tip, most, reader.integer("probity.fees.gas-margin-percent", 0, 1_000));
  }

  private static BigInteger wei(BigDecimal gwei) {
    return gwei.movePointRight(9).toBigInteger();
  }
}
