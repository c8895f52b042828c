package org.probity.sim.market;

import java.util.HashMap;
import java.util.Map;
import org.probity.sim.math.Word;

/** State of one reserve of a {@link LendingPool}, and what changes with time in it. */
final class Reserve {

  /** What an account has of a reserve, both scaled by the index they were counted at. */
  static final class Holding {
    final Word supplied = new Word();
    final Word borrowed = new Word();
  }

  final int id;
  private final RayMath math;
  private final Journal journal;
  private final Curve curve;
  ReserveTerms terms;
  Word unit = new Word();

  final Word liquidityIndex = RayMath.RAY.copy();
  final Word liquidityRate = new Word();
  final Word borrowIndex = RayMath.RAY.copy();
  final Word borrowRate = new Word();
  final Word stableRate = new Word();
  final Word updated = new Word();
  final Word accruedToTreasury = new Word();

  /** What the reserve holds of its token. */
  final Word available = new Word();

  final Word totalSupplied = new Word();
  final Word totalBorrowed = new Word();
  final Word price = new Word();
  final Map<String, Holding> holdings = new HashMap<>();

  private record Curve(
      Word optimalUsage,
      Word excessUsage,
      Word base,
      Word slope1,
      Word slope2,
      Word stableBase,
      Word stableSlope1,
      Word stableSlope2) {
    static Curve of(RateCurve curve) {
      Word optimal = Word.of(curve.optimalUsage());
      return new Curve(
          optimal,
          RayMath.minus(RayMath.RAY, optimal),
          Word.of(curve.base()),
          Word.of(curve.slope1()),
          Word.of(curve.slope2()),
          Word.of(curve.slope1().add(curve.stableOffset())),
          Word.of(curve.stableSlope1()),
          Word.of(curve.stableSlope2()));
    }
  }

  Reserve(int id, RayMath math, Journal journal, ReserveTerms terms, RateCurve curve) {
    this(id, math, journal, terms, Curve.of(curve));
  }

  private Reserve(int id, RayMath math, Journal journal, ReserveTerms terms, Curve curve) {
    this.id = id;
    this.math = math;
    this.journal = journal;
    this.curve = curve;
    this.terms = terms;
    setTerms(terms);
  }

  /** The same in another pool. */
  Reserve copy(RayMath itsMath, Journal itsJournal) {
    Reserve copy = new Reserve(id, itsMath, itsJournal, terms, curve);
    copy.liquidityIndex.set(liquidityIndex);
    copy.liquidityRate.set(liquidityRate);
    copy.borrowIndex.set(borrowIndex);
    copy.borrowRate.set(borrowRate);
    copy.stableRate.set(stableRate);
    copy.updated.set(updated);
    copy.accruedToTreasury.set(accruedToTreasury);
    copy.available.set(available);
    copy.totalSupplied.set(totalSupplied);
    copy.totalBorrowed.set(totalBorrowed);
    copy.price.set(price);
    holdings.forEach((account, holding) -> {
      Holding same = copy.of(account);
      same.supplied.set(holding.supplied);
      same.borrowed.set(holding.borrowed);
    });
    return copy;
  }

  void setTerms(ReserveTerms changed) {
    terms = changed;
    unit = RayMath.tenTo(changed.decimals());
  }

  Holding of(String account) {
    return holdings.computeIfAbsent(account, _ -> new Holding());
  }

  // ---- time (ReserveLogic) ----

  private Word elapsed(Word now) {
    return RayMath.minus(now, updated);
  }

  /** What one scaled unit of supply is worth now, ray. */
  Word normalizedIncome(Word now) {
    return now.same(updated)
        ? liquidityIndex
        : math.rayMul(math.linearInterest(liquidityRate, elapsed(now)), liquidityIndex);
  }

  /** What one scaled unit of debt is worth now, ray. */
  Word normalizedDebt(Word now) {
    return now.same(updated)
        ? borrowIndex
        : math.rayMul(math.compoundedInterest(borrowRate, elapsed(now)), borrowIndex);
  }

  Word balance(Holding holding, Word now) {
    return math.rayMul(holding.supplied, normalizedIncome(now));
  }

  Word debt(Holding holding, Word now) {
    return holding.borrowed.isZero()
        ? RayMath.ZERO
        : math.rayMul(holding.borrowed, normalizedDebt(now));
  }

  /** Brings the indices up to now and gives the treasury its part of the interest. */
  void update(Word now) {
    if (now.same(updated)) {
      return;
    }
    Word before = borrowIndex.copy();
    if (!liquidityRate.isZero()) {
      Word growth = math.linearInterest(liquidityRate, elapsed(now));
      journal.set(liquidityIndex, RayMath.narrow(math.rayMul(growth, liquidityIndex)));
    }
    if (!totalBorrowed.isZero()) {
      Word growth = math.compoundedInterest(borrowRate, elapsed(now));
      journal.set(borrowIndex, RayMath.narrow(math.rayMul(growth, borrowIndex)));
    }
    accrue(before);
    journal.set(updated, now);
  }

  private void accrue(Word indexBefore) {
    if (terms.reserveFactor() == 0) {
      return;
    }
    Word owedBefore = math.rayMul(totalBorrowed, indexBefore);
    Word owed = math.rayMul(totalBorrowed, borrowIndex);
    Word part = math.percentMul(RayMath.minus(owed, owedBefore), Word.of(terms.reserveFactor()));
    if (!part.isZero()) {
      addAccrued(RayMath.narrow(math.rayDiv(part, liquidityIndex)));
    }
  }

