package org.probity.agent.cli;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.probity.agent.PolicySettings;
import org.probity.agent.ProverBackend;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.KeyStore;
import org.probity.chain.Signer;
import org.probity.chain.TransactionSender;
import org.probity.chain.uniswap.UniswapPool;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultPolicy;
import org.probity.strategy.FeatureDefinition;
import org.probity.strategy.StrategyBundle;
import org.probity.strategy.feature.DecisionFeatures;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Bytes32;
import org.probity.zk.Srs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "deploy",
    description =
        "Deploy verifier, registry, feature source and a vault, and write the configuration to run its agent with.",
    mixinStandardHelpOptions = true)
final class DeployCommand implements Callable<Integer> {

  private static final Duration INCLUSION = Duration.ofMinutes(5);
  private static final long REPLACEMENT_DELAY_SECONDS = 2 * 86_400;

  @Option(names = "--rpc", paramLabel = "URL", required = true, description = "JSON-RPC of a node.")
  private @Nullable URI rpc;

  @Option(
      names = "--chain-id",
      paramLabel = "N",
      required = true,
      description = "The chain that it must serve.")
  private long chainId;

  @Option(
      names = "--key-store",
      paramLabel = "FOLDER",
      description = "Folder of encrypted keys (default: .probity/keys).")
  private Path store = Path.of(".probity", "keys");

