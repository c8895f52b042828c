package org.probity.agent.record;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.probity.agent.node.TinyModel;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Head;
import org.probity.ground.Bytes32;
import org.probity.ground.Keccak;
import org.probity.intent.AssetDelta;
import org.probity.intent.Mandate;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Proposal;
import org.probity.intent.Prospect;
import org.probity.intent.ProvenIntent;
import org.probity.intent.VaultState;
import org.probity.intent.VenueQuote;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Event;
import org.probity.intent.conduct.Step;
import org.probity.intent.policy.Loan;
import org.probity.intent.policy.Plan;
import org.probity.zk.Decision;
import org.probity.zk.FeatureVector;

/**
 * The lines of the frozen journal, as today's code writes them: two agents whose lines hold every
 * kind of event and every value that a field can have of its few, in an order that a check of the
 * whole journal admits.
 */
public final class FrozenLines {

  private static final Instant BEGINNING = Instant.parse("2026-11-30T10:00:00.125Z");
  private static final BigInteger LARGEST = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
  private static final Address OTHER_VAULT = new Address("0x" + "22".repeat(20));
  private static final Bytes32 OTHER_MODEL = Keccak.hash(new byte[] {2});
  private static final Address ACCOUNT = new Address("0x" + "33".repeat(20));

  /** A line with its place. */
  public record Placed(String agent, long sequence, AgentRecord line) {}

  private final String agent;
  private final List<Placed> lines = new ArrayList<>();
  private Bytes32 last;

  private FrozenLines(String agent) {
    this.agent = agent;
    this.last = AgentRecord.origin(agent);
  }

  /** All lines, agent by agent. */
  public static List<Placed> all() {
    List<Placed> all = new ArrayList<>();
    all.addAll(life());
    all.addAll(edges());
    return all;
  }

  private void add(Event event) {
    long number = lines.size() + 1;
    AgentRecord line = AgentRecord.after(last, BEGINNING.plusMillis(1_003 * number), event);
    lines.add(new Placed(agent, number, line));
    last = line.hash();
  }

  // ---- the life of an agent ----

  private static List<Placed> life() {
    FrozenLines out = new FrozenLines("agent-1.life_a");
    out.add(new Event.AgentCreated(spec(out.agent, TinyModel.VAULT, 120, false, true)));

    Proposal first = proposal(1, 0, 0);
    out.made(first, TinyModel.trade(10));
    out.proven(first, TinyModel.trade(10));
    out.sent(first);
    out.settled(first, 1, 12, -34);

    // What is not to be sent is proven and kept, then holds are sent and nothing else is proven.
    Proposal kept = proposal(2, 1, 60);
    out.made(kept, TinyModel.HOLD);
    out.proven(kept, TinyModel.HOLD);
    Proposal idle = proposal(3, 1, 60);
    out.made(idle, new Prospect.Refused("no budget left"));
    out.proven(idle, new Prospect.Refused("no budget left"));
    out.add(new Event.AgentAmended(spec(out.agent, TinyModel.VAULT, 120, true, false)));
    out.made(proposal(4, 1, 60), new Prospect.Refused("at its target"));
    out.made(proposal(4, 1, 60), new Prospect.Hindered("the node's pending block is ahead"));
    Proposal hold = proposal(5, 1, 60);
    out.made(hold, TinyModel.HOLD);
    out.proven(hold, TinyModel.HOLD);
    out.sent(hold);
    out.failed(hold, Step.SETTLING, "in no block yet", 0, Event.Aftermath.OPEN);
    out.settled(hold, 2, 0, 0);

    // A head that is gone before the proof; failures before and after it.
    Proposal sale = proposal(6, 2, 300);
    out.made(sale, TinyModel.trade(-7));
    out.reverted(sale, sale.head().hash(), false);
    out.made(sale, TinyModel.trade(-7));
    out.failed(sale, Step.PROVING, "no memory for the witness", 0, Event.Aftermath.RETRY);
    out.made(sale, TinyModel.trade(-7));
    out.failed(
        sale,
        Step.CHECKING,
        "its own verifier says PAIRING_FAILED; not sent",
        0,
        Event.Aftermath.LEFT);

    // An execution that a reorg takes twice: on the new branch at first, then nowhere.
    out.reverted(hold, TinyModel.receipt(2, true).blockHash(), true);
    out.settled(hold, 3, 0, 0);
    out.reverted(hold, TinyModel.receipt(3, true).blockHash(), true);
    out.failed(
        hold,
        Step.ASKING,
        "its execution was reverted and is not on its way",
        0,
        Event.Aftermath.RETRY);

    out.add(new Event.AgentPaused("maintenance"));
    out.add(new Event.AgentResumed());

    // Refused in a block, for gas; then again, and the agent is retired while it is on its way.
    Proposal refused = proposal(7, 1, 60);
    out.made(refused, TinyModel.trade(1));
    out.proven(refused, TinyModel.trade(1));
    out.sent(refused);
    out.failed(
        refused,
        Step.SETTLING,
        "reverted: SlippageExceeded(99, 100)",
        600_000,
        Event.Aftermath.LEFT);

    // Refused for now: sent again until its moment was over; another one before it was proven.
    Proposal late = proposal(8, 1, 60);
    out.made(late, TinyModel.trade(1));
    out.proven(late, TinyModel.trade(1));
    for (long gas : List.of(600_000L, 0L)) {
      out.sent(late);
      out.failed(late, Step.SETTLING, "the price is too far away", gas, Event.Aftermath.AGAIN);
    }
    out.failed(late, Step.SETTLING, "the price is too far away", 0, Event.Aftermath.LEFT);
    out.made(proposal(9, 1, 60), new Prospect.NotNow("the price is too far away"));
    Proposal closing = proposal(10, 1, 60);
    out.made(closing, TinyModel.trade(1));
    out.proven(closing, TinyModel.trade(1));
    out.sent(closing);
    out.add(new Event.AgentRetired("closed"));
    out.settled(closing, 10, -1, 1);
    return out.lines;
  }

