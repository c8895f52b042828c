package org.probity.intent.policy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.policy.Policy.Exposure;
import org.probity.intent.policy.Policy.Feature;
import org.probity.intent.policy.Policy.Limits;
import org.probity.intent.policy.Policy.Model;
import org.probity.intent.policy.Policy.Numbers;
import org.probity.intent.policy.Policy.Parts;
import org.probity.intent.policy.Policy.PoolLimits;

/**
 * The whole vault on a local chain: key, rules, engine, action, and a verifier that accepts exactly
 * one proof, the digest of all that it was asked. So whatever executes here, the contract computed
 * the same features and the same context as the Java code that made the "proof".
 */
final class VaultBed {

  static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  static final ContractArtifact RULES = ContractArtifact.load("PolicyRules");
  static final ContractArtifact ENGINE = ContractArtifact.load("PolicyEngine");
  static final ContractArtifact LOANS = ContractArtifact.load("LoanEngine");
  static final ContractArtifact KEYS = ContractArtifact.load("KeyStore");
  static final ContractArtifact ACTION = ContractArtifact.load("UniswapV3Action");
  static final ContractArtifact ECHO = ContractArtifact.load("EchoVerifier");
  static final AbiErrors ERRORS =
      AbiErrors.of(
          VAULT, RULES, ENGINE, LOANS, KEYS, ACTION, ECHO, ContractArtifact.load("TestToken"));

  private static final AbiFunction ECHOED =
      AbiFunction.parse("echo(bytes,int256[],int256[],bytes32)");
  private static final BigInteger UNLIMITED =
      BigInteger.ONE.shiftLeft(256).subtract(BigInteger.ONE);

  final LocalChain chain;
  final PolicyWorld world;
  final Address owner;
  final Address agent;
  final Address trader;
  final Address recipient;
  final Address keys;
  final Address rules;
  final Address engine;
  final Address verifier;
  final Address action;
  final PolicyEngine twin;

  VaultBed(LocalChain chain, Address factory, int assets, Random random) {
    this.chain = chain;
    this.world = new PolicyWorld(chain, factory, assets, true, false, random);
    this.owner = chain.account(1).address();
    this.agent = chain.account(3).address();
    this.recipient = chain.account(4).address();
    this.trader = chain.account(8).address();
    this.keys = chain.deploy(owner, KEYS.deployment());
    this.rules = chain.deploy(owner, RULES.deployment(keys, factory, Address.ZERO));
    this.engine =
        chain.deploy(
            owner, ENGINE.deployment(Address.ZERO, chain.deploy(owner, LOANS.deployment())));
    this.verifier = chain.deploy(owner, ECHO.deployment());
    this.action = chain.deploy(owner, ACTION.deployment());
    this.twin = new PolicyEngine(Optional.empty());
    BigInteger plenty = BigInteger.TEN.pow(40);
    AbiFunction mint = AbiFunction.parse("mint(address,uint256)");
    for (PolicyWorld.Token token : world.tokens) {
      for (Address rich : List.of(owner, trader)) {
        chain.execute(owner, Call.of(token.address(), mint, rich, plenty));
      }
      chain.execute(trader, new Erc20(token.address()).approve(action, UNLIMITED));
    }
  }

  // ---- policies ----

  /** A key of the right shape; no real model has it, and the echo does not mind. */
  static Bytes key(int inputs, boolean linear, int outputs) {
    byte[] key = new byte[8 + 3 * 4 + 4 * 64];
    key[0] = 1;
    key[1] = (byte) (linear ? 1 : 0);
    key[2] = 2;
    key[3] = 3;
    key[7] = (byte) inputs;
    key[10] = 8;
    key[14] = 8;
    key[18] = (byte) outputs;
    return Bytes.of(key);
  }

  Bytes key(Policy policy) {
    return key(shape(policy));
  }

  private static Bytes key(ModelShape shape) {
    return key(shape.inputs(), shape.linear(), shape.outputs());
  }

  static ModelShape shape(Policy policy) {
    int weights = policy.assets() - 1 + 2 * policy.parts().lending().reserves().size();
    boolean linear = policy.model().linear();
    return new ModelShape(
        policy.model().program().stream().mapToInt(Feature::width).sum(),
        linear,
        linear ? weights : policy.model().directions().size());
  }

