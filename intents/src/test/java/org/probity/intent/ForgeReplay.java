package org.probity.intent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.LogEntry;
import org.probity.chain.Receipt;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.strategy.feature.TwapDefinition;
import org.probity.zk.Architecture;
import org.probity.zk.CommittedModel;
import org.probity.zk.Decision;
import org.probity.zk.Dense;
import org.probity.zk.Entropy;
import org.probity.zk.FeatureVector;
import org.probity.zk.Layer;
import org.probity.zk.Network;
import org.probity.zk.Prover;
import org.probity.zk.Readout;
import org.probity.zk.Srs;
import org.probity.zk.backend.ComputeBackend;

/**
 * The world of src/forge/solidity/World.sol on a local chain, with the real verifier in place of
 * the one that accepts what it was told. What forge's agent decided, here a model decides that
 * knows no other decision, and proves it; everything else is the same to the second.
 */
final class ForgeReplay implements AutoCloseable {

  private static final ContractArtifact VAULT = ContractArtifact.load("ProofBoundVault");
  private static final ContractArtifact REGISTRY = ContractArtifact.load("ModelRegistry");
  private static final ContractArtifact SOURCE = ContractArtifact.load("TwapFeatureSource");
  private static final ContractArtifact TOKEN = ContractArtifact.load("TestToken");
  private static final ContractArtifact SEARCHER = ContractArtifact.load("Searcher");
  private static final ContractArtifact FACTORY = ContractArtifact.load("UniswapV3Factory");

  /** As in World.sol. */
  private static final long BEGIN = 1_750_000_000L;

  private static final BigInteger FUNDS = BigInteger.TEN.pow(23);
  private static final Address OWNER = named("owner");
  private static final AbiFunction PRICE =
      AbiFunction.parse("slot0() returns (uint160,int24,uint16,uint16,uint16,uint8,bool)");
  private static final Bytes32 DECIDED = VAULT.event("DecisionExecuted").topic();

  private final LocalChain chain =
      LocalChain.start(
          new LocalChain.Settings(OptionalInt.empty(), 31_337, BEGIN - 1_000, 1, BigInteger.ONE));
  private final Address anybody = chain.account(0).address();
  private final List<CommittedModel> models = new ArrayList<>();
  private final Prover prover;
  private final Address base;
  private final Address quote;
  private final Address pool;
  private final Address searcher;
  private final Address registry;
  private final Address source;
  private final Address vault;
  private final Bytes32 modelId;
  private int executed;
  private int refused;

