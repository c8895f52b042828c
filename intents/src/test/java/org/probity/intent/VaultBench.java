package org.probity.intent;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.chain.local.LocalMarket;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.strategy.feature.DecisionFeatures;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.strategy.feature.TwapFeatures;
import org.probity.strategy.feature.VaultBooks;

/**
 * The contracts on a local chain with a real Uniswap v3 pool, and a verifier that accepts exactly
 * one proof: the digest of all that it was asked. So whatever executes here, the contract computed
 * the same features and the same context as the Java code that made the "proof".
 */
final class VaultBench implements AutoCloseable {

  static final ContractArtifact VAULT = ContractArtifact.load("ProofBoundVault");
  static final ContractArtifact REGISTRY = ContractArtifact.load("ModelRegistry");
  static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");
  static final ContractArtifact ECHO = ContractArtifact.load("EchoVerifier");
  static final ContractArtifact METER = ContractArtifact.load("GasMeter");
  static final AbiErrors ERRORS =
      AbiErrors.of(VAULT, REGISTRY, SOURCE, ECHO, ContractArtifact.load("TestToken"));

  static final int REDUCE = 0;
  static final int HOLD = 1;
  static final int INCREASE = 2;
  static final int HOLD_MARK = 0xffff;

  private static final AbiFunction ECHOED =
      AbiFunction.parse("echo(bytes,int256[],int256[],bytes32)");

  final LocalChain chain;
  final LocalMarket market;
  private final BigDecimal price;
  final Address owner;
  final Address stranger;
  final Address registry;
  final Address source;
  final Address verifier;
  final Address meter;
  final Bytes32 modelId;

  VaultBench(LocalMarket.Settings settings) {
    this(LocalChain.Settings.DEFAULT, settings);
  }

  VaultBench(LocalChain.Settings chainSettings, LocalMarket.Settings settings) {
    chain = LocalChain.start(chainSettings);
    market = LocalMarket.deploy(chain, settings);
    price = settings.price();
    owner = chain.account(1).address();
    stranger = chain.account(2).address();
    registry = chain.deploy(owner, REGISTRY.deployment());
    source =
        chain.deploy(
            owner,
            SOURCE.deployment(
                TwapDefinition.STANDARD.horizonsSeconds(),
                TwapDefinition.STANDARD.referenceHorizon()));
    verifier = chain.deploy(owner, ECHO.deployment());
    meter = chain.deploy(owner, METER.deployment());
    chain.execute(owner, register(Bytes32.ZERO, modelKey(20, 1), 0));
    modelId = (Bytes32) call(registry, REGISTRY.function("idOf"), owner, Bytes32.ZERO);
    BigInteger plenty = BigInteger.TEN.pow(30);
    market.fund(owner, plenty, plenty);
  }

  /** A key of the right shape; no real model has it, and the echo does not mind. */
  static Bytes modelKey(int inputs, int filling) {
    byte[] key = new byte[8 + 3 * 4 + 4 * 64];
    Arrays.fill(key, 8, key.length, (byte) filling);
    key[0] = 1;
    key[2] = 2;
    key[3] = 3;
    key[7] = (byte) inputs;
    return Bytes.of(key);
  }

  Call register(Bytes32 salt, Bytes key, long delaySeconds) {
    return Call.of(registry, REGISTRY.function("register"), salt, key, delaySeconds);
  }

  Object call(Address contract, AbiFunction function, Object... arguments) {
    return chain.client().call(contract, function, arguments).getFirst();
  }

  /** Why a call from {@code from} would fail at the time of the newest block. */
  RevertReason refusal(Address from, Call call) {
    try {
      chain.client().callFrom(from, call, BlockTag.LATEST);
    } catch (CallReverted e) {
      return e.reason(ERRORS);
    }
    throw new AssertionError("The call was not refused");
  }

  long now() {
    return chain.client().head().timestamp();
  }

  /** Lets time pass, up to an empty block. */
  void pass(long seconds) {
    chain.mineAt(now() + seconds);
  }

  /** Random swaps by which the price wanders, 5 to 40 seconds apart. */
  void wander(int swaps, long seed) {
    var random = new SplittableRandom(seed);
    long time = now();
    List<LocalMarket.Trade> trades = new ArrayList<>();
    for (int i = 0; i < swaps; i++) {
      time += 5 + random.nextInt(36);
      boolean sell = random.nextBoolean();
      LocalMarket.Token token = sell ? market.weth() : market.usd();
      long size = 1 + random.nextInt(40);
      trades.add(
          new LocalMarket.Trade(
              time,
              token.address(),
              token.units(
                  sell ? BigDecimal.valueOf(size) : price.multiply(BigDecimal.valueOf(size)))));
    }
    market.replay(trades);
  }

  /** The terms of the tests' vaults: targets 20 %, hold, 80 %; any second may be decided for. */
  record Terms(
      int maxSlippageBps,
      long maxAgeSeconds,
      long stepSeconds,
      long epochSeconds,
      int decisions,
      BigInteger minTrade,
      BigInteger maxNotionalPerEpoch,
      BigInteger targets) {

    static Terms standard(BigInteger minTrade, BigInteger maxNotionalPerEpoch) {
      return new Terms(
          100, 120, 1, 86_400, 3, minTrade, maxNotionalPerEpoch, targets(2000, HOLD_MARK, 8000));
    }

    static BigInteger targets(int... targets) {
      BigInteger packed = BigInteger.ZERO;
      for (int i = targets.length - 1; i >= 0; i--) {
        packed = packed.shiftLeft(16).or(BigInteger.valueOf(targets[i]));
      }
      return packed;
    }

    Terms withStep(long seconds) {
      return new Terms(
          maxSlippageBps,
          maxAgeSeconds,
          seconds,
          epochSeconds,
          decisions,
          minTrade,
          maxNotionalPerEpoch,
          targets);
    }

    List<Object> struct() {
      return List.of(
          maxSlippageBps,
          maxAgeSeconds,
          stepSeconds,
          epochSeconds,
          decisions,
          minTrade,
          maxNotionalPerEpoch,
          targets);
    }
  }

