package org.probity.agent.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.probity.agent.DecisionRecord;
import org.probity.agent.Journal;
import org.probity.chain.Hash;
import org.probity.intent.Vault;

/**
 * The chain's record of a vault beside its agent's journal, once nothing is under way: every
 * execution in both, each once, and no decision without an end.
 */
final class Reckoning {

  private final List<String> violations = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();

  private Reckoning() {}

  static Reckoning of(DrillWorld world) {
    Reckoning reckoning = new Reckoning();
    try (Journal journal = Journal.open(world.settings().node().journal())) {
      reckoning.compare(world, journal);
    }
    return reckoning;
  }

  List<String> violations() {
    return violations;
  }

  Map<String, Object> facts() {
    return facts;
  }

  private void compare(DrillWorld world, Journal journal) {
    world.verified(journal).ifPresent(violations::add);
    List<DecisionRecord> decisions =
        journal.agents().stream().flatMap(agent -> journal.decisions(agent).stream()).toList();
    Map<Hash, DecisionRecord> executed = new HashMap<>();
    long open = 0;
    for (DecisionRecord decision : decisions) {
      decision
          .transaction()
          .ifPresent(transaction -> {
            if (executed.put(transaction, decision) != null) {
              violations.add("transaction %s stands twice in the journal".formatted(transaction));
            }
          });
      if (isOpen(decision)) {
        open++;
        violations.add(
            "the decision for %d has no end: %s"
                .formatted(decision.proposal().observation().asOf(), decision.outcome()));
      }
    }
    Set<Long> moments = new HashSet<>();
    List<Vault.Entry> entries = world.vault().executions();
    for (Vault.Entry entry : entries) {
      if (!moments.add(entry.asOf())) {
        violations.add("moment %d was executed twice".formatted(entry.asOf()));
      }
      DecisionRecord decision = executed.remove(entry.transaction());
      if (decision == null) {
        violations.add(
            "the journal knows nothing of execution %d (%s)"
                .formatted(entry.nonce(), entry.transaction()));
      } else if (decision.proposal().observation().asOf() != entry.asOf()
          || decision.proposal().decision().index() != entry.decision()) {
        violations.add("execution %d is of another decision".formatted(entry.nonce()));
      }
    }
    executed.forEach((transaction, decision) ->
        violations.add(
            "the journal has an execution that is not in the chain: %s, for %d"
                .formatted(transaction, decision.proposal().observation().asOf())));
    facts.put("lines of the journal", journal.lines());
    facts.put("decisions", decisions.size());
    facts.put("executions in the chain", entries.size());
    facts.put("transactions of the agent's account", world.transactions());
    facts.put("decisions without an end", open);
  }

  private static boolean isOpen(DecisionRecord decision) {
    String outcome = decision.outcome();
    return outcome.equals("sent") || outcome.endsWith("to be sent");
  }
}
