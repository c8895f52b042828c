package org.probity.deploy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.RulesWords;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Erc20;
import org.probity.chain.FeePolicy;
import org.probity.chain.Outcome;
import org.probity.chain.Receipt;
import org.probity.chain.Signer;
import org.probity.chain.TransactionEvent;
import org.probity.chain.TransactionJournal;
import org.probity.chain.TransactionSender;
import org.probity.chain.TransactionSettings;
import org.probity.deploy.Step.Kind;
import org.probity.intent.Governor;
import org.probity.intent.Governor.Change;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Foundation;
import org.probity.intent.VaultDeployment.Made;
import org.probity.intent.policy.Policy;
import org.probity.terminal.Complaint;
import org.probity.terminal.Sentences;

/**
 * Executes a plan, each step at most once, and goes on from what an earlier run has done. It has
 * succeeded when every transaction lies as deep as it is asked for, and what they made is there:
 * what a reorg takes away while it works is made again.
 */
final class DeploymentRun {

  private static final Duration INCLUSION = Duration.ofMinutes(5);
  private static final Duration BLOCK = Duration.ofSeconds(30);
  private static final int MOST_REORGS = 4;

  private final Deployment deployment;
  private final DeploymentPlan plan;
  private final DeploymentProgress record;
  private final Consumer<String> progress;
  private final ChainClient chain;
  private final int confirmations;
  private final TransactionSender sender;

  /** Follows what {@code sender} has sent until it is deep enough; sends nothing of its own. */
  private final TransactionSender follower;

  private final Map<Step, Sent> sent = new TreeMap<>();
  private long newest;
  private int round;

  /** A transaction of this run, by the key that its sender knows it by. */
  private record Sent(String key, Call call) {}

  DeploymentRun(
      Deployment deployment,
      DeploymentPlan plan,
      DeploymentProgress record,
      Signer signer,
      int confirmations,
      Consumer<String> progress) {
    this.deployment = deployment;
    this.plan = plan;
    this.record = record;
    this.confirmations = confirmations;
    this.progress = progress;
    this.chain = deployment.chain();
    TransactionJournal journal = TransactionJournal.inMemory();
    this.sender = sender(signer, plan.fees(), journal, 1);
    this.follower = sender(signer, plan.fees(), journal, confirmations);
  }

  private TransactionSender sender(
      Signer signer, FeePolicy fees, TransactionJournal journal, int depth) {
    return new TransactionSender(
        chain,
        signer,
        fees,
        Vault.ERRORS,
        TransactionSettings.DEFAULT
            .withPatience(INCLUSION.plus(BLOCK.multipliedBy(depth)))
            .withConfirmations(depth),
        journal,
        TransactionEvent.Listener.NONE);
  }

  /**
   * Deploys.
   *
   * @throws Complaint that says what is done, if the chain does not take a step
   */
  DeploymentRecord run() {
    goOn();
    for (int reorgs = 0; reorgs < MOST_REORGS; reorgs++) {
      boolean complete = advance();
      Optional<Step> gone = confirm();
      if (gone.isPresent()) {
        again(gone.get());
      } else if (complete) {
        return DeploymentRecord.of(deployment, shared(), governor(), newest);
      }
    }
    throw stopped("The chain was reorganised again and again", "wait until it is calm");
  }

  /**
   * Does what is still to be done. A step that fails where all before it stands is tried once more.
   *
   * @return whether all is done; if not, something that was there has gone
   */
  private boolean advance() {
    for (int attempt = 1; ; attempt++) {
      round++;
      try {
        if (deployment.shared().isEmpty()) {
          VaultDeployment.foundation(
              this::create, deployment.srs().tauG2Words(), deployment.sight().surroundings());
        }
        for (Step step : plan.steps()) {
          if (record.of(step).isEmpty()) {
            execute(step);
          }
        }
        return true;
      } catch (Complaint | ChainException | IllegalArgumentException e) {
        if (!recordedStands()) {
          return false;
        }
        if (attempt == 2) {
          throw e instanceof Complaint told ? told : interrupted(e);
        }
      }
    }
  }

  private boolean recordedStands() {
    try {
      return plan.steps().stream().allMatch(step -> record.of(step).isEmpty() || stands(step));
    } catch (ChainException e) {
      throw interrupted(e);
    }
  }

