package org.probity.intent.conduct;

import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.probity.chain.Receipt;
import org.probity.ground.Bytes32;
import org.probity.intent.AssetDelta;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Settlement;
import org.probity.intent.VenueQuote;

/**
 * What an agent's journal holds. A decision is named by its context: the digest of vault, chain,
 * policy, model, nonce, deadline, moment, executor, slippage and outputs.
 */
public sealed interface Event {

  record AgentCreated(AgentSpec spec) implements Event {}

  /** Another model, payer or pace for the same vault. */
  record AgentAmended(AgentSpec spec) implements Event {}

  record AgentPaused(String reason) implements Event {}

  record AgentResumed() implements Event {}

  record AgentRetired(String reason) implements Event {}

  /**
   * The model decided, on these features and books, for this nonce, deadline and moment. If its
   * prospect is not worth a proof, the decision is done with.
   */
  record DecisionMade(Proposal proposal, Prospect prospect) implements Event {}

  /**
   * The proof, with all its public inputs. If its prospect is not worth sending, the decision is
   * done with.
   */
  record DecisionProven(ProvenIntent intent, Prospect prospect, Duration took) implements Event {}

  /** The intent is about to be sent. */
  record IntentSubmitted(Bytes32 context, BigInteger nonce) implements Event {}

  /** The vault executed it. */
  record IntentSettled(Bytes32 context, Execution execution) implements Event {}

  /**
   * A step failed.
   *
   * @param gasCost wei paid for nothing
   */
  record IntentFailed(
      Bytes32 context, Step step, String reason, BigInteger gasCost, Aftermath aftermath)
      implements Event {}

  /** What a failure leaves of a decision. */
  enum Aftermath {
    /** The decision stays in hand: what became of it is not known yet. */
    OPEN,
    /** The decision is done with, and its moment may be decided anew. */
    RETRY,
    /** The decision and its moment are done with. */
    LEFT,
    /** The decision is proven and stays so: it is asked again at a later head of its moment. */
    AGAIN
  }

  /**
   * A reorg took away the head that a decision was made on, or the block that executed it.
   *
   * @param executed whether it was the latter
   */
  record HeadReverted(long number, Bytes32 block, Bytes32 context, boolean executed)
      implements Event {}

  /** Bytes in a journal that are no line; nobody writes them as such. */
  record Unreadable(String why) implements Event {}

  /**
   * An execution as its receipt has it.
   *
   * @param gasPrice in wei a unit
   * @param deltas what the vault gained, asset by asset; empty for a hold
   * @param quotes what it was said to come to at the policy's venues, first at those that it was
   *     sent to ({@link Settlement.Executed#quotes})
   */
  record Execution(
      Bytes32 transaction,
      long blockNumber,
      Bytes32 block,
      long gasUsed,
      BigInteger gasPrice,
      List<AssetDelta> deltas,
      List<VenueQuote> quotes) {

    public Execution {
      deltas = List.copyOf(deltas);
      quotes = List.copyOf(quotes);
    }

    /** Of what nothing was quoted. */
    public Execution(
        Bytes32 transaction,
        long blockNumber,
        Bytes32 block,
        long gasUsed,
        BigInteger gasPrice,
        List<AssetDelta> deltas) {
      this(transaction, blockNumber, block, gasUsed, gasPrice, deltas, List.of());
    }

    static Execution of(Settlement.Executed executed) {
      Receipt receipt = executed.receipt();
      return new Execution(
          receipt.transactionHash(),
          receipt.blockNumber(),
          receipt.blockHash(),
          receipt.gasUsed(),
          receipt.effectiveGasPrice(),
          executed.deltas(),
          executed.quotes());
    }
  }
}
