package org.probity.governance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.probity.agent.Token;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.VaultBearing;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.Erc20;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.Governor;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Standing;
import org.probity.intent.VaultState;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyBearing;
import org.probity.intent.policy.PolicyPart;
import org.probity.intent.policy.PolicyWords;

/**
 * What a vault is on its chain's newest block: its code and parts, whose it is, what waits, what
 * its policy says and bears, what of its limits is left, and what it holds. Nothing is believed
 * that can be looked at.
 *
 * @param code of the vault, hashed
 * @param contract of this release that the code is; empty if it is none of them
 * @param parts by what they are for
 * @param standing what the factory says; empty if none was named
 * @param governor that owns the vault; empty if that is an account, or another contract
 * @param bearing empty if a pool or the program cannot be used
 * @param lending empty if the policy has none
 */
public record VaultInspection(
    long chainId,
    Head head,
    Vault vault,
    Bytes32 code,
    Optional<String> contract,
    Map<String, Part> parts,
    Optional<Standing> standing,
    Optional<Governed> governor,
    Policy policy,
    VaultState state,
    List<Holding> holdings,
    Address pendingRecipient,
    Optional<VaultBearing> bearing,
    List<InspectedVenue> venues,
    Optional<InspectedLending> lending,
    TokenNames names) {

  private static final ObjectMapper JSON = new ObjectMapper();

  public VaultInspection {
    holdings = List.copyOf(holdings);
    venues = List.copyOf(venues);
  }

  /** A contract; the name that this release has for its code, empty if it has none. */
  public record Part(Address address, Optional<String> contract) {}

  /** A governor: who is who, what waits, and whether its code is this release's. */
  public record Governed(
      Governor governor,
      boolean ofThisRelease,
      Governor.State state,
      List<Governor.Submitted> submitted) {

    public Governed {
      submitted = List.copyOf(submitted);
    }
  }

  /** What is booked of a token, and what is held. */
  public record Holding(Token token, BigInteger booked, BigInteger held) {}

  /**
   * Looks at a vault.
   *
   * @param exam is told of each check of its market
   * @param factory that may have made it
   * @param from the block of its creation, or an earlier one
   * @throws IllegalArgumentException if there is none
   */
  public static VaultInspection of(
      Examination exam,
      ChainClient chain,
      Address address,
      Optional<Address> factory,
      BlockTag from) {
    Vault vault = Vault.at(chain, address);
    Head head = chain.head();
    VaultState state = vault.whole(BlockTag.LATEST);
    Policy policy = vault.policy();
    TokenNames names = new TokenNames(chain);
    Bytes code = chain.code(address);
    Optional<Governor> governor = Governor.of(chain, vault);
    return new VaultInspection(
        chain.chainId(),
        head,
        vault,
        code.keccak(),
        VaultDeployment.nameOf(code),
        parts(chain, vault, policy),
        factory.map(made -> VaultDeployment.standing(chain, made, address)),
        governor.map(known ->
            new Governed(
                known,
                known.isOfThisRelease(),
                known.state(BlockTag.LATEST),
                known.submitted(from))),
        policy,
        state,
        state.books().stream()
            .map(book ->
                new Holding(
                    names.token(book.token()),
                    book.amount(),
                    new Erc20(book.token()).balanceOf(chain, address, BlockTag.LATEST)))
            .toList(),
        vault.pendingRecipient(),
        VaultBearing.look(exam, chain, policy),
        InspectedVenue.of(exam, chain, policy, names),
        InspectedLending.of(exam, chain, address, policy, names),
        names);
  }

  private static Map<String, Part> parts(ChainClient chain, Vault vault, Policy policy) {
    Map<String, Address> named = new LinkedHashMap<>();
    named.put("verifier", vault.parts().verifier());
    named.put("engine", vault.parts().engine());
    named.put("rules", vault.parts().rules());
    try {
      named.put("keys", VaultDeployment.keysOf(chain, vault));
      named.put("loans", VaultDeployment.loansOf(chain, vault));
    } catch (CallReverted | IllegalArgumentException e) {
      // Rules or an engine of another kind: told by their code.
    }
    named.put("action", policy.parts().action());
    for (int i = 0; i < policy.parts().venues().size(); i++) {
      named.put("venue " + (i + 1), policy.parts().venues().get(i).action());
    }
    Policy.Lending lending = policy.parts().lending();
    if (lending.exists()) {
      named.put("desk", lending.desk());
    }
    int number = 0;
    for (Policy.Feature feature : policy.model().program()) {
      number++;
      if (!feature.ofOwnBooks() && !feature.ofLoans()) {
        named.put("source " + number, feature.source());
      }
    }
    Map<String, Part> parts = new LinkedHashMap<>();
    named.forEach(
        (what, at) -> parts.put(what, new Part(at, VaultDeployment.nameOf(chain.code(at)))));
    return parts;
  }

  /** Whether the vault and all of its parts are this release's by their code. */
  public boolean isOfThisRelease() {
    return contract.filter("Vault"::equals).isPresent()
        && governor.map(Governed::ofThisRelease).orElse(true)
        && parts.values().stream().allMatch(part -> part.contract().isPresent());
  }

  // ---- for people ----

  /** All of it, line by line. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "vault %s on chain %s, at block %s".formatted(vault.address(), chainId, head.number()));
    line(
        lines,
        "code",
        "%s, %s"
            .formatted(
                code,
                contract
                    .map("%s of this release"::formatted)
                    .orElse("which is not this release's")));
    line(
        lines,
        "factory",
        standing
            .map(said ->
                said.made()
                    ? said.canonical()
                        ? "made it; CANONICAL: what it reads, trades and lends through is of the release"
                        : "made it; NOT CANONICAL: a source, an action or the desk is its owner's own"
                    : "did NOT make it")
            .orElse("not asked: --factory names one"));
    parts.forEach((what, part) ->
        line(
            lines,
            what,
            "%s, %s"
                .formatted(
                    part.address(),
                    part.contract()
                        .map("%s of this release"::formatted)
                        .orElse("which is NOT this release's"))));
    governor.ifPresentOrElse(
        known -> roles(lines, known),
        () -> line(lines, "owner", vault.parts().owner() + ", without a governor: no delays"));
    line(lines, "agent", policy.model().agent().toString());
    line(
        lines,
        "recipient",
        vault.parts().recipient()
            + (pendingRecipient.equals(Address.ZERO)
                ? ""
                : ", which offers its place to " + pendingRecipient));
    line(lines, "paused", state.paused() ? paused() : "no");
    lines.add("  policy");
    PolicyWords.of(policy, names)
        .forEach((what, value) -> lines.add("    %s: %s".formatted(what, value)));
    lines.add("  left of the limits");
    left().forEach((what, value) -> lines.add("    %s: %s".formatted(what, value)));
    lines.add("  what it bears");
    bearing.ifPresentOrElse(
        known -> {
          known.bearing().sentences().forEach(sentence -> lines.add("    " + sentence));
          rings().forEach(ring -> lines.add("    " + ring));
        },
        () -> lines.add("    not known: a pool or the program cannot be used"));
    if (!venues.isEmpty()) {
      lines.add("  venues beside the routes");
      venues.forEach(venue -> lines.add("    " + venue.line()));
    }
    lending.ifPresent(known -> {
      lines.add("  lending");
      known.lines(numeraire()).forEach(line -> lines.add("    " + line));
    });
    lines.add("  holdings");
    for (Holding holding : holdings) {
      lines.add(
          "    %s, %s decimals: %s booked, %s held"
              .formatted(
                  holding.token(),
                  holding.token().decimals(),
                  holding.token().amount(holding.booked()),
                  holding.token().amount(holding.held())));
    }
    return lines;
  }

  private void roles(List<String> lines, Governed known) {
    Governor.State roles = known.state();
    line(
        lines,
        "governor",
        "%s, %s"
            .formatted(
                known.governor().address(),
                known.ofThisRelease() ? "of this release" : "which is NOT this release's"));
    line(
        lines,
        "",
        roles.isSealed() ? "SEALED" : "UNSEALED: what its owner changes waits for nothing");
    line(lines, "owner", roles.owner().toString());
    line(lines, "curator", roles.curator().toString());
    line(
        lines,
        "sentinels",
        roles.sentinels().isEmpty()
            ? "none"
            : roles.sentinels().stream().map(Address::toString).collect(Collectors.joining(", ")));
    for (PolicyPart part : PolicyPart.values()) {
      Governor.OfPart of = roles.part(part);
      line(
          lines,
          part.words(),
          of.abdicated()
              ? "only tightened: that they can be loosened was given up for good"
              : "loosened after %s%s"
                  .formatted(
                      GovernedVault.time(of.delaySeconds()),
                      roles.isSealed() ? "" : " once it is sealed"));
      of.waiting()
          .ifPresent(waiting -> {
            lines.add("    WAITING: " + window(waiting.executableAt()));
            changes(part, waiting).forEach(change -> lines.add("      " + change));
          });
      if (of.abdicableAt() != 0) {
        lines.add("    ABDICATION WAITING: " + window(of.abdicableAt()));
      }
    }
    for (Governor.Submitted change : known.submitted()) {
      lines.add(
          "    WAITING: %s %s, %s"
              .formatted(
                  change.change().words(),
                  change.change().ofDelay()
                      ? GovernedVault.time(change.value().longValueExact())
                      : change.account(),
                  window(change.executableAt())));
    }
  }

  private String window(long from) {
    long until = from + Governor.GRACE_SECONDS;
    return head.timestamp() > until
        ? "void since " + GovernedVault.when(until, head.timestamp())
        : "from %s until %s"
            .formatted(
                GovernedVault.when(from, head.timestamp()),
                GovernedVault.when(until, head.timestamp()));
  }

  private List<String> changes(PolicyPart part, Governor.Proposal waiting) {
    try {
      return PolicyWords.changes(policy, waiting.in(policy, part), names);
    } catch (IllegalArgumentException e) {
      return List.of("%s: as they are -> what cannot be read".formatted(part.words()));
    }
  }

  private String paused() {
    long until = governor.map(known -> known.state().pausedUntil()).orElse(0L);
    return until == 0
        ? "yes, until its owner ends it"
        : until <= head.timestamp()
            ? "until somebody ends it: its week is over"
            : "until " + GovernedVault.when(until, head.timestamp());
  }

  /** What of each allowance is left, of how much. */
  private Map<String, String> left() {
    Policy.Numbers n = policy.limits().numbers();
    Map<String, String> left = new LinkedHashMap<>();
    left.put("turnover", of(state.turnoverLeft(), n.turnover()));
    left.put("losses of a day", of(rest(n.dayLoss(), state.dayLoss()), n.dayLoss()));
    left.put("losses of thirty days", of(rest(n.monthLoss(), state.monthLoss()), n.monthLoss()));
    return left;
  }

  private static BigInteger rest(BigInteger capacity, BigInteger used) {
    return capacity.subtract(used).max(BigInteger.ZERO);
  }

  private String of(BigInteger left, BigInteger capacity) {
    return "%s of %s".formatted(amount(left), amount(capacity));
  }

  private String amount(BigInteger units) {
    return names.amount(policy.parts().assets().getFirst().token(), units);
  }

  private List<String> rings() {
    List<String> rings = new ArrayList<>();
    bearing.ifPresent(known -> {
      for (int i = 0; i < known.pools().size(); i++) {
        PolicyBearing.PoolFacts pool = known.pools().get(i);
        rings.add(
            String.format(
                Locale.ROOT,
                "Pool %s has %s places of the %s that are needed, and %s of liquidity in range; %s of it is counted on.",
                policy.parts().pools().get(i).pool(),
                pool.cardinality(),
                known.bearing().ringNeeded(),
                pool.liquidity(),
                policy.limits().pools().get(i).countedLiquidity()));
      }
    });
    return rings;
  }

  private static void line(List<String> lines, String name, String text) {
    lines.add(String.format(Locale.ROOT, "  %-11s %s", name, text));
  }

  // ---- for machines ----

  /** All of it, as {@code inspect.schema.json} describes a vault. */
  public ObjectNode tree() {
    ObjectNode root =
        JSON.createObjectNode()
            .put("vault", vault.address().toString())
            .put("codeHash", code.hex())
            .put("ofThisRelease", isOfThisRelease());
    standing.ifPresentOrElse(
        said -> root.put("made", said.made()).put("canonical", said.canonical()),
        () -> root.putNull("made").putNull("canonical"));
    ObjectNode named = root.putObject("parts");
    parts.forEach((what, part) -> {
      ObjectNode node =
          named.putObject(what.replace(' ', '-')).put("address", part.address().toString());
      part.contract()
          .ifPresentOrElse(name -> node.put("contract", name), () -> node.putNull("contract"));
    });
    governor.ifPresentOrElse(
        known -> roles(root.putObject("governor"), known), () -> root.putNull("governor"));
    root.put("owner", owner().toString())
        .put("agent", policy.model().agent().toString())
        .put("recipient", vault.parts().recipient().toString())
        .put("paused", state.paused())
        .put("nonce", state.nonce().toString())
        .put("policyHash", state.policy().hex());
    ObjectNode words = root.putObject("policy");
    PolicyWords.of(policy, names).forEach(words::put);
    ObjectNode rest = root.putObject("left");
    Policy.Numbers n = policy.limits().numbers();
    rest.put("turnover", whole(state.turnoverLeft()))
        .put("dayLoss", whole(rest(n.dayLoss(), state.dayLoss())))
        .put("monthLoss", whole(rest(n.monthLoss(), state.monthLoss())));
    bearing.ifPresentOrElse(
        known -> bearing(root.putObject("bearing"), known), () -> root.putNull("bearing"));
    ArrayNode elsewhere = root.putArray("venues");
    venues.forEach(venue -> venue.tree(elsewhere.addObject()));
    lending.ifPresentOrElse(
        known -> known.tree(root.putObject("lending"), numeraire()), () -> root.putNull("lending"));
    ArrayNode held = root.putArray("holdings");
    for (Holding holding : holdings) {
      held.addObject()
          .put("token", holding.token().address().toString())
          .put("symbol", holding.token().symbol())
          .put("decimals", holding.token().decimals())
          .put("booked", whole(holding.token(), holding.booked()))
          .put("held", whole(holding.token(), holding.held()));
    }
    return root;
  }

  /** Who commands it: the governor's owner, where there is a governor. */
  public Address owner() {
    return governor.map(known -> known.state().owner()).orElse(vault.parts().owner());
  }

  private void roles(ObjectNode node, Governed known) {
    Governor.State roles = known.state();
    node.put("address", known.governor().address().toString())
        .put("ofThisRelease", known.ofThisRelease())
        .put("sealed", roles.isSealed())
        .put("curator", roles.curator().toString());
    ArrayNode sentinels = node.putArray("sentinels");
    roles.sentinels().forEach(sentinel -> sentinels.add(sentinel.toString()));
    node.put("pausedUntil", roles.pausedUntil()).put("pauseFreeAt", roles.pauseFreeAt());
    ObjectNode parts = node.putObject("parts");
    for (PolicyPart part : PolicyPart.values()) {
      Governor.OfPart of = roles.part(part);
      ObjectNode one =
          parts
              .putObject(part.words())
              .put("delaySeconds", of.delaySeconds())
              .put("abdicated", of.abdicated())
              .put("abdicableAt", of.abdicableAt());
      if (of.waiting().isEmpty()) {
        one.putNull("waiting");
      } else {
        Governor.Proposal waiting = of.waiting().get();
        ObjectNode proposed =
            one.putObject("waiting")
                .put("executableAt", waiting.executableAt())
                .put("voidAfter", waiting.executableAt() + Governor.GRACE_SECONDS);
        changes(part, waiting).forEach(proposed.putArray("changes")::add);
      }
    }
    ArrayNode submitted = node.putArray("submitted");
    known
        .submitted()
        .forEach(change ->
            submitted
                .addObject()
                .put("change", change.change().words())
                .put("account", change.account().toString())
                .put("seconds", change.value().toString())
                .put("executableAt", change.executableAt())
                .put("voidAfter", change.executableAt() + Governor.GRACE_SECONDS));
  }

  private void bearing(ObjectNode node, VaultBearing known) {
    node.put("worstDay", whole(known.bearing().worstDay()))
        .put("worstTurnover", whole(known.bearing().worstTurnover()))
        .put("honestLossPerDay", whole(known.bearing().honestLossPerDay()))
        .put("ringNeeded", known.bearing().ringNeeded());
    ArrayNode pools = node.putArray("pools");
    for (int i = 0; i < known.pools().size(); i++) {
      pools
          .addObject()
          .put("address", policy.parts().pools().get(i).pool().toString())
          .put("liquidity", known.pools().get(i).liquidity().toString())
          .put("cardinality", known.pools().get(i).cardinality());
    }
    ArrayNode steps = node.putArray("largestSteps");
    for (PolicyBearing.LargestStep step : known.bearing().largestSteps()) {
      steps
          .addObject()
          .put("token", policy.parts().assets().get(step.asset()).token().toString())
          .put("buy", whole(step.buy()))
          .put("sale", whole(step.sale()));
    }
    known.bearing().contradictions().forEach(node.putArray("contradictions")::add);
  }

  private Token numeraire() {
    return names.token(policy.parts().assets().getFirst().token());
  }

  /** Whole tokens of the numeraire, exactly. */
  private String whole(BigInteger units) {
    return whole(numeraire(), units);
  }

  private static String whole(Token token, BigInteger units) {
    return new BigDecimal(units, token.decimals()).stripTrailingZeros().toPlainString();
  }
}
