package org.probity.agent.checks;

import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.probity.agent.settings.AgentSettings;
import org.probity.agent.settings.JournalSettings;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.keys.KeyStore;
import org.probity.strategy.StrategyBundle;
import org.probity.zk.Srs;

/** Makes every check that a configuration of a node allows. */
public final class Doctor {

  /** Gas of an execution with a trade; what an account should have is ten of them. */
  private static final BigInteger EXECUTION_GAS = BigInteger.valueOf(700_000);

  private static final BigInteger EXECUTIONS = BigInteger.TEN;

  /** What is not well now and may be by itself: a vault that exists waits for it. */
  private static final Set<CheckName> MAY_CHANGE =
      EnumSet.of(
          CheckName.POOL_CARDINALITY,
          CheckName.LENDING,
          CheckName.SOURCES,
          CheckName.POLICY_BEARING);

  /** What a node that starts waits for rather than not to start. */
  private static final Set<CheckName> WAITED_FOR =
      EnumSet.of(
          CheckName.POOL_CARDINALITY,
          CheckName.POOL_LIQUIDITY,
          CheckName.LENDING,
          CheckName.SOURCES,
          CheckName.POLICY_BEARING,
          CheckName.SYNCHRONISED,
          CheckName.GAS);

  private final Examination exam;
  private final InstantSource clock;
  private final BiConsumer<StrategyBundle, Srs> rehearsal;

  /**
   * @param sentences turns what was thrown into one sentence of cause and remedy
   * @param rehearsal throws if a proof of the strategy does not hold under the string
   */
  public Doctor(
      Function<Throwable, String> sentences,
      InstantSource clock,
      BiConsumer<StrategyBundle, Srs> rehearsal) {
    this.exam = new Examination(sentences, MAY_CHANGE);
    this.clock = clock;
    this.rehearsal = rehearsal;
  }

  /**
   * Examines what {@code file} configures.
   *
   * @param password of the keys; asked for once, after all else
   */
  public CheckReport examine(Path file, Function<AgentSettings, char[]> password) {
    Optional<AgentSettings> settings =
        exam.find(CheckName.CONFIGURATION, () -> AgentSettings.load(file), _ -> "it can be read");
    settings.ifPresentOrElse(
        read -> examine(read, file, () -> password.apply(read)),
        () -> {
          CheckName[] rest =
              java.util.Arrays.stream(CheckName.values())
                  .filter(name -> name != CheckName.CONFIGURATION)
                  .toArray(CheckName[]::new);
          exam.skip("the configuration cannot be read", rest);
        });
    return exam.report();
  }

  private void examine(AgentSettings settings, Path file, Supplier<char[]> password) {
    places(settings, file);
    Map<Path, StrategyBundle> bundles = new LinkedHashMap<>();
    for (Path folder : settings.strategies()) {
      StrategyChecks.strategy(exam, folder).ifPresent(bundle -> bundles.put(folder, bundle));
    }
    Optional<Srs> srs = StrategyChecks.reference(exam, settings.srs(), settings.chain().id());
    if (srs.isPresent() && !bundles.isEmpty()) {
      bundles.values().forEach(bundle -> StrategyChecks.proof(exam, bundle, srs.get(), rehearsal));
    } else {
      exam.skip("strategy or reference string do not open", CheckName.PROOF);
    }
    chain(settings, bundles, srs);
    keys(settings, password);
  }

  private void places(AgentSettings settings, Path file) {
    List<@Nullable Path> secrets = new ArrayList<>();
    secrets.add(file);
    secrets.add(settings.keys().store());
    secrets.add(settings.keys().passwordFile().orElse(null));
    settings.strategies().forEach(folder -> secrets.add(folder.resolve("private.model")));
    settings.operation().http().tls().ifPresent(tls -> secrets.add(tls.passwordFile()));
    switch (settings.node().journal()) {
      case JournalSettings.Embedded(Path folder) -> {
        secrets.add(folder);
        Places.secrets(exam, CheckName.SECRETS, secrets);
        Places.room(exam, folder);
        Places.writable(exam, CheckName.JOURNAL, folder);
      }
      case JournalSettings.Postgres _, JournalSettings.Memory _ -> {
        Places.secrets(exam, CheckName.SECRETS, secrets);
        Places.room(exam, file.toAbsolutePath());
        exam.add(CheckName.JOURNAL, Finding.fine("a database, which opens when the node starts"));
      }
    }
    var http = settings.operation().http();
    Places.port(exam, http.host(), http.port());
    Path token = http.tokenFile();
    if (java.nio.file.Files.exists(token)) {
      Places.secrets(exam, CheckName.TOKEN_FILE, List.of(token));
    } else {
      Places.writable(
          exam, CheckName.TOKEN_FILE, Objects.requireNonNull(token.toAbsolutePath().getParent()));
    }
  }