  @Option(
      names = "--account",
      paramLabel = "ADDRESS",
      required = true,
      description =
          "Pays for the deployment, owns the vault and later pays for the agent's transactions.")
  private String account = "";

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "Its first line is the key's password.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--strategy",
      paramLabel = "FOLDER",
      required = true,
      description = "The strategy whose model the vault obeys.")
  private @Nullable Path strategyFolder;

  @Option(
      names = "--srs",
      paramLabel = "FILE",
      required = true,
      description =
          "The reference string that the model was committed under: a ceremony's on every chain but a local one.")
  private @Nullable Path srsFile;

  @Option(
      names = "--pool",
      paramLabel = "ADDRESS",
      required = true,
      description = "The Uniswap v3 pool that the vault trades on.")
  private String pool = "";

  @Option(
      names = "--base",
      paramLabel = "ADDRESS",
      required = true,
      description =
          "The token of the pool whose weight the decisions set; the other one is the quote asset.")
  private String base = "";

  @Option(
      names = "--deposit",
      paramLabel = "BASE,QUOTE",
      description =
          "Put so many whole tokens of the account's into the vault, such as 2,5000 (default: none).")
  private @Nullable String deposit;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      required = true,
      description = "HOCON file with what the owner allows.")
  private @Nullable Path policyFile;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "New file for the configuration of `probity run`.")
  private @Nullable Path out;

  @Override
  public Integer call() {
    NewFile target = NewFile.at(Objects.requireNonNull(out));
    PolicySettings policy = PolicySettings.load(Objects.requireNonNull(policyFile));
    StrategyBundle bundle = StrategyBundle.load(Objects.requireNonNull(strategyFolder));
    Srs srs = Srs.load(Objects.requireNonNull(srsFile));
    srs.requireAdmissibleOn(chainId);
    if (policy.targets().size() != bundle.manifest().outputs().size()) {
      throw new Complaint(
          "The policy has %s targets and the strategy %s decisions (%s): give each decision one."
              .formatted(
                  policy.targets().size(),
                  bundle.manifest().outputs().size(),
                  String.join(", ", bundle.manifest().outputs())));
    }
    TwapDefinition features = features(bundle.manifest().features());
    try (Screen screen = Screen.open(false);
        ChainClient chain = ChainClient.connect(Objects.requireNonNull(rpc), chainId)) {
      UniswapPool market = UniswapPool.at(chain, new Address(pool));
      Address baseAsset = new Address(base);
      Address quoteAsset = quote(market, baseAsset);
      VaultPolicy inUnits = policy.inUnits(new Erc20(quoteAsset).decimals(chain));
      Address owner = new Address(account);
      List<BigInteger> deposited = deposit(chain, owner, List.of(baseAsset, quoteAsset));
      Screen.Step trying = screen.step("Trying a proof");
      Rehearsal.require(bundle, srs, ProverBackend.AUTO.start());
      trying.done("A proof on trial: the strategy and the reference string belong together");
      Signer signer =
          KeyStore.at(store).load(owner, Passwords.known(Optional.ofNullable(passwordFile)));
      VaultDeployment deployment =
          new VaultDeployment(
              chain,
              new TransactionSender(chain, signer, FeePolicy.DEFAULT, Vault.ERRORS, INCLUSION),
              screen::say);
      Foundation foundation = deployment.foundation(srs.tauG2Words(), features);
      Vault vault =
          deployment.vault(
              foundation,
              deployment.register(
                  foundation,
                  bundle.model().key(),
                  Bytes32.of(new byte[Bytes32.SIZE]),
                  REPLACEMENT_DELAY_SECONDS),
              market.address(),
              baseAsset,
              inUnits);
      target.write(configuration(vault));
      if (!deposited.isEmpty()) {
        deployment.deposit(vault, deposited.getFirst(), deposited.getLast());
        screen.say("the vault has its money");
      }
      screen.say(
          "`probity run %s` runs its agent%s."
              .formatted(target, deposited.isEmpty() ? ", once the vault has money" : ""));
      return 0;
    }
  }

  /** The features that the vault is to compute: the ones that the strategy was made for. */
  private static TwapDefinition features(FeatureDefinition strategy) {
    if (strategy.size() != DecisionFeatures.COUNT) {
      throw new Complaint(
          "The strategy has %s features and a vault's decisions have %s: make it for those, which strategies/README.md lists."
              .formatted(strategy.size(), DecisionFeatures.COUNT));
    }
    try {
      return new TwapDefinition(
          strategy.horizonsSeconds(), TwapDefinition.STANDARD.referenceHorizon());
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "The strategy's horizonsSeconds are not those of a vault's features (%s): give them in its weights.json, as strategies/README.md says."
              .formatted(e.getMessage()),
          e);
    }
  }

  /** What is to be deposited, in smallest units, known to be the account's; empty if nothing is. */
  private List<BigInteger> deposit(ChainClient chain, Address owner, List<Address> tokens) {
    if (deposit == null) {
      return List.of();
    }
    String[] words = deposit.split(",", -1);
    List<BigInteger> amounts = new ArrayList<>();
    for (int i = 0; i < tokens.size() && words.length == tokens.size(); i++) {
      Erc20 token = new Erc20(tokens.get(i));
      BigInteger amount = units(words[i].strip(), token.decimals(chain));
      BigInteger held = token.balanceOf(chain, owner, BlockTag.LATEST);
      if (held.compareTo(amount) < 0) {
        throw new Complaint(
            "The account %s has less than %s of the token %s: fund it, or deposit less."
                .formatted(owner, words[i].strip(), tokens.get(i)));
      }
      amounts.add(amount);
    }
    if (amounts.isEmpty()) {
      throw badDeposit();
    }
    return amounts;
  }

  private BigInteger units(String text, int decimals) {
    try {
      BigInteger units = new BigDecimal(text).movePointRight(decimals).toBigIntegerExact();
      if (units.signum() >= 0) {
        return units;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      throw badDeposit();
    }
    throw badDeposit();
  }

  private Complaint badDeposit() {
    return new Complaint(
        "--deposit is \"%s\": it must be the amounts of base and quote asset with a comma between them, such as 2,5000."
            .formatted(deposit));
  }

  private static Address quote(UniswapPool market, Address base) {
    if (base.equals(market.token0())) {
      return market.token1();
    }
    if (base.equals(market.token1())) {
      return market.token0();
    }
    throw new Complaint(
        "The pool %s does not trade %s: --base must be %s or %s."
            .formatted(market.address(), base, market.token0(), market.token1()));
  }

  private String configuration(Vault vault) {
    return """
    # Written by `probity deploy`. What else can be set, with its defaults, is in reference.conf.
    probity {
      chain {
        rpc = "%s"
        id = %s
      }
      vault = "%s"
      strategy = "%s"
      srs = "%s"
      key {
        store = "%s"
        account = "%s"
    %s  }
    }
    """
        .formatted(
            rpc,
            chainId,
            vault.address(),
            whole(Objects.requireNonNull(strategyFolder)),
            whole(Objects.requireNonNull(srsFile)),
            whole(store),
            account,
            passwordFile == null
                ? ""
                : "    password-file = \"%s\"\n".formatted(whole(passwordFile)));
  }

  private static Path whole(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