  /** Takes over what an earlier run has done, as far as it is there. */
  private void goOn() {
    if (record.isEmpty()) {
      return;
    }
    for (Step step : plan.steps()) {
      if (record.of(step).isEmpty() || !stands(step)) {
        record.forgetFrom(step);
        break;
      }
    }
    if (!record.isEmpty()) {
      progress.accept("an earlier run has made %s: they are used".formatted(record.words()));
    }
  }

  /** One of the contracts that vaults share, made unless it was before. */
  private Address create(String what, Call call) {
    Step step = Step.creating(what);
    if (record.of(step).isEmpty()) {
      send(step, call);
    }
    return record.made(step);
  }

  private void execute(Step step) {
    // Done twice these would cost more than gas.
    boolean isDoneOnce =
        switch (step.kind()) {
          case KEY, SENTINEL, DEPOSIT -> true;
          default -> false;
        };
    if (isDoneOnce && stands(step)) {
      // An earlier run was cut between the chain's answer and its own note.
      record.note(step, subject(step));
    } else {
      send(step, call(step));
    }
  }

  private void send(Step step, Call call) {
    String key = "deploy:" + step.id() + ":" + round;
    Receipt receipt = receipt(step, sender.send(key, call));
    sent.put(step, new Sent(key, call));
    newest = Math.max(newest, receipt.blockNumber());
    record.note(step, made(step, receipt));
    progress.accept(told(step));
  }

  /** The contract that a step has made, or that it is about. */
  private Address made(Step step, Receipt receipt) {
    Optional<Address> made =
        step.kind() == Kind.VAULT
            ? VaultDeployment.made(shared().factory(), receipt).map(Made::vault)
            : step.kind().compareTo(Kind.KEY) < 0
                ? Optional.ofNullable(receipt.createdContract())
                : Optional.of(subject(step));
    return made.orElseThrow(() ->
        stopped("%s gave no contract".formatted(step), "check that the node serves full receipts"));
  }

  /** The contract that a step which makes none is about. */
  private Address subject(Step step) {
    return step.kind() == Kind.KEY ? shared().keys() : record.made(Step.of(Kind.VAULT));
  }

  /** What vaults share, once it is there. */
  private Foundation shared() {
    return deployment
        .shared()
        .orElseGet(() ->
            Deployment.foundation(
                step -> plan.steps().contains(step) ? record.made(step) : Address.ZERO));
  }

  private Vault vault() {
    return Vault.at(chain, record.made(Step.of(Kind.VAULT)));
  }

  private Governor governor() {
    return Governor.of(chain, vault())
        .orElseThrow(() ->
            stopped(
                "The vault %s has no governor".formatted(record.made(Step.of(Kind.VAULT))),
                "ask another node"));
  }

  private Call call(Step step) {
    return switch (step.kind()) {
      case KEY -> VaultDeployment.store(shared(), deployment.bundle().model().key());
      case VAULT -> {
        Policy policy = deployment.policy(shared());
        validate(policy);
        yield VaultDeployment.create(
            shared(),
            VaultDeployment.salt(chain, sender.address()),
            deployment.parties().holders(),
            policy);
      }
      case SENTINEL -> governor().submit(Change.ADD_SENTINEL, sentinel(step), BigInteger.ZERO);
      case APPROVAL -> new Erc20(token(step)).approve(governor().address(), amount(step).units());
      case DEPOSIT -> governor().deposit(token(step), amount(step).units());
      default -> throw new IllegalStateException("%s is made with its fellows".formatted(step));
    };
  }

  /** What was fine may have changed since it was looked at: a market is frozen, a fee is set. */
  private void validate(Policy policy) {
    try {
      VaultDeployment.validate(chain, shared(), policy);
    } catch (CallReverted e) {
      throw RulesWords.of(e.reason(Vault.ERRORS))
          .map(words -> {
            int remedy = words.lastIndexOf(": ");
            return stopped(words.substring(0, remedy), words.substring(remedy + 2));
          })
          .orElseThrow(() -> e);
    }
  }

  private Address sentinel(Step step) {
    return deployment.parties().sentinels().get(step.index());
  }

  private Address token(Step step) {
    return deployment.token(step.index()).address();
  }

  private Amount amount(Step step) {
    return Objects.requireNonNull(deployment.deposit().get(step.index()));
  }

