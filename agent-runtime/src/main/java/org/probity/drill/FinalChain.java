package org.probity.drill;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.probity.agent.DecisionRecord;
import org.probity.agent.journal.Journal;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.intent.Observation;
import org.probity.intent.Proposal;
import org.probity.intent.TwapFeatureSource;
import org.probity.intent.Vault;
import org.probity.strategy.Strategy;
import org.probity.strategy.feature.VaultBooks;
import org.probity.zk.Decision;

/**
 * A vault's executions decided once more from the final chain alone, by a client that never saw
 * another branch and by the reference implementation of the model, beside what the journal has.
 */
record FinalChain(DrillReport report) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a vault holds, in the smallest units. */
  record Balances(BigInteger base, BigInteger quote) {
    static Balances of(Vault vault) {
      VaultBooks books = vault.state(BlockTag.LATEST).books();
      return new Balances(books.baseBalance(), books.quoteBalance());
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
      result.decideAgain(world, fresh, vault, entries, decisions);
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
      DrillWorld world,
      ChainClient fresh,
      Vault vault,
      List<Vault.Entry> entries,
      Map<Bytes32, DecisionRecord> decisions) {
    Strategy reference = Strategy.reference(PracticeStrategy.quantised().network());
    TwapFeatureSource features = TwapFeatureSource.of(fresh, vault);
    long same = 0;
    long elsewhere = 0;
    for (Vault.Entry entry : entries) {
      DecisionRecord record = decisions.get(entry.transaction());
      if (record == null) {
        // Named by the reconciliation.
        continue;
      }
      Proposal made = record.proposal();
      Head before = fresh.head(BlockTag.at(entry.blockNumber() - 1)).orElseThrow();
      Observation alone = features.at(before, entry.asOf());
      Decision again = reference.decide(alone.features());
      if (!alone.features().equals(made.observation().features())
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

  private void addUp(
      Vault vault, List<Vault.Entry> entries, Map<Bytes32, JsonNode> settlements, Balances before) {
    BigInteger base = before.base();
    BigInteger quote = before.quote();
    Vault.Parts assets = vault.parts();
    for (Vault.Entry entry : entries) {
      JsonNode settlement = settlements.get(entry.transaction());
      if (settlement != null) {
        base = base.add(gained(settlement, assets.base()));
        quote = quote.add(gained(settlement, assets.quote()));
      }
    }
    Balances summed = new Balances(base, quote);
    Balances held = Balances.of(vault);
    if (!summed.equals(held)) {
      report.violation(
          "the vault holds %s, and by the journal's settlements it is %s", held, summed);
    }
  }

  private static BigInteger gained(JsonNode settlement, Address asset) {
    BigInteger gained = BigInteger.ZERO;
    for (JsonNode delta : settlement.path("deltas")) {
      if (delta.path("asset").asText().equals(asset.toString())) {
        gained = gained.add(new BigInteger(delta.path("amount").asText()));
      }
    }
    return gained;
  }

  private static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("The journal's export is not JSON: " + line, e);
    }
  }
}