  private void made(Proposal proposal, Prospect prospect) {
    add(new Event.DecisionMade(proposal, prospect));
  }

  private void proven(Proposal proposal, Prospect prospect) {
    add(
        new Event.DecisionProven(
            new ProvenIntent(
                proposal,
                TinyModel.prove(
                    proposal.observation().features(),
                    proposal.decision(),
                    proposal.context(),
                    7 + lines.size())),
            prospect,
            Duration.ofNanos(1_234_567_891)));
  }

  private void sent(Proposal proposal) {
    add(new Event.IntentSubmitted(proposal.context(), proposal.observation().state().nonce()));
  }

  private void settled(Proposal proposal, long block, long base, long quote) {
    settled(proposal, block, base, quote, List.of());
  }

  private void settled(
      Proposal proposal, long block, long base, long quote, List<VenueQuote> quotes) {
    add(
        new Event.IntentSettled(
            proposal.context(),
            new Event.Execution(
                TinyModel.receipt(block, true).transactionHash(),
                block,
                TinyModel.receipt(block, true).blockHash(),
                654_321,
                BigInteger.valueOf(1_000_000_007),
                Stream.of(
                        new AssetDelta(TinyModel.ASSET, BigInteger.valueOf(base)),
                        new AssetDelta(TinyModel.NUMERAIRE, BigInteger.valueOf(quote)))
                    .filter(delta -> delta.amount().signum() != 0)
                    .toList(),
                quotes)));
  }

  private void failed(
      Proposal proposal, Step step, String why, long gas, Event.Aftermath aftermath) {
    add(new Event.IntentFailed(proposal.context(), step, why, BigInteger.valueOf(gas), aftermath));
  }

  private void reverted(Proposal proposal, Bytes32 block, boolean executed) {
    add(new Event.HeadReverted(proposal.head().number(), block, proposal.context(), executed));
  }

  private static AgentSpec spec(
      String agent, Address vault, long lifetime, boolean sendsHolds, boolean provesAll) {
    return new AgentSpec(
        agent,
        vault,
        TinyModel.digest(),
        ACCOUNT,
        new Pace(lifetime, sendsHolds, provesAll, !provesAll));
  }

  private static Proposal proposal(long head, long nonce, long lastAsOf) {
    return TinyModel.cycle(
            at -> TinyModel.observation(at, nonce, TinyModel.STEP_SECONDS, lastAsOf),
            TinyModel::prove,
            120)
        .propose(TinyModel.head(head));
  }

  // ---- what fields can hold ----

  private static List<Placed> edges() {
    FrozenLines out = new FrozenLines("edges");
    out.add(new Event.AgentCreated(spec(out.agent, OTHER_VAULT, 86_400, false, false)));
    out.add(new Event.AgentAmended(spec(out.agent, OTHER_VAULT, 1, true, true)));
    out.made(
        extreme(true, new Decision.Outputs(List.of(Integer.MAX_VALUE, -Integer.MAX_VALUE, 0, 40))),
        new Prospect.Trade(
            List.of(
                new Prospect.Step(TinyModel.ASSET, LARGEST),
                new Prospect.Step(TinyModel.NUMERAIRE, LARGEST.negate()))));
    out.made(extreme(false, new Decision.Outputs(List.of())), new Prospect.Trade(List.of()));
    out.made(extreme(false, new Decision.Choice(0)), new Prospect.Refused(""));
    for (Plan.Reason reason : Plan.Reason.values()) {
      out.made(proposal(1, 0, 0), new Prospect.Hold(reason));
    }
    out.made(extreme(true, new Decision.Choice(255)), new Prospect.Refused(""));
    out.made(proposal(1, 0, 0), new Prospect.Refused(""));
    for (Step step : Step.values()) {
      int bits = step.ordinal() + 2;
      out.failed(proposal(1, 0, 0), step, "of " + step, bits, Event.Aftermath.values()[bits % 4]);
    }
    out.add(new Event.AgentPaused(""));
    out.add(
        new Event.AgentPaused("ü \u2014 \ud83d\udd11 \"\\\n\u0000\u001b[2J " + "x".repeat(300)));
    out.add(new Event.AgentResumed());
    out.made(
        lending(),
        new Prospect.Trade(
            List.of(),
            Stream.of(Loan.values())
                .map(loan -> new Prospect.Move(TinyModel.ASSET, loan, LARGEST))
                .toList()));
    Proposal chosen = proposal(11, 1, 60);
    out.made(chosen, TinyModel.trade(1));
    out.proven(chosen, TinyModel.trade(1));
    out.sent(chosen);
    out.settled(chosen, 11, 12, -34, quotes());
    return out.lines;
  }

