package org.probity.intent.source;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Erc20;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.intent.policy.Policy;

/** A vault on a local chain, with rules and an engine that say what a test tells them. */
final class ScriptedVault {

  static final ContractArtifact VAULT = ContractArtifact.load("Vault");
  static final AbiErrors ERRORS = AbiErrors.of(VAULT);
  static final int STEP = 600;
  static final int MAX_AGE = 300;

  /** What the owner has of each token. */
  static final BigInteger PLENTY = BigInteger.TEN.pow(27);

  private static final ContractArtifact SCRIPT = ContractArtifact.load("ScriptedPolicy");

  final LocalChain chain;
  final Address owner;
  final Address agent;
  final List<Address> tokens = new ArrayList<>();
  final Address address;
  final Address script;
  private final List<Policy.Feature> program;

  /**
   * A vault that holds nothing yet.
   *
   * @param program the features of its policy
   */
  ScriptedVault(
      LocalChain chain,
      int assets,
      List<Policy.Feature> program,
      BigInteger turnover,
      long window) {
    this.chain = chain;
    this.owner = chain.account(1).address();
    this.agent = chain.account(2).address();
    this.program = program;
    script = chain.deploy(owner, SCRIPT.deployment());
    ContractArtifact token = ContractArtifact.load("TestToken");
    for (int i = 0; i < assets; i++) {
      tokens.add(chain.deploy(owner, token.deployment("Token", "T" + i, 18)));
      chain.execute(owner, Call.of(tokens.get(i), token.function("mint"), owner, PLENTY));
    }
    Bytes policy = policy(turnover, window);
    address = chain.deploy(owner, VAULT.deployment(owner, owner, script, script, script, policy));
    for (Address each : tokens) {
      chain.execute(owner, new Erc20(each).approve(address, PLENTY));
    }
  }

  /** Limits that limit nothing, but for what features depend on. */
  private Bytes policy(BigInteger turnover, long window) {
    Policy.Numbers numbers =
        new Policy.Numbers(
            STEP,
            MAX_AGE,
            0,
            300,
            60,
            50,
            50,
            5,
            5_000,
            1,
            0,
            0,
            BigInteger.ONE,
            PLENTY,
            turnover,
            window,
            PLENTY,
            PLENTY,
            PLENTY);
    List<Policy.Asset> assets =
        tokens.stream()
            .map(token ->
                new Policy.Asset(token, 18, false, List.of(), Policy.Feed.NONE, false, 0, false))
            .toList();
    Policy policy =
        new Policy(
            new Policy.Limits(numbers, List.of(), List.of()),
            new Policy.Model(Bytes32.ZERO, script, agent, List.of(), List.of(), 0, program),
            new Policy.Parts(assets, List.of(), script));
    return Bytes.of(policy.encoded());
  }

  Call setPolicy(BigInteger turnover, long window) {
    return call("setPolicy", policy(turnover, window));
  }

  Call call(String function, Object... arguments) {
    return Call.of(address, VAULT.function(function), arguments);
  }

  AbiValues view(String function, Object... arguments) {
    return chain.client().call(address, VAULT.function(function), arguments);
  }

  AbiValues state() {
    return (AbiValues) view("state").getFirst();
  }

  AbiValues book(int asset) {
    return view("book", tokens.get(asset));
  }

  /** The engine's answer from now on: no more than one step, at one for one. */
  void plan(List<Object> steps, List<Integer> refs) {
    List<Object> plan = List.of(steps, refs, 0, List.of(), List.of(), Address.ZERO);
    chain.execute(owner, Call.of(script, SCRIPT.function("script"), plan));
  }

  /** What is decided as of a moment, whoever says so. */
  Call execution(long asOf, List<Bytes> sourceHints) {
    List<Object> decision =
        List.of(
            Bytes32.ZERO,
            state().integer("nonce"),
            1L << 40,
            asOf,
            Address.ZERO,
            50,
            List.of(BigInteger.ZERO));
    return call("execute", decision, Bytes.EMPTY, sourceHints, Bytes.EMPTY);
  }
}
