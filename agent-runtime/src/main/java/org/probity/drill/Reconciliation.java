package org.probity.drill;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.probity.agent.DecisionRecord;
import org.probity.agent.journal.Journal;
import org.probity.agent.settings.JournalSettings;
import org.probity.ground.Bytes32;
import org.probity.intent.Mandate;
import org.probity.intent.Proposal;
import org.probity.intent.Vault;
import org.probity.intent.VaultState;
import org.probity.intent.policy.VaultDecision;

/**
 * The chain's record of vaults beside their agents' journal, once nothing is under way: every
 * execution in both, each once, and no decision without an end.
 */
record Reconciliation(DrillReport report) {

  /**
   * Compares.
   *
   * @param report is told
   * @param strategy of all the agents
   * @param vaults all that the journal's agents act for
   * @param transactions of the agents' accounts, in the chain
   */
  static void of(
      DrillReport report,
      JournalSettings settings,
      PracticeStrategy.Committed strategy,
      List<Vault> vaults,
      long transactions) {
    try (Journal journal = Journal.open(settings)) {
      strategy.verified(journal).ifPresent(report::violation);
      new Reconciliation(report).compare(journal, vaults, transactions);
    }
  }

  private void compare(Journal journal, List<Vault> vaults, long transactions) {
    List<DecisionRecord> decisions =
        journal.agents().stream().flatMap(agent -> journal.decisions(agent).stream()).toList();
    Map<Bytes32, DecisionRecord> executed = new HashMap<>();
    long open = 0;
    for (DecisionRecord decision : decisions) {
      decision
          .transaction()
          .ifPresent(transaction -> {
            if (executed.put(transaction, decision) != null) {
              report.violation("transaction %s stands twice in the journal", transaction);
            }
          });
      String outcome = decision.outcome();
      if (outcome.equals("sent") || outcome.endsWith("to be sent")) {
        open++;
        report.violation(
            "the decision for %d has no end: %s",
            decision.proposal().observation().asOf(), outcome);
      }
    }
    long entries = 0;
    for (Vault vault : vaults) {
      List<Vault.Entry> record = vault.executions();
      entries += record.size();
      compare(vault, record, executed);
    }
    executed.forEach((transaction, decision) ->
        report.violation(
            "the journal has an execution that is not in the chain: %s, for %d",
            transaction, decision.proposal().observation().asOf()));
    report.fact("lines of the journal", journal.lines());
    report.fact("decisions", decisions.size());
    report.fact("executions in the chain", entries);
    report.fact("transactions of the agent's account", transactions);
    report.fact("decisions without an end", open);
  }

  /** Takes those of {@code executed} that stand in the vault's record. */
  private void compare(
      Vault vault, List<Vault.Entry> record, Map<Bytes32, DecisionRecord> executed) {
    Set<Long> moments = new HashSet<>();
    for (Vault.Entry entry : record) {
      if (!moments.add(entry.asOf())) {
        report.violation("moment %d was executed twice", entry.asOf());
      }
      DecisionRecord decision = executed.remove(entry.transaction());
      if (decision == null) {
        report.violation(
            "the journal knows nothing of execution %d (%s)", entry.nonce(), entry.transaction());
      } else if (!isOf(decision.proposal(), vault, entry)) {
        report.violation("execution %d is of another decision", entry.nonce());
      }
    }
  }

  private static boolean isOf(Proposal proposal, Vault vault, Vault.Entry entry) {
    VaultDecision decided = proposal.statement();
    Mandate mandate = proposal.mandate();
    VaultState seen = proposal.observation().state();
    return mandate.vault().equals(vault.address())
        && proposal
            .context()
            .equals(decided.context(mandate.chainId(), vault.address(), seen.policy()))
        && seen.nonce().equals(entry.nonce())
        && decided.model().equals(entry.model())
        && decided.asOf() == entry.asOf()
        && decided.outputs().equals(entry.outputs())
        && decided.executor().equals(entry.executor());
  }
}