  /**
   * @param baseFirst whether the base token's address is the lower one, as a pool sorts them
   */
  ForgeReplay(boolean baseFirst) {
    Architecture shape =
        new Architecture(20, List.of(new Layer(4, 0), new Layer(3, 0)), Readout.ARGMAX, 0);
    Srs srs = Srs.development(shape.logSize(), Entropy.secure());
    prover = new Prover(srs, ComputeBackend.scalar(), Entropy.secure());
    for (int decision = 0; decision < 3; decision++) {
      int[] bias = new int[3];
      bias[decision] = 1;
      Network network =
          new Network(
              shape, List.of(new Dense(new int[80], new int[4]), new Dense(new int[12], bias)));
      models.add(CommittedModel.commit(network, srs, ComputeBackend.scalar(), Entropy.secure()));
    }

    chain.client().request("anvil_impersonateAccount", OWNER.hex());
    chain.setBalance(OWNER, BigInteger.TEN.pow(24));
    Address one = chain.deploy(anybody, TOKEN.deployment("One", "ONE", 18));
    Address other = chain.deploy(anybody, TOKEN.deployment("Other", "OTHER", 18));
    boolean oneIsBase = isBelow(one.hex(), other.hex()) == baseFirst;
    base = oneIsBase ? one : other;
    quote = oneIsBase ? other : one;
    Address factory = chain.deploy(anybody, FACTORY.deployment());
    Call creation = Call.of(factory, FACTORY.function("createPool"), base, quote, 500);
    pool =
        (Address)
            chain
                .client()
                .call(factory, FACTORY.function("createPool"), base, quote, 500)
                .getFirst();
    chain.execute(anybody, creation);
    send(pool, "initialize(uint160)", BigInteger.ONE.shiftLeft(96));
    send(pool, "increaseObservationCardinalityNext(uint16)", 100);
    searcher = chain.deploy(anybody, SEARCHER.deployment(pool));
    chain.execute(
        anybody,
        Call.of(searcher, SEARCHER.function("provide"), -887_270, 887_270, BigInteger.TEN.pow(24)));

    registry = chain.deploy(anybody, REGISTRY.deployment());
    chain.execute(OWNER, Call.of(registry, REGISTRY.function("register"), Bytes32.ZERO, key(0), 0));
    modelId =
        (Bytes32)
            chain
                .client()
                .call(registry, REGISTRY.function("idOf"), OWNER, Bytes32.ZERO)
                .getFirst();
    source =
        chain.deploy(
            anybody,
            SOURCE.deployment(
                TwapDefinition.STANDARD.horizonsSeconds(),
                TwapDefinition.STANDARD.referenceHorizon()));
    Address verifier =
        chain.deploy(
            anybody, ContractArtifact.load("DecisionVerifier").deployment(srs.tauG2Words()));
    vault =
        chain.deploy(
            anybody,
            VAULT.deployment(
                List.of(OWNER, registry, modelId, verifier, source, pool, base),
                VaultBench.Terms.standard(
                        BigInteger.TEN.pow(20),
                        BigInteger.TEN.pow(22).multiply(BigInteger.valueOf(4)))
                    .struct()));
    for (Address token : List.of(base, quote)) {
      mint(token, OWNER, BigInteger.TEN.pow(30));
      chain.execute(
          OWNER, new Erc20(token).approve(vault, BigInteger.TWO.pow(256).subtract(BigInteger.ONE)));
    }
    chain.execute(OWNER, Call.of(vault, VAULT.function("deposit"), FUNDS, FUNDS));
    assertThat(chain.client().head().timestamp()).isLessThan(BEGIN);
  }

  int executed() {
    return executed;
  }

  int refused() {
    return refused;
  }

  /** Lives one life from the start, and leaves no trace of it. */
  void live(List<JsonNode> steps) {
    JsonNode tokens = steps.getFirst();
    String snapshot = chain.snapshot();
    for (JsonNode step : steps.subList(1, steps.size())) {
      String text =
          step.toString()
              .replace(bare(tokens.path("base").asText()), bare(base.hex()))
              .replace(bare(tokens.path("quote").asText()), bare(quote.hex()));
      take(ForgeTest.read(text));
    }
    chain.revert(snapshot);
  }

  private void take(JsonNode step) {
    act(step);
    assertThat(chain.client().call(pool, PRICE).getFirst())
        .as(step::toString)
        .isEqualTo(new BigInteger(step.path("price").asText()));
  }

  private void act(JsonNode step) {
    long at = step.path("at").asLong();
    JsonNode given = step.path("arguments");
    switch (step.path("action").asText()) {
      case "decide" -> decide(step, at);
      case "swap" ->
          at(at, anybody, searcher("swap", given.path(0).asInt() == 1, number(given, 1)));
      case "provide" -> at(at, anybody, position("provide", given));
      case "depart" -> at(at, anybody, position("depart", given));
      case "give" -> {
        chain.setNextBlockTimestamp(at);
        mint(given.path(0).asInt() == 1 ? base : quote, vault, number(given, 1));
      }
      case "owner" ->
          assertThat(told(at(at, OWNER, Call.of(vault, Bytes.parse(given.path(0).asText())))))
              .isEqualTo(told(step));
      default -> throw new AssertionError(step);
    }
  }