  private String told(Step step) {
    return switch (step.kind()) {
      case KEY ->
          "the key of model %s… is stored"
              .formatted(deployment.bundle().model().key().digest().hex().substring(0, 10));
      case SENTINEL -> "%s may veto".formatted(step);
      case APPROVAL -> "%s is given".formatted(step);
      case DEPOSIT -> "the vault has %s".formatted(amount(step));
      default -> "%s is at %s".formatted(step, record.made(step));
    };
  }

  /** Whether the chain has what a step has made. */
  private boolean stands(Step step) {
    return switch (step.kind()) {
      case KEY -> deployment.holdsKey(shared());
      case SENTINEL -> governor().state(BlockTag.LATEST).sentinels().contains(sentinel(step));
      case APPROVAL -> stands(Step.of(Kind.VAULT));
      case DEPOSIT ->
          vault().book(BlockTag.LATEST, token(step)).amount().compareTo(amount(step).units()) >= 0;
      default -> !chain.code(record.made(step)).isEmpty();
    };
  }

  // ---- until it is safe ----

  /**
   * Waits until all that this run has sent is deep enough.
   *
   * @return the first step that is not there any more
   */
  private Optional<Step> confirm() {
    if (confirmations > 1) {
      progress.accept("waiting until all of it is %s blocks deep".formatted(confirmations));
    }
    Map<Step, Outcome> outcomes = new TreeMap<>();
    sent.forEach((step, one) -> outcomes.put(step, follower.send(one.key(), one.call())));
    for (Step step : plan.steps()) {
      if (record.of(step).isEmpty()) {
        continue;
      }
      Outcome outcome = outcomes.get(step);
      switch (outcome) {
        case Outcome.Unknown(var transaction) ->
            throw stopped(
                "transaction %s is not %s blocks deep yet".formatted(transaction, confirmations),
                "see that the chain makes blocks");
        case Outcome.Mined(var receipt) -> newest = Math.max(newest, receipt.blockNumber());
        case null, default -> {}
      }
      boolean here = outcome == null || outcome instanceof Outcome.Mined;
      if (!here || !stands(step)) {
        return Optional.of(step);
      }
    }
    return Optional.empty();
  }

  /** Makes ready to do again what a reorg has taken away. */
  private void again(Step gone) {
    boolean has =
        gone.kind() != Kind.DEPOSIT
            && plan.steps().stream()
                .anyMatch(step ->
                    step.kind() == Kind.DEPOSIT
                        && record.of(step).isPresent()
                        && stands(Step.of(Kind.VAULT))
                        && stands(step));
    if (has) {
      throw stopped(
          "a reorg took %s away from under the vault %s, which has the deposit"
              .formatted(gone, record.made(Step.of(Kind.VAULT))),
          "take it out of there as its owner, move %s away".formatted(record.file()));
    }
    progress.accept("a reorg took %s away: it is made again".formatted(gone));
    record.forgetFrom(gone);
    sent.keySet().removeIf(step -> step.compareTo(gone) >= 0);
  }

  // ---- failures ----

  private Receipt receipt(Step step, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Mined(var receipt) -> receipt;
      case Outcome.Reverted(_, var reason) -> throw refused(step, "it reverted: " + reason);
      case Outcome.Refused(var reason) -> throw refused(step, String.valueOf(reason));
      case Outcome.Abandoned(_, _, var detail) -> throw refused(step, detail);
      case Outcome.Unknown(var transaction) ->
          throw stopped(
              "transaction %s (%s) is in no block yet".formatted(transaction, step),
              "look it up, and wait for it or raise --tip-gwei and --max-gwei");
    };
  }

  private Complaint refused(Step step, String why) {
    return stopped(
        "The chain did not take %s from %s (%s)"
            .formatted(step, deployment.parties().sender(), why),
        "see to the cause");
  }

  /** What ends the run though the chain has refused nothing. */
  private Complaint interrupted(RuntimeException e) {
    return stopped(Sentences.withoutStop(Sentences.of(e)), "see to the cause");
  }

  private Complaint stopped(String cause, String remedy) {
    String done =
        record.isEmpty()
            ? "nothing is done yet"
            : "done so far are %s, as %s notes".formatted(record.words(), record.file());
    return new Complaint(
        "%s; %s: %s, then give the same command again%s."
            .formatted(cause, done, remedy, record.isEmpty() ? "" : ", which goes on from there"));
  }
}
