package org.probity.demo;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.probity.chain.AbiValues;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.RevertReason;
import org.probity.demo.DemoReport.AttackResult;
import org.probity.intent.ProvenIntent;
import org.probity.intent.Vault;

/** What somebody with money does to the pool around an honest decision, to be paid for it. */
final class MarketAttacks {

  /** Times the pool's own liquidity that is lent to it. */
  private static final long LENT = 9;

  /** Ticks by which a price is moved that the vault might still trade at. */
  private static final List<Integer> PUSHES = List.of(1, 2, 3, 5, 8, 12, 20, 30);

  /** Ticks by which it is moved beyond that. */
  private static final int FAR = 60;

  /** Ticks beyond all that a start may drift, wherever in that the price was. */
  private static final int HELD = 110;

  private static final int FOUR_PERCENT = 408;
  private static final int TWO_MINUTES = 120;

  /** Parts in a million by which the price is held off the worst that a trade would take. */
  private static final List<Integer> CRUMBS = List.of(10, 5, 15, 20, 60, 55, 65, -40, -45, 110);

  private static final String TOO_LITTLE = "FilledTooLittle";

  private final DemoWorld world;
  private final Forgery forgery;
  private final Target target;
  private final Vault vault;
  private final Adversary adversary;
  private final BigInteger liquidity;
  private final Consumer<AttackResult> told;

  MarketAttacks(DemoWorld world, Forgery forgery, Target target, Consumer<AttackResult> told) {
    this.world = world;
    this.forgery = forgery;
    this.target = target;
    this.vault = target.vault();
    this.adversary = Adversary.arm(world.chain(), world.market(), world.attacker().address());
    this.liquidity = adversary.liquidity();
    this.told = told;
  }

  /** Lends the pool liquidity; {@link #run} takes it away again. */
  void lend() {
    adversary.provide(liquidity.multiply(BigInteger.valueOf(LENT)));
  }

  /**
   * Makes all of them.
   *
   * @param honest a decision that {@code target} would carry out
   * @param thin a vault that counts on so little of the pool that it bears no trade
   */
  void run(ProvenIntent honest, Target thin) {
    Call execution = vault.execution(honest);
    told.accept(
        thin.attack(
            "liquidity lent for a window",
            adversary.account(),
            thin.vault()
                .execution(
                    forgery
                        .cycle(thin.vault(), forgery.reader(thin.vault()))
                        .step(honest.proposal().head())),
            "ten times the depth for ten minutes: the policy counts on its own"));
    adversary.depart(liquidity.multiply(BigInteger.valueOf(LENT)));
    target.undone(() -> {
      adversary.push(-FOUR_PERCENT);
      world.chain().mineAt(target.client().head().timestamp() + TWO_MINUTES);
      attack(
          "proof kept while the market falls 4 %",
          execution, "it was an honest one, when it was made");
    });
    sandwich(honest, execution);
    target.undone(() -> sandwichOfAnOwner(honest, execution));
    target.undone(() -> {
      adversary.push(worse(honest) * HELD);
      attack(
          "price held at block start",
          execution,
          "moved by %s ticks at the end of the block before".formatted(HELD));
    });
    target.undone(() -> {
      BigInteger most = liquidity.multiply(BigInteger.valueOf(3)).divide(BigInteger.valueOf(5));
      adversary.othersDepart(most);
      attack("liquidity drained", execution, "three fifths of it leave right before");
    });
  }

  private void attack(String name, Call call, String explanation) {
    told.accept(target.attack(name, adversary.account(), call, explanation));
  }

  // ---- sandwiches ----

  private void sandwich(ProvenIntent honest, Call execution) {
    BigDecimal best = best(honest, execution, BigInteger.ZERO);
    BigInteger price = adversary.beyond(worse(honest) * FAR);
    told.accept(
        paying(
            target.attack(
                "sandwich in one transaction",
                adversary.account(),
                adversary.sandwich(price, execution, BigInteger.ZERO),
                "moved by %s ticks; %s".formatted(FAR, words(best))),
            best));
  }

  private void sandwichOfAnOwner(ProvenIntent honest, Call execution) {
    BigInteger half = liquidity.shiftRight(1);
    adversary.othersDepart(half);
    adversary.provide(half);
    BigDecimal best = best(honest, execution, half);
    told.accept(
        paying(
            target.attack(
                "sandwich by an owner of half the range",
                adversary.account(),
                adversary.sandwich(justBearable(honest, execution, half), execution, half),
                "moved to the worst price that it takes; " + words(best)),
            best));
  }

  /**
   * The most that moving the price a little brings, over having the vault trade at the price of
   * now, in dollars.
   */
  private BigDecimal best(ProvenIntent honest, Call execution, BigInteger own) {
    BigDecimal idle = adversary.gain(adversary.price(), execution, own);
    Optional<BigDecimal> best = Optional.empty();
    for (int ticks : PUSHES) {
      BigInteger price = adversary.beyond(worse(honest) * ticks);
      try {
        BigDecimal gain = adversary.gain(price, execution, own).subtract(idle);
        best = Optional.of(best.map(gain::max).orElse(gain));
      } catch (CallReverted _) {
        break; // what lies beyond is refused, too
      }
    }
    return best.orElse(BigDecimal.ZERO);
  }

  /** The price at which only a crumb of the trade is within what the vault would pay. */
  private BigInteger justBearable(ProvenIntent honest, Call execution, BigInteger own) {
    BigInteger limit = step(honest).integer("limitX96");
    int sign = limit.compareTo(adversary.price()) > 0 ? -1 : 1;
    for (int offset : CRUMBS) {
      BigInteger price =
          limit.add(
              limit
                  .multiply(BigInteger.valueOf((long) sign * offset))
                  .divide(BigInteger.valueOf(1_000_000)));
      try {
        adversary.gain(price, execution, own);
      } catch (CallReverted e) {
        if (e.reason(Vault.ERRORS) instanceof RevertReason.Custom(String name, _)
            && name.equals(TOO_LITTLE)) {
          return price;
        }
      }
    }
    return adversary.beyond(worse(honest) * FAR);
  }

  /** Who is paid is not refused, whatever becomes of others. */
  private static AttackResult paying(AttackResult result, BigDecimal best) {
    return new AttackResult(
        result.name(),
        result.rejected() && best.signum() <= 0,
        result.verdict(),
        result.explanation());
  }

  private static String words(BigDecimal best) {
    return best.signum() > 0
        ? "a smaller move brings %s USD".formatted(cents(best))
        : "a smaller move loses %s USD at least".formatted(cents(best.negate()));
  }

  private static BigDecimal cents(BigDecimal dollars) {
    return dollars.setScale(2, RoundingMode.HALF_EVEN);
  }

  private AbiValues step(ProvenIntent honest) {
    return Forgery.plan(vault, honest.proposal()).structs("steps").getFirst();
  }

  /** 1 if a dearer WETH is a worse price for the vault, -1 if a cheaper one is. */
  private int worse(ProvenIntent honest) {
    return step(honest).bool("sell") ? -1 : 1;
  }
}