  private void decide(JsonNode step, long at) {
    JsonNode given = step.path("arguments");
    int decision = number(given, 2).intValueExact();
    CommittedModel model = models.get(decision);
    at(at - 2, OWNER, Call.of(registry, REGISTRY.function("propose"), modelId, key(decision)));
    at(at - 1, OWNER, Call.of(registry, REGISTRY.function("activate"), modelId));
    BigInteger asOf = number(given, 0);
    BigInteger deadline = number(given, 1);
    Object indices = chain.client().call(source, SOURCE.function("locate"), pool, asOf).getFirst();
    List<Object> preview =
        chain.client().call(vault, VAULT.function("preview"), deadline, asOf, indices, decision);
    FeatureVector features = FeatureVector.of(VaultBench.ints(preview.get(0)));
    Bytes32 context = (Bytes32) preview.get(1);
    Object nonce =
        ((List<?>) chain.client().call(vault, VAULT.function("state")).getFirst()).getFirst();
    Bytes proof =
        Bytes.of(prover.prove(model, features, new Decision.Choice(decision), context).bytes());
    Call call =
        Call.of(vault, VAULT.function("execute"), nonce, deadline, asOf, indices, decision, proof);
    String reason = step.path("refused").asText();
    chain.setNextBlockTimestamp(at);
    if (reason.equals("0x")) {
      assertThat(told(chain.execute(anybody, call))).isEqualTo(told(step));
      executed++;
    } else {
      refuses(call, at, reason);
      refused++;
    }
  }

  /** Asked of an empty block of that time, in which nothing else has changed. */
  private void refuses(Call call, long at, String reason) {
    chain.mineAt(at);
    try {
      chain.client().callFrom(anybody, call, BlockTag.LATEST);
    } catch (CallReverted e) {
      assertThat(e.data().toString()).isEqualTo(reason);
      return;
    }
    throw new AssertionError("The vault executed what it refused in forge");
  }

  private Receipt at(long time, Address from, Call call) {
    chain.setNextBlockTimestamp(time);
    return chain.execute(from, call);
  }

  private void send(Address to, String function, Object... arguments) {
    chain.execute(anybody, Call.of(to, AbiFunction.parse(function), arguments));
  }

  private void mint(Address token, Address to, BigInteger amount) {
    chain.execute(anybody, Call.of(token, TOKEN.function("mint"), to, amount));
  }

  private Call searcher(String function, Object... arguments) {
    return Call.of(searcher, SEARCHER.function(function), arguments);
  }

  private Call position(String function, JsonNode given) {
    return searcher(function, number(given, 0), number(given, 1), number(given, 2));
  }

  private Bytes key(int decision) {
    return Bytes.of(models.get(decision).key().bytes());
  }

  /** What the vault told in forge; a decision's model has another digest here. */
  private static List<String> told(JsonNode step) {
    List<String> events = new ArrayList<>();
    for (JsonNode event : step.path("events")) {
      List<String> topics = new ArrayList<>();
      event.path("topics").forEach(topic -> topics.add(topic.asText()));
      events.add(told(topics, event.path("data").asText()));
    }
    return events;
  }

  private List<String> told(Receipt receipt) {
    return receipt.logs().stream()
        .filter(entry -> entry.address().equals(vault))
        .map(ForgeReplay::told)
        .toList();
  }

  private static String told(LogEntry entry) {
    return told(entry.topics().stream().map(Bytes32::toString).toList(), entry.data().toString());
  }

  private static String told(List<String> topics, String data) {
    return (topics.getFirst().equals(DECIDED.toString()) ? topics.subList(0, 3) : topics)
        + " "
        + data;
  }

  private static BigInteger number(JsonNode arguments, int index) {
    return new BigInteger(arguments.path(index).asText());
  }

  static boolean isBelow(String address, String other) {
    return bare(address).compareTo(bare(other)) < 0;
  }

  private static String bare(String address) {
    return address.substring(2).toLowerCase(Locale.ROOT);
  }

  /** As World.sol names its people: the last 20 bytes of a name's hash. */
  private static Address named(String name) {
    byte[] hash = Keccak.hash(name.getBytes(StandardCharsets.UTF_8)).toByteArray();
    return new Address(Bytes.of(hash).slice(12, 32).toString());
  }

  @Override
  public void close() {
    chain.close();
  }
}