  Address deployVault(Address pool, Address base, Terms terms) {
    return chain.deploy(owner, vaultDeployment(pool, base, terms));
  }

  Call vaultDeployment(Address pool, Address base, Terms terms) {
    return VAULT.deployment(
        List.of(owner, registry, modelId, verifier, source, pool, base), terms.struct());
  }

  /** A vault on the market's pool with these balances, in the tokens' smallest units. */
  Address fundedVault(
      LocalMarket.Token base, LocalMarket.Token quote, BigInteger b, BigInteger q, Terms terms) {
    return fundedVault(base, quote, market.pool().address(), b, q, terms);
  }

  Address fundedVault(
      LocalMarket.Token base,
      LocalMarket.Token quote,
      Address pool,
      BigInteger b,
      BigInteger q,
      Terms terms) {
    Address vault = deployVault(pool, base.address(), terms);
    BigInteger unlimited = BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);
    chain.execute(owner, new Erc20(base.address()).approve(vault, unlimited));
    chain.execute(owner, new Erc20(quote.address()).approve(vault, unlimited));
    chain.execute(owner, Call.of(vault, VAULT.function("deposit"), b, q));
    return vault;
  }

  /** All arguments of an execution. */
  record Step(
      BigInteger nonce, long deadline, long asOf, Bytes indices, long decision, Bytes proof) {
    Step withProof(Bytes other) {
      return new Step(nonce, deadline, asOf, indices, decision, other);
    }

    Step withDecision(long other) {
      return new Step(nonce, deadline, asOf, indices, other, proof);
    }
  }

  Call execution(Address vault, Step step) {
    return Call.of(
        vault,
        VAULT.function("execute"),
        step.nonce(),
        step.deadline(),
        step.asOf(),
        step.indices(),
        step.decision(),
        step.proof());
  }

  /** What the agent would send at the newest head, computed in Java from what it reads. */
  Step decide(Address vault, int decision) {
    long now = now();
    return decide(vault, decision, now, now + 100);
  }

  Step decide(Address vault, int decision, long asOf, long deadline) {
    ChainClient client = chain.client();
    Address pool = (Address) call(vault, VAULT.function("pool"));
    boolean inverted = !(Boolean) call(vault, VAULT.function("baseIsToken0"));
    List<Object> located = client.call(source, SOURCE.function("locate"), pool, asOf);
    TwapFeatures market = TwapDefinition.STANDARD.features(longs(located.get(1)), inverted);
    DecisionFeatures features = DecisionFeatures.of(market, books(vault), asOf);
    BigInteger nonce = (BigInteger) state(vault).get(0);
    Bytes key = (Bytes) call(registry, REGISTRY.function("modelKey"), modelId);
    Bytes32 context =
        DecisionContext.of(
            client.chainId(), vault, Keccak.hash(key.toArray()), nonce, deadline, asOf, decision);
    Bytes proof = echo(key, features.vector().toArray(), decision, context);
    return new Step(nonce, deadline, asOf, (Bytes) located.get(0), decision, proof);
  }

  static Bytes echo(Bytes key, int[] features, int decision, Bytes32 context) {
    List<Object> x = new ArrayList<>();
    for (int feature : features) {
      x.add(feature);
    }
    Bytes asked = ECHOED.encode(key, x, List.of(decision), context);
    return Bytes.of(Keccak.hash(asked.slice(4, asked.length()).toArray()).toByteArray());
  }

  List<?> state(Address vault) {
    return (List<?>) call(vault, VAULT.function("state"));
  }

  long lastAsOf(Address vault) {
    return ((BigInteger) state(vault).get(11)).longValueExact();
  }

  VaultBooks books(Address vault) {
    List<?> state = state(vault);
    return new VaultBooks(
        (BigInteger) state.get(2),
        (BigInteger) state.get(3),
        ((BigInteger) state.get(4)).longValueExact(),
        ((BigInteger) state.get(5)).intValueExact(),
        ((BigInteger) state.get(6)).longValueExact(),
        (BigInteger) state.get(7),
        (BigInteger) state.get(8),
        ((BigInteger) state.get(9)).longValueExact());
  }

  Receipt execute(Address vault, Step step) {
    return chain.execute(stranger, execution(vault, step));
  }

  /** The values of the receipt's only DecisionExecuted. */
  static List<Object> executed(Receipt receipt) {
    return receipt.logs().stream()
        .flatMap(entry -> VAULT.event("DecisionExecuted").decode(entry).stream())
        .findFirst()
        .orElseThrow();
  }

  BigInteger balance(Address token, Address account) {
    return new Erc20(token).balanceOf(chain.client(), account, BlockTag.LATEST);
  }

  static long[] longs(Object list) {
    return ((List<?>) list).stream().mapToLong(v -> ((BigInteger) v).longValueExact()).toArray();
  }

  static int[] ints(Object list) {
    return ((List<?>) list).stream().mapToInt(v -> ((BigInteger) v).intValueExact()).toArray();
  }

  @Override
  public void close() {
    chain.close();
  }
}