  /** A policy that the rules take, with limits that bind now and then. */
  Policy policy(Random random) {
    RandomPolicies policies = new RandomPolicies(world);
    int others = world.tokens.size() - 1;
    Model drawn = policies.model(others, random.nextBoolean());
    ModelShape shape =
        new ModelShape(
            2 * others + 2, drawn.linear(), drawn.linear() ? others : drawn.directions().size());
    Bytes key = key(shape);
    chain.execute(owner, Call.of(keys, KEYS.function("store"), key));
    Bytes32 digest = key.keccak();
    Address code = chain.client().call(keys, KEYS.function("codeOf"), digest).address("code");
    Model model =
        new Model(
            digest,
            code,
            agent,
            drawn.targets(),
            drawn.directions(),
            drawn.weightStepBps(),
            List.of(new Feature(Address.ZERO, 2 * others + 2, Bytes.EMPTY)));
    Parts parts = policies.parts();
    return new Policy(
        limits(random, others), model, new Parts(parts.assets(), parts.pools(), action));
  }

  private Limits limits(Random random, int others) {
    BigInteger scale = world.scale;
    BigInteger minTrade = scale.divide(BigInteger.valueOf(10_000)).max(BigInteger.ONE);
    BigInteger loss =
        scale.divide(BigInteger.valueOf(random.nextInt(3) != 0 ? 20 : 8_000)).max(BigInteger.ONE);
    long step = 60L * (5 + 5 * random.nextInt(2));
    long maxAge = step / (2 + random.nextInt(4));
    Numbers numbers =
        new Numbers(
            step,
            maxAge,
            random.nextBoolean() ? step - maxAge : 0,
            300,
            60,
            290,
            200,
            5,
            10_000,
            1_000 + random.nextInt(9_000),
            2_000,
            1_800,
            minTrade,
            scale.max(minTrade),
            scale.max(minTrade),
            86_400L * (1 + random.nextInt(3)),
            loss,
            loss.shiftLeft(random.nextInt(3)),
            random.nextBoolean() ? loss : loss.shiftRight(2).max(BigInteger.ONE));
    List<Exposure> exposures = new ArrayList<>();
    for (int i = 0; i < others; i++) {
      exposures.add(new Exposure(scale.shiftLeft(4), 10_000));
    }
    List<PoolLimits> pools =
        world.pools.stream()
            .map(pool -> pool.liquidity().shiftRight(1))
            .map(half -> new PoolLimits(half, half))
            .toList();
    return new Limits(numbers, exposures, pools);
  }

  Address deploy(Policy policy) {
    return chain.deploy(
        owner,
        VAULT.deployment(owner, recipient, verifier, engine, rules, Bytes.of(policy.encoded())));
  }

  /** Lets the vault take what its owner deposits. */
  void approve(Address vault) {
    for (PolicyWorld.Token token : world.tokens) {
      chain.execute(owner, new Erc20(token.address()).approve(vault, UNLIMITED));
    }
  }

  // ---- decisions ----

  static Bytes proof(Bytes key, int[] features, List<BigInteger> outputs, Bytes32 context) {
    List<Integer> x = Arrays.stream(features).boxed().toList();
    Bytes asked = ECHOED.encode(key, x, outputs, context);
    return Bytes.of(Keccak.hash(asked.slice(4, asked.length()).toArray()).toByteArray());
  }

  /** Lets the real action trade for somebody else, and tells what its balances say. */
  StepAction trading(Policy policy) {
    return (step, amountIn) -> {
      Address asset = policy.parts().assets().get(step.asset()).token();
      Address numeraire = policy.parts().assets().getFirst().token();
      Address in = step.sell() ? asset : numeraire;
      Address out = step.sell() ? numeraire : asset;
      List<Address> pools =
          step.pools().stream().map(index -> policy.parts().pools().get(index).pool()).toList();
      Bytes parameters = AbiFunction.parse("f() returns (address[] pools)").encodeReturn(pools);
      Call run =
          Call.of(
              action,
              ACTION.function("run"),
              parameters,
              List.of(in, amountIn, out, step.limitX96()));
      try {
        chain.client().callFrom(trader, run, BlockTag.LATEST);
      } catch (CallReverted e) {
        return PolicyEngineDifferentialTest.refusal(e.reason(ERRORS));
      }
      BigInteger inBefore = balance(in);
      BigInteger outBefore = balance(out);
      chain.execute(trader, run);
      return new Fill(inBefore.subtract(balance(in)), balance(out).subtract(outBefore));
    };
  }

  private BigInteger balance(Address token) {
    return new Erc20(token).balanceOf(chain.client(), trader, BlockTag.LATEST);
  }

  /** What a call returns in a block of this time. */
  static Bytes at(ChainClient client, long now, Address from, Call call) {
    return Bytes.parse(
        client
            .request(
                "eth_call",
                Map.of(
                    "from", from.hex(),
                    "to", String.valueOf(call.to()),
                    "data", call.data().toString()),
                "latest",
                Map.of(),
                Map.of("time", "0x" + Long.toHexString(now)))
            .asText());
  }
}