  private void chain(AgentSettings settings, Map<Path, StrategyBundle> bundles, Optional<Srs> srs) {
    @Nullable ChainClient first = null;
    try {
      for (URI endpoint : settings.chain().rpc()) {
        Optional<ChainClient> connected =
            EndpointChecks.connect(exam, endpoint, settings.chain().id(), clock);
        if (connected.isPresent() && first != null) {
          connected.get().close();
        } else if (connected.isPresent()) {
          first = connected.get();
        }
      }
      if (first == null) {
        exam.skip("there is no chain to look at", CheckName.VAULT);
        exam.skip("there is no chain to look at", VaultChecks.ALL);
        exam.skip("there is no chain to look at", CheckName.GAS, CheckName.NONCE);
        return;
      }
      for (AgentSettings.Seat seat : settings.agents()) {
        seat(exam, first, seat, Optional.ofNullable(bundles.get(seat.strategy())), srs);
      }
      for (Address account : accounts(settings)) {
        account(exam, first, account, settings);
      }
    } finally {
      if (first != null) {
        first.close();
      }
    }
  }

  private static List<Address> accounts(AgentSettings settings) {
    return settings.agents().stream().map(AgentSettings.Seat::account).distinct().toList();
  }

  private static void seat(
      Examination exam,
      ChainClient chain,
      AgentSettings.Seat seat,
      Optional<StrategyBundle> bundle,
      Optional<Srs> srs) {
    Optional<VaultChecks> found = VaultChecks.of(exam, chain, seat.vault());
    if (found.isEmpty()) {
      exam.skip("there is no vault", VaultChecks.ALL);
      return;
    }
    VaultChecks vault = found.get();
    bundle.ifPresentOrElse(
        opened -> {
          vault.model(opened.model().key().digest());
          vault.outputs(opened.manifest());
        },
        () ->
            exam.skip(
                "the strategy does not open", CheckName.VAULT_MODEL, CheckName.POLICY_TARGETS));
    srs.ifPresentOrElse(
        string -> vault.reference(string.digest()),
        () -> exam.skip("the reference string does not open", CheckName.VAULT_SRS));
    vault.agent(seat.account());
    vault.money();
    vault.loans();
    vault.market(bundle.map(StrategyBundle::manifest));
  }

  private static void account(
      Examination exam, ChainClient chain, Address account, AgentSettings settings) {
    BigInteger gas = EXECUTION_GAS.multiply(EXECUTIONS);
    try {
      BigInteger price = chain.head().baseFee().add(settings.fees().tipPerGas());
      AccountChecks.gas(
          exam,
          chain,
          account,
          price.multiply(EXECUTION_GAS),
          price.multiply(gas).max(BigInteger.ONE));
    } catch (RuntimeException e) {
      exam.fail(CheckName.GAS, e);
    }
    AccountChecks.nonce(exam, chain, account);
  }

  private void keys(AgentSettings settings, Supplier<char[]> password) {
    for (Address account : accounts(settings)) {
      exam.find(
          CheckName.KEY,
          () -> KeyStore.at(settings.keys().store()).load(account, password.get()),
          key -> "that of %s opens".formatted(key.address()));
    }
  }

  /**
   * What a node that is about to start looks at, on the chain that it is connected to: what its own
   * start does not look at.
   */
  public static CheckReport beforeRun(
      Function<Throwable, String> sentences,
      InstantSource clock,
      ChainClient chain,
      AgentSettings settings) {
    Examination exam = new Examination(sentences, WAITED_FOR);
    if (settings.node().journal() instanceof JournalSettings.Embedded(Path folder)) {
      Places.room(exam, folder);
      Places.writable(exam, CheckName.JOURNAL, folder);
    }
    EndpointChecks.look(exam, chain, clock);
    for (AgentSettings.Seat seat : settings.agents()) {
      VaultChecks.of(exam, chain, seat.vault())
          .ifPresent(vault -> {
            vault.agent(seat.account());
            vault.money();
            vault.loans();
            vault.market(Optional.empty());
          });
    }
    accounts(settings).forEach(account -> account(exam, chain, account, settings));
    return exam.report();
  }
}
