package org.probity.drill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.probity.agent.DecisionRecord;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;

/**
 * The chain's record of vaults beside their agents' journal, once nothing is under way: every
 * execution in both, each once, and no decision without an end.
 */
final class Reconciliation {

  private final List<String> violations = new ArrayList<>();
  private final Map<String, Object> facts = new LinkedHashMap<>();

  private Reconciliation() {}

  static Reconciliation of(DrillWorld world) {
    return of(
        world.settings().node().journal(),
        world::verified,
        List.of(world.vault()),
        world.transactions());
  }

  /**
   * @param verified what is wrong with a journal by itself; empty if nothing is
   * @param vaults all that the journal's agents act for
   * @param transactions of the agents' accounts, in the chain
   */
  static Reconciliation of(
      JournalSettings settings,
      Function<Journal, Optional<String>> verified,
      List<Vault> vaults,
      long transactions) {
    Reconciliation reconciliation = new Reconciliation();
    try (Journal journal = Journal.open(settings)) {
      reconciliation.compare(journal, verified, vaults, transactions);
    }
    return reconciliation;
  }

  List<String> violations() {
    return violations;
  }

  Map<String, Object> facts() {
    return facts;
  }

  private void compare(
      Journal journal,
      Function<Journal, Optional<String>> verified,
      List<Vault> vaults,
      long transactions) {
    verified.apply(journal).ifPresent(violations::add);
    List<DecisionRecord> decisions =
        journal.agents().stream().flatMap(agent -> journal.decisions(agent).stream()).toList();
    Map<Bytes32, DecisionRecord> executed = new HashMap<>();
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
    long entries = 0;
    for (Vault vault : vaults) {
      List<Vault.Entry> record = vault.executions();
      entries += record.size();
      compare(vault, record, executed);
    }
    executed.forEach((transaction, decision) ->
        violations.add(
            "the journal has an execution that is not in the chain: %s, for %d"
                .formatted(transaction, decision.proposal().observation().asOf())));
    facts.put("lines of the journal", journal.lines());
    facts.put("decisions", decisions.size());
    facts.put("executions in the chain", entries);
    facts.put("transactions of the agent's account", transactions);
    facts.put("decisions without an end", open);
  }

  /** Takes those of {@code executed} that stand in the vault's record. */
  private void compare(
      Vault vault, List<Vault.Entry> record, Map<Bytes32, DecisionRecord> executed) {
    Set<Long> moments = new HashSet<>();
    for (Vault.Entry entry : record) {
      if (!moments.add(entry.asOf())) {
        violations.add("moment %d was executed twice".formatted(entry.asOf()));
      }
      DecisionRecord decision = executed.remove(entry.transaction());
      if (decision == null) {
        violations.add(
            "the journal knows nothing of execution %d (%s)"
                .formatted(entry.nonce(), entry.transaction()));
      } else if (!decision.proposal().mandate().vault().equals(vault.address())
          || decision.proposal().observation().asOf() != entry.asOf()
          || decision.proposal().decision().index() != entry.decision()) {
        violations.add("execution %d is of another decision".formatted(entry.nonce()));
      }
    }
  }

  private static boolean isOpen(DecisionRecord decision) {
    String outcome = decision.outcome();
    return outcome.equals("sent") || outcome.endsWith("to be sent");
  }
}