  private void addAccrued(Word scaled) {
    journal.set(accruedToTreasury, RayMath.plusNarrow(accruedToTreasury, scaled));
  }

  // ---- rates (DefaultReserveInterestRateStrategy) ----

  /** Sets the rates that follow when so much comes in and goes out next. */
  void updateRates(Word added, Word taken) {
    Word owed = math.rayMul(totalBorrowed, borrowIndex);
    Word usage = RayMath.ZERO;
    if (!owed.isZero()) {
      Word left = RayMath.minus(RayMath.plus(available, added), taken);
      usage = math.rayDiv(owed, RayMath.plus(left, owed));
    }
    Word variable = curve.base;
    Word stable = curve.stableBase;
    if (usage.above(curve.optimalUsage)) {
      Word excess = math.rayDiv(RayMath.minus(usage, curve.optimalUsage), curve.excessUsage);
      stable = steep(stable, curve.stableSlope1, curve.stableSlope2, excess);
      variable = steep(variable, curve.slope1, curve.slope2, excess);
    } else {
      stable = gentle(stable, curve.stableSlope1, usage);
      variable = gentle(variable, curve.slope1, usage);
    }
    Word lent = math.rayMul(overallRate(owed, variable), usage);
    Word kept = math.percentMul(lent, Word.of(10_000 - terms.reserveFactor()));
    journal.set(liquidityRate, RayMath.narrow(kept));
    journal.set(stableRate, RayMath.narrow(stable));
    journal.set(borrowRate, RayMath.narrow(variable));
  }

  private Word steep(Word base, Word slope1, Word slope2, Word excess) {
    return RayMath.plus(base, RayMath.plus(slope1, math.rayMul(slope2, excess)));
  }

  private Word gentle(Word base, Word slope1, Word usage) {
    return RayMath.plus(base, math.rayDiv(math.rayMul(slope1, usage), curve.optimalUsage));
  }

  /** The mean rate of all debt, which is variable; rounded as the contract's weighing rounds it. */
  private Word overallRate(Word owed, Word variable) {
    if (owed.isZero()) {
      return RayMath.ZERO;
    }
    Word weight = math.wadToRay(owed);
    return math.rayDiv(math.rayMul(weight, variable), weight);
  }

  // ---- scaled tokens (ScaledBalanceTokenBase) ----

  /** Returns whether the account had none. */
  boolean mintSupply(Holding holding, Word amount, Word index) {
    return mint(holding.supplied, totalSupplied, amount, index);
  }

  boolean mintDebt(Holding holding, Word amount, Word index) {
    return mint(holding.borrowed, totalBorrowed, amount, index);
  }

  private boolean mint(Word held, Word total, Word amount, Word index) {
    Word scaled = math.rayDiv(amount, index);
    Reverted.require(!scaled.isZero(), LendingErrors.INVALID_MINT_AMOUNT);
    RayMath.narrow(scaled);
    boolean first = held.isZero();
    journal.set(total, RayMath.plus(total, scaled));
    journal.set(held, RayMath.plusNarrow(held, scaled));
    return first;
  }

  void burnSupply(Holding holding, Word amount, Word index) {
    burn(holding.supplied, totalSupplied, amount, index);
  }

  void burnDebt(Holding holding, Word amount, Word index) {
    burn(holding.borrowed, totalBorrowed, amount, index);
  }

  private void burn(Word held, Word total, Word amount, Word index) {
    Word scaled = math.rayDiv(amount, index);
    Reverted.require(!scaled.isZero(), LendingErrors.INVALID_BURN_AMOUNT);
    RayMath.narrow(scaled);
    journal.set(total, RayMath.minus(total, scaled));
    journal.set(held, RayMath.minus(held, scaled));
  }

  /** Moves supply between accounts, and lets the same account send to itself. */
  void transfer(Holding from, Holding to, Word amount, Word index) {
    Word scaled = RayMath.narrow(math.rayDiv(amount, index));
    journal.set(from.supplied, RayMath.minus(from.supplied, scaled));
    journal.set(to.supplied, RayMath.plusNarrow(to.supplied, scaled));
  }

  // ---- the token itself ----

  void receive(Word amount) {
    journal.set(available, RayMath.plus(available, amount));
  }

  void pay(Word amount) {
    Word left = available.copy();
    Reverted.require(!left.subBorrows(amount), LendingErrors.TOKEN_BALANCE);
    journal.set(available, left);
  }

  /** A flash loan's premium for the suppliers raises the index at once. */
  void distribute(Word premium, Word now) {
    Word supplied =
        totalSupplied.isZero() ? RayMath.ZERO : math.rayMul(totalSupplied, normalizedIncome(now));
    Word total = RayMath.plus(supplied, math.rayMul(accruedToTreasury, liquidityIndex));
    Word share = math.rayDiv(math.wadToRay(premium), math.wadToRay(total));
    Word grown = math.rayMul(RayMath.plus(share, RayMath.RAY), liquidityIndex);
    journal.set(liquidityIndex, RayMath.narrow(grown));
  }

  void accruePremium(Word premium) {
    addAccrued(RayMath.narrow(math.rayDiv(premium, liquidityIndex)));
  }
}
