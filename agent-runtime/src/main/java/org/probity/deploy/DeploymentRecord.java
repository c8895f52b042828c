package org.probity.deploy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.ContractSource;
import org.probity.chain.Erc20;
import org.probity.deploy.Deployment.Parties;
import org.probity.ground.Bytes32;
import org.probity.intent.Governor;
import org.probity.intent.Governor.Change;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.Holders;
import org.probity.intent.policy.Policy;

/**
 * What a deployment has made, as {@code deploy.schema.json} describes it: the last line of {@code
 * deploy --json}, and a file beside the configuration from which later deployments take what vaults
 * share.
 *
 * @param block the newest that holds a transaction of the deployment
 * @param governor owns the vault
 * @param owner of the governor
 * @param calls for the owner to make, in order; none if the sender made them
 */
record DeploymentRecord(
    long chainId,
    long block,
    Address vault,
    Address governor,
    Address owner,
    Address recipient,
    Address agent,
    Bytes32 model,
    Bytes32 policyHash,
    Foundation foundation,
    List<OwnersCall> calls) {

  static final String SUFFIX = ".deployed";
  private static final ObjectMapper JSON = new ObjectMapper();

  public DeploymentRecord {
    calls = List.copyOf(calls);
  }

  /** A call that only the owner can make. */
  record OwnersCall(String what, Address to, String data) {

    private static OwnersCall of(String what, Call call) {
      return new OwnersCall(what, Objects.requireNonNull(call.to()), call.data().toString());
    }
  }

  static DeploymentRecord of(
      Deployment deployment, Foundation foundation, Governor governor, long block) {
    Vault vault = governor.vault();
    Policy policy = vault.policy();
    Parties parties = deployment.parties();
    return new DeploymentRecord(
        deployment.chain().chainId(),
        block,
        vault.address(),
        governor.address(),
        parties.owner(),
        parties.recipient(),
        policy.model().agent(),
        policy.model().digest(),
        policy.hash(),
        foundation,
        parties.areOne() ? List.of() : calls(deployment, governor));
  }

  private static List<OwnersCall> calls(Deployment deployment, Governor governor) {
    List<OwnersCall> calls = new ArrayList<>();
    for (Address sentinel : deployment.parties().sentinels()) {
      calls.add(
          OwnersCall.of(
              "makes %s a sentinel".formatted(sentinel),
              governor.submit(Change.ADD_SENTINEL, sentinel, BigInteger.ZERO)));
    }
    deployment
        .deposit()
        .values()
        .forEach(amount -> {
          Address token = amount.token().address();
          calls.add(
              OwnersCall.of(
                  "approves " + amount,
                  new Erc20(token).approve(governor.address(), amount.units())));
          calls.add(OwnersCall.of("deposits " + amount, governor.deposit(token, amount.units())));
        });
    return calls;
  }

  /** What the owner is left with, for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "vault %s is governed by %s, which is %s's; %s acts for it"
            .formatted(vault, governor, owner, agent));
    lines.add(
        "it is UNSEALED: what its owner changes waits for nothing until `probity vault seal`");
    if (!calls.isEmpty()) {
      lines.add("its owner makes these calls, in this order:");
      calls.forEach(
          call -> lines.add("    to %s, %s: %s".formatted(call.to(), call.what(), call.data())));
    }
    return lines;
  }

  /** Writes what all of it was compiled from. */
  void sources(Deployment deployment, SourceFolder folder) {
    NavigableMap<Step, Address> contracts = Deployment.contracts(foundation);
    VaultDeployment.foundation(
        (what, call) -> {
          Address at = Objects.requireNonNull(contracts.get(Step.creating(what)));
          folder.add(at, VaultDeployment.source(call));
          return at;
        },
        deployment.srs().tauG2Words(),
        deployment.sight().surroundings());
    Vault made = Vault.at(deployment.chain(), vault);
    List<ContractSource> both =
        VaultDeployment.sources(
            foundation.factory(),
            Governor.of(deployment.chain(), made).orElseThrow(),
            new Holders(owner, recipient),
            Bytes.of(made.policy().encoded()));
    folder.add(vault, both.getFirst());
    folder.add(governor, both.getLast());
    folder.write(chainId);
  }

  ObjectNode tree() {
    ObjectNode root =
        JSON.createObjectNode()
            .put("chainId", chainId)
            .put("block", block)
            .put("vault", vault.toString())
            .put("governor", governor.toString())
            .put("owner", owner.toString())
            .put("recipient", recipient.toString())
            .put("agent", agent.toString())
            .put("model", model.hex())
            .put("policyHash", policyHash.hex());
    ObjectNode contracts = root.putObject("foundation");
    Deployment.contracts(foundation)
        .forEach((step, address) -> contracts.put(step.id(), address.toString()));
    ArrayNode asked = root.putArray("calls");
    calls.forEach(call ->
        asked
            .addObject()
            .put("what", call.what())
            .put("to", call.to().toString())
            .put("data", call.data()));
    return root;
  }
}
