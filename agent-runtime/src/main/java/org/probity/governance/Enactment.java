package org.probity.governance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.probity.agent.checks.NewFile;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.CallReverted;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.RevertReason;
import org.probity.chain.TransactionSender;
import org.probity.intent.Vault;
import org.probity.terminal.Complaint;

/**
 * An act carried out: told, tried on the newest block as who signs it, and then signed and sent, or
 * printed for who signs elsewhere.
 */
public final class Enactment {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final GovernedVault governed;
  private final SigningOptions signing;
  private final Act act;
  private final GovernorWords words;
  private final Consumer<String> said;
  private final List<Done> done = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  /** A call, and the transaction that made it; empty if it was printed. */
  private record Done(Act.Single single, Optional<Receipt> receipt) {}

  /**
   * @param said told of what happens, line by line
   */
  public Enactment(GovernedVault governed, SigningOptions signing, Act act, Consumer<String> said) {
    this.governed = governed;
    this.signing = signing;
    this.act = act;
    this.said = said;
    this.words = new GovernorWords(governed);
  }

  /**
   * Carries it out.
   *
   * @return whether all of it was
   * @throws Complaint that says why it cannot be, or how far it came
   */
  public boolean carryOut() {
    tell();
    if (signing.prints()) {
      print();
    } else {
      send();
    }
    return refused.isEmpty();
  }

  private void tell() {
    said.accept("%s: %s".formatted(governed.vault().address(), act.what()));
    act.changes().forEach(change -> said.accept("    " + change));
    act.notes().forEach(note -> said.accept("  " + note));
  }

  // ---- tried ----

  /** Why the newest block would refuse a call of {@code who}; empty if it would not. */
  private Optional<String> refusal(Act.Single single, Address who) {
    try {
      governed.chain().callFrom(who, single.call(), BlockTag.LATEST);
      return Optional.empty();
    } catch (CallReverted e) {
      return Optional.of(words.of(e.reason(Vault.ERRORS)));
    }
  }

  /**
   * Whether a call may be made.
   *
   * @throws Complaint if not, and what comes after it rests on it
   */
  private boolean mayBeMade(Act.Single single, Address who) {
    Optional<String> why = refusal(single, who);
    if (why.isEmpty()) {
      return true;
    }
    if (!act.independent() || act.calls().size() == 1) {
      throw new Complaint("%s. %s".formatted(why.get(), sofar()));
    }
    refused.add("%s is left: %s".formatted(single.what(), why.get()));
    said.accept("  " + refused.getLast());
    return false;
  }

  private String sofar() {
    return done.isEmpty()
        ? "Nothing was sent."
        : "Done so far: %s."
            .formatted(String.join(", ", done.stream().map(one -> one.single.what()).toList()));
  }

  // ---- printed ----

  private void print() {
    Optional<Address> who = signing.who();
    for (int i = 0; i < act.calls().size(); i++) {
      Act.Single single = act.calls().get(i);
      // What rests on an earlier call can't be tried before that is made.
      if (who.isPresent() && (i == 0 || act.independent()) && !mayBeMade(single, who.get())) {
        continue;
      }
      done.add(new Done(single, Optional.empty()));
      said.accept("  %s:".formatted(single.what()));
      said.accept("    to   %s".formatted(single.call().to()));
      said.accept("    data %s".formatted(single.call().data()));
    }
    if (who.isEmpty()) {
      said.accept("  not tried, since nobody said who makes the calls: --from does");
    }
    signing
        .out()
        .ifPresent(file -> {
          new NewFile(file)
              .write(
                  SafeBatch.of(
                              governed.chain().chainId(),
                              act.what(),
                              done.stream().map(Done::single).toList())
                          .json(who, InstantSource.system().millis())
                      + "\n");
          said.accept("  %s holds the calls for a Safe's Transaction Builder".formatted(file));
        });
  }

  // ---- sent ----

  private void send() {
    Address who = signing.who().orElseThrow();
    List<Act.Single> possible = new ArrayList<>();
    for (int i = 0; i < act.calls().size(); i++) {
      Act.Single single = act.calls().get(i);
      if ((i > 0 && !act.independent()) || mayBeMade(single, who)) {
        possible.add(single);
      }
    }
    if (possible.isEmpty()) {
      return;
    }
    TransactionSender sender =
        new TransactionSender(
            governed.chain(),
            signing.signer(),
            signing.fees().policy(governed.chain()),
            Vault.ERRORS,
            PATIENCE);
    for (Act.Single single : possible) {
      Receipt receipt = receipt(single, sender.send(single.call()));
      done.add(new Done(single, Optional.of(receipt)));
      said.accept(
          "  done: %s, in block %s by transaction %s"
              .formatted(single.what(), receipt.blockNumber(), receipt.transactionHash()));
    }
  }

  private Receipt receipt(Act.Single single, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Mined(var receipt) -> receipt;
      case Outcome.Reverted(_, var reason) -> throw failed(single, reason);
      case Outcome.Refused(var reason) -> throw failed(single, reason);
      case Outcome.Abandoned(_, _, var detail) ->
          throw new Complaint("%s was not made: %s. %s".formatted(single.what(), detail, sofar()));
      case Outcome.Unknown(var transaction) ->
          throw new Complaint(
              "Transaction %s (%s) is in no block yet: look it up before giving the command again. %s"
                  .formatted(transaction, single.what(), sofar()));
    };
  }

  private Complaint failed(Act.Single single, RevertReason reason) {
    return new Complaint(
        "%s was refused: %s. %s".formatted(single.what(), words.of(reason), sofar()));
  }

  // ---- told to machines ----

  /** What became of it as one line, as {@code vault-act.schema.json} describes it. */
  public String json() {
    ObjectNode root =
        JSON.createObjectNode()
            .put("chainId", governed.chain().chainId())
            .put("vault", governed.vault().address().toString())
            .put("governor", governed.governor().address().toString())
            .put("what", act.what());
    act.changes().forEach(root.putArray("changes")::add);
    act.notes().forEach(root.putArray("notes")::add);
    ArrayNode calls = root.putArray("calls");
    for (Done one : done) {
      ObjectNode call =
          calls
              .addObject()
              .put("what", one.single.what())
              .put("to", Objects.requireNonNull(one.single.call().to()).toString())
              .put("value", one.single.call().value().toString())
              .put("data", one.single.call().data().toString());
      one.receipt.ifPresentOrElse(
          receipt ->
              call.put("transaction", receipt.transactionHash().hex())
                  .put("block", receipt.blockNumber()),
          () -> call.putNull("transaction").putNull("block"));
    }
    refused.forEach(root.putArray("left")::add);
    return root.toString();
  }
}
