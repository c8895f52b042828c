package org.probity.drill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.probity.agent.DecisionRecord;
import org.probity.agent.journal.Journal;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.Vault;
import org.probity.intent.VaultReader;
import org.probity.intent.VaultState;
import org.probity.intent.source.Reports;
import org.probity.strategy.Strategy;
import org.probity.zk.Decision;

/**
 * A vault's executions decided once more from the final chain alone, by a client that never saw
 * another branch and by the reference implementation of the model, beside what the journal has.
 */
record FinalChain(DrillReport report) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a vault has in its books, in the smallest units, by token. */
  record Balances(Map<Address, BigInteger> amounts) {
    Balances {
      amounts = Map.copyOf(amounts);
    }

    static Balances of(Vault vault) {
      return new Balances(
          vault.whole(BlockTag.LATEST).books().stream()
              .collect(Collectors.toMap(VaultState.Book::token, VaultState.Book::amount)));
    }

    private Balances with(JsonNode settlement) {
      Map<Address, BigInteger> sums = new HashMap<>(amounts);
      for (JsonNode delta : settlement.path("deltas")) {
        sums.merge(
            new Address(delta.path("asset").asText()),
            new BigInteger(delta.path("amount").asText()),
            BigInteger::add);
      }
      return new Balances(sums);
    }
  }

  /**
   * @param before what the vault held before its first execution
   * @param report is told
   */
  static void compare(DrillWorld world, Balances before, DrillReport report) {
    FinalChain result = new FinalChain(report);
    Map<Bytes32, DecisionRecord> decisions = new HashMap<>();
    Map<Bytes32, JsonNode> settlements = new HashMap<>();
    try (Journal journal = Journal.open(world.settings().node().journal())) {
      for (String agent : journal.agents()) {
        for (DecisionRecord decision : journal.decisions(agent)) {
          decision.transaction().ifPresent(hash -> decisions.put(hash, decision));
        }
      }
      journal.export(line -> {
        JsonNode event = read(line);
        if (event.path("event").asText().equals("IntentSettled")) {
          settlements.put(Bytes32.fromHex(event.path("transaction").asText()), event);
        }
      });
    }
    try (ChainClient fresh = ChainClient.connect(world.world().chain().http())) {
      Vault vault = Vault.at(fresh, world.vault().address());
      List<Vault.Entry> entries = vault.executions();
      result.order(vault, entries);
      result.decideAgain(fresh, vault, entries, decisions);
      result.addUp(vault, entries, settlements, before);
    }
  }

  private void order(Vault vault, List<Vault.Entry> entries) {
    long moment = 0;
    for (int i = 0; i < entries.size(); i++) {
      Vault.Entry entry = entries.get(i);
      if (!entry.nonce().equals(BigInteger.valueOf(i))) {
        report.violation("execution %d of the chain has nonce %s", i, entry.nonce());
      }
      if (entry.asOf() <= moment) {
        report.violation("execution %d is not of a later moment than the one before", i);
      }
      moment = entry.asOf();
    }
    BigInteger nonce = vault.state(BlockTag.LATEST).nonce();
    if (!nonce.equals(BigInteger.valueOf(entries.size()))) {
      report.violation("the vault's nonce is %s after %d executions", nonce, entries.size());
    }
  }

  private void decideAgain(
      ChainClient fresh,
      Vault vault,
      List<Vault.Entry> entries,
      Map<Bytes32, DecisionRecord> decisions) {
    Strategy reference = Strategy.reference(PracticeStrategy.quantised().network());
    VaultReader reader = new VaultReader(fresh, vault, Reports.NONE);
    long same = 0;
    long elsewhere = 0;
    for (Vault.Entry entry : entries) {
      DecisionRecord record = decisions.get(entry.transaction());
      if (record == null) {
        // Named by the reconciliation.
        continue;
      }
      Proposal made = record.proposal();
      Observation alone = reader.at(seenBy(fresh, entry));
      Decision again = reference.decide(alone.features());
      if (alone.asOf() != entry.asOf()
          || !alone.features().equals(made.observation().features())
          || !alone.refs().equals(made.observation().refs())
          || !again.equals(made.decision())
          || !alone.state().nonce().equals(made.observation().state().nonce())) {
        report.violation(
            "execution %s was decided as %s, and on the final chain alone it is %s",
            entry.nonce(), made.decision(), again);
      } else {
        same++;
      }
      boolean onChain =
          fresh
              .head(BlockTag.at(made.head().number()))
              .filter(head -> head.hash().equals(made.head().hash()))
              .isPresent();
      elsewhere += onChain ? 0 : 1;
    }
    report.fact("decided the same on the final chain alone", same);
    report.fact("of them sent for a head that is gone", elsewhere);
  }

  /** What the vault saw: the state that its execution's block found, at that block's time. */
  private static Head seenBy(ChainClient fresh, Vault.Entry entry) {
    Head before = fresh.head(BlockTag.at(entry.blockNumber() - 1)).orElseThrow();
    Head own = fresh.head(BlockTag.at(entry.blockNumber())).orElseThrow();
    return new Head(
        before.number(), before.hash(), before.parentHash(), own.timestamp(), before.baseFee());
  }

  private void addUp(
      Vault vault, List<Vault.Entry> entries, Map<Bytes32, JsonNode> settlements, Balances before) {
    Balances summed = before;
    for (Vault.Entry entry : entries) {
      JsonNode settlement = settlements.get(entry.transaction());
      if (settlement != null) {
        summed = summed.with(settlement);
      }
    }
    Balances booked = Balances.of(vault);
    if (!summed.equals(booked)) {
      report.violation(
          "the vault's books have %s, and by the journal's settlements it is %s",
          booked.amounts(), summed.amounts());
    }
  }

  private static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("The journal's export is not JSON: " + line, e);
    }
  }
}
