package org.probity.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.Erc20;
import org.probity.deploy.Deployment.Parties;
import org.probity.deploy.Deployment.Shared;
import org.probity.ground.Bytes32;
import org.probity.ground.PlainFile;
import org.probity.intent.Vault;
import org.probity.intent.policy.Policy;
import org.probity.terminal.Complaint;

/**
 * What a deployment has made, as {@code deploy.schema.json} describes it: the last line of {@code
 * deploy --json}, and a file beside the configuration from which later deployments take what vaults
 * share.
 *
 * @param block the newest that holds a transaction of the deployment
 * @param calls for the owner to make, in order; none if the sender made them
 */
record DeploymentRecord(
    long chainId,
    long block,
    Address vault,
    Address owner,
    Address recipient,
    Address agent,
    Bytes32 model,
    Bytes32 policyHash,
    Shared shared,
    List<OwnersCall> calls) {

  static final String SUFFIX = ".deployed";
  private static final long MOST_BYTES = 1 << 20;
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

  static DeploymentRecord of(Deployment deployment, Shared shared, Vault vault, long block) {
    Policy policy = vault.policy();
    Parties parties = deployment.parties();
    return new DeploymentRecord(
        deployment.chain().chainId(),
        block,
        vault.address(),
        parties.owner(),
        parties.recipient(),
        policy.model().agent(),
        policy.model().digest(),
        policy.hash(),
        shared,
        parties.areOne() ? List.of() : calls(deployment, vault));
  }

  private static List<OwnersCall> calls(Deployment deployment, Vault vault) {
    List<OwnersCall> calls = new ArrayList<>();
    deployment
        .deposit()
        .values()
        .forEach(amount -> {
          Address token = amount.token().address();
          calls.add(
              OwnersCall.of(
                  "approves " + amount, new Erc20(token).approve(vault.address(), amount.units())));
          calls.add(
              OwnersCall.of("deposits " + amount, vault.owners("deposit", token, amount.units())));
        });
    return calls;
  }

  /** What the owner is left with, for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("vault %s is %s's, and %s acts for it".formatted(vault, owner, agent));
    if (!calls.isEmpty()) {
      lines.add("its owner puts the money in by these calls, in this order:");
      calls.forEach(
          call -> lines.add("    to %s, %s: %s".formatted(call.to(), call.what(), call.data())));
    }
    return lines;
  }

  ObjectNode tree() {
    ObjectNode root =
        JSON.createObjectNode()
            .put("chainId", chainId)
            .put("block", block)
            .put("vault", vault.toString())
            .put("owner", owner.toString())
            .put("recipient", recipient.toString())
            .put("agent", agent.toString())
            .put("model", model.hex())
            .put("policyHash", policyHash.hex());
    ObjectNode contracts = root.putObject("foundation");
    shared.contracts().forEach((step, address) -> contracts.put(step.id(), address.toString()));
    ArrayNode asked = root.putArray("calls");
    calls.forEach(call ->
        asked
            .addObject()
            .put("what", call.what())
            .put("to", call.to().toString())
            .put("data", call.data()));
    return root;
  }

  /**
   * What vaults share, by the record in {@code file}; whether it is what it seems is for who uses
   * it to see.
   *
   * @throws Complaint if it is no such record, or of another chain
   */
  static Shared shared(Path file, long chainId) {
    JsonNode json;
    try {
      json = JSON.readTree(PlainFile.text(file, MOST_BYTES));
    } catch (JsonProcessingException e) {
      throw new Complaint(noRecord(file), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (json.path("chainId").asLong() != chainId) {
      throw new Complaint(
          json.path("chainId").isIntegralNumber()
              ? "%s is of a deployment on chain %s, not %s: name one of this chain, or leave --foundation out."
                  .formatted(file, json.path("chainId").asLong(), chainId)
              : noRecord(file));
    }
    JsonNode contracts = json.path("foundation");
    try {
      return Shared.of(step -> new Address(contracts.path(step.id()).asText()));
    } catch (IllegalArgumentException e) {
      throw new Complaint(noRecord(file), e);
    }
  }

  private static String noRecord(Path file) {
    return "%s is no record of a deployment: name the file that `probity deploy` wrote beside a configuration, or leave --foundation out."
        .formatted(file);
  }
}
