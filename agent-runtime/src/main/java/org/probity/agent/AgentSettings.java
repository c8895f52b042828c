package org.probity.agent;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.probity.chain.Address;
import org.probity.chain.FeePolicy;
import org.probity.zk.gpu.CudaBackend;

/**
 * What one agent needs to know to run, read from a HOCON file whose settings {@code reference.conf}
 * documents. Reading is strict: an unknown key, a missing one or a value outside its range is a
 * {@link BadSetting} that names key, value and what is admitted.
 *
 * @param chain where the chain is
 * @param vault the {@code ProofBoundVault} that the agent acts for
 * @param strategy folder or file of the strategy bundle
 * @param srs file of the structured reference string that the strategy's model was committed under
 * @param key the account that pays for transactions
 * @param fees what a transaction may cost
 * @param pace how long a decision may be executed, and which ones are
 * @param retry what to do after a failed step
 * @param backend what proofs are computed with
 * @param card how much of a card to use, if proofs are computed with one
 * @param provingThreads how many proofs may be under way at once
 */
public record AgentSettings(
    Chain chain,
    Address vault,
    Path strategy,
    Path srs,
    Key key,
    FeePolicy fees,
    Pace pace,
    Retry retry,
    ProverBackend backend,
    CudaBackend.Settings card,
    int provingThreads) {

  /** The one section of a configuration file that is ours. */
  static final String ROOT = "probity";

  private static final long LEAST_CARD_MEMORY = 64L << 20;
  private static final Set<String> SCHEMES_RPC = Set.of("http", "https");
  private static final Set<String> SCHEMES_WEB_SOCKET = Set.of("ws", "wss");

  /**
   * @param rpc JSON-RPC over HTTP
   * @param webSocket pushes new heads; heads are polled over {@code rpc} where it is absent or
   *     drops
   * @param id the chain id that {@code rpc} must serve (EIP-155)
   * @param poll pause between two polls for a new head
   */
  public record Chain(URI rpc, Optional<URI> webSocket, long id, Duration poll) {}

  /**
   * @param store folder of encrypted keys, as {@code probity keys new} fills it
   * @param account whose key it is
   * @param passwordFile holds its password in the first line; without it the environment variable
   *     {@code PROBITY_PASSWORD} does
   */
  public record Key(Path store, Address account, Optional<Path> passwordFile) {}

  /**
   * @param lifetimeSeconds a decision's deadline, counted from its head's timestamp
   * @param sendsHolds whether a decision to hold is executed too: that trades nothing, costs gas,
   *     and leaves an unbroken record on chain
   */
  public record Pace(long lifetimeSeconds, boolean sendsHolds) {}

  /**
   * @param first pause before the first repetition; it doubles from one to the next
   * @param most longest pause
   */
  public record Retry(Duration first, Duration most) {

    /** The pause before repetition {@code attempt}, counted from 1. */
    Duration pause(int attempt) {
      Duration doubled = first.multipliedBy(1L << Math.min(attempt - 1, 20));
      return doubled.compareTo(most) < 0 ? doubled : most;
    }
  }

  /**
   * Reads {@code file}. Relative paths in it are relative to its own folder.
   *
   * @throws BadSetting if the file is absent, is not HOCON, or holds a setting that cannot be used
   */
  public static AgentSettings load(Path file) {
    return read(SettingsFile.parse(file), SettingsFile.folderOf(file));
  }

  /** Reads settings as written, on top of the defaults of {@code reference.conf}. */
  static AgentSettings read(Config written, Path folder) {
    SettingsFile reader =
        SettingsFile.of(
            written,
            ConfigFactory.defaultReferenceUnresolved(AgentSettings.class.getClassLoader()),
            ROOT,
            folder);
    AgentSettings settings =
        new AgentSettings(
            new Chain(
                reader.uri("probity.chain.rpc", SCHEMES_RPC),
                reader.optional("probity.chain.web-socket", k -> reader.uri(k, SCHEMES_WEB_SOCKET)),
                reader.whole("probity.chain.id", 1, Long.MAX_VALUE),
                reader.duration(
                    "probity.chain.poll", Duration.ofMillis(50), Duration.ofMinutes(1))),
            reader.address("probity.vault"),
            reader.path("probity.strategy"),
            reader.path("probity.srs"),
            new Key(
                reader.path("probity.key.store"),
                reader.address("probity.key.account"),
                reader.optional("probity.key.password-file", reader::path)),
            fees(reader),
            new Pace(
                reader.whole("probity.pace.lifetime-seconds", 1, 86_400),
                reader.flag("probity.pace.send-holds")),
            new Retry(
                reader.duration(
                    "probity.retry.first", Duration.ofMillis(1), Duration.ofMinutes(10)),
                reader.duration("probity.retry.most", Duration.ofMillis(1), Duration.ofHours(1))),
            reader.oneOf("probity.prover.backend", ProverBackend.class),
            card(reader),
            (int) reader.whole("probity.prover.threads", 1, 256));
    if (settings.retry.most.compareTo(settings.retry.first) < 0) {
      throw BadSetting.value(
          "probity.retry.most", settings.retry.most, "at least probity.retry.first");
    }
    return settings;
  }

  private static CudaBackend.Settings card(SettingsFile reader) {
    Optional<Long> memory =
        reader.optional("probity.prover.gpu.memory", key -> reader.size(key, LEAST_CARD_MEMORY));
    return new CudaBackend.Settings(
        memory.map(OptionalLong::of).orElseGet(OptionalLong::empty),
        (int) reader.whole("probity.prover.gpu.in-flight", 1, 64));
  }

  private static FeePolicy fees(SettingsFile reader) {
    BigInteger tip = wei(reader.amount("probity.fees.tip-gwei"));
    BigInteger most = wei(reader.amount("probity.fees.max-gwei"));
    if (tip.compareTo(most) > 0) {
      throw BadSetting.value(
          "probity.fees.tip-gwei", tip + " wei", "at most probity.fees.max-gwei");
    }
    return new FeePolicy(
        tip, most, (int) reader.whole("probity.fees.gas-margin-percent", 0, 1_000));
  }

  private static BigInteger wei(BigDecimal gwei) {
    return gwei.movePointRight(9).toBigInteger();
  }
}