  /** With every kind of answer: of the second venue, which was sent, and of others. */
  private static List<VenueQuote> quotes() {
    List<AssetDelta> deltas = List.of(new AssetDelta(TinyModel.ASSET, BigInteger.TWO.negate()));
    return List.of(
        new VenueQuote(
            List.of(2),
            new VenueQuote.Fills(
                deltas, LARGEST.negate(), LARGEST, Long.MAX_VALUE, BigInteger.ONE)),
        new VenueQuote(
            List.of(0),
            new VenueQuote.Fills(List.of(), BigInteger.ZERO, BigInteger.ZERO, 0, BigInteger.ZERO)),
        new VenueQuote(List.of(1), new VenueQuote.Refused("TooLittleLiquidity")),
        new VenueQuote(List.of(), new VenueQuote.Unanswered("a block came between")));
  }

  /** Of a vault that supplies one asset and owes another. */
  private static Proposal lending() {
    Proposal plain = proposal(12, 1, 60);
    Observation seen = plain.observation();
    VaultState state = seen.state();
    VaultState lends =
        new VaultState(
            state.nonce(),
            state.paused(),
            state.policy(),
            state.policyAt(),
            state.model(),
            state.stepSeconds(),
            state.lastAsOf(),
            state.lastTradeAsOf(),
            state.lastTradeTime(),
            state.lastRefs(),
            state.turnoverLeft(),
            state.dayLoss(),
            state.monthLoss(),
            state.turnover(),
            state.turnoverSince(),
            state.books(),
            List.of(
                new VaultState.Lent(1, LARGEST, BigInteger.ZERO),
                new VaultState.Lent(0, BigInteger.ZERO, BigInteger.TWO)));
    return Proposal.of(
        plain.head(),
        plain.mandate(),
        new Observation(
            lends,
            seen.asOf(),
            seen.refs(),
            seen.guardHints(),
            seen.features(),
            seen.sourceHints()),
        plain.decision(),
        plain.deadline());
  }

  /** The most and the least that a decision's fields can hold. */
  private static Proposal extreme(boolean high, Decision decision) {
    long most = high ? Long.MAX_VALUE : 0;
    long moment = high ? 4_294_967_295L : 0;
    long least = high ? most : 1;
    BigInteger amount = high ? LARGEST : BigInteger.ZERO;
    int tick = high ? 887_272 : -887_272;
    Mandate mandate =
        new Mandate(
            least,
            OTHER_VAULT,
            OTHER_MODEL,
            least,
            high ? ACCOUNT : Address.ZERO,
            high ? 10_000 : 0);
    VaultState state =
        new VaultState(
            BigInteger.valueOf(most),
            high,
            Bytes32.of(new byte[Bytes32.SIZE]),
            high ? OTHER_VAULT : Address.ZERO,
            Bytes32.of(new byte[Bytes32.SIZE]),
            high ? most : 1,
            most,
            most,
            most,
            high ? List.of(0, tick, -tick) : List.of(),
            amount,
            amount,
            amount,
            amount,
            most,
            high ? List.of(new VaultState.Book(OTHER_VAULT, amount, amount, most)) : List.of());
    Observation seen =
        new Observation(
            state,
            moment,
            high ? List.of(0, tick, -tick) : List.of(),
            high ? Bytes.parse("ffff".repeat(18)) : Bytes.EMPTY,
            FeatureVector.of(
                high ? Integer.MAX_VALUE : -Integer.MAX_VALUE,
                high ? -Integer.MAX_VALUE : Integer.MAX_VALUE),
            high ? List.of(Bytes.EMPTY, Bytes.parse("ff")) : List.of());
    return Proposal.of(
        new Head(most, TinyModel.hash(9), Bytes32.ZERO, moment, amount),
        mandate,
        seen,
        decision,
        most);
  }
}
