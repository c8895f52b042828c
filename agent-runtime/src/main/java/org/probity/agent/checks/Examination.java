package org.probity.agent.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.probity.agent.checks.Finding.Verdict;
import org.probity.ground.Printable;

/** Makes checks one after the other and keeps what came of them. For one thread. */
public final class Examination {

  private static final int LONGEST = 600;

  private final Function<Throwable, String> sentences;
  private final Set<CheckName> bearable;
  private final List<Check> checks = new ArrayList<>();

  /**
   * @param sentences turns what was thrown into one sentence of cause and remedy
   */
  public Examination(Function<Throwable, String> sentences) {
    this(sentences, Set.of());
  }

  /**
   * @param bearable what is doubtful at worst, since it may mend itself
   */
  Examination(Function<Throwable, String> sentences, Set<CheckName> bearable) {
    this.sentences = sentences;
    this.bearable = bearable;
  }

  /** Looks; what is thrown is wrong. */
  public void look(CheckName name, Supplier<Finding> look) {
    Finding finding;
    try {
      finding = look.get();
    } catch (RuntimeException e) {
      finding = Finding.wrong(sentences.apply(e));
    }
    add(name, finding);
  }

  /**
   * Looks for something that later checks need.
   *
   * @return empty if it is wrong
   */
  public <T> Optional<T> find(CheckName name, Supplier<T> look, Function<T, String> seen) {
    try {
      T found = look.get();
      add(name, Finding.fine(seen.apply(found)));
      return Optional.of(found);
    } catch (RuntimeException e) {
      add(name, Finding.wrong(sentences.apply(e)));
      return Optional.empty();
    }
  }

  /** Notes what was thrown by a look that was made elsewhere. */
  public void fail(CheckName name, RuntimeException thrown) {
    add(name, Finding.wrong(sentences.apply(thrown)));
  }

  /** Notes what could not be looked at. */
  public void skip(String because, CheckName... names) {
    for (CheckName name : names) {
      add(name, Finding.notLookedAt(because));
    }
  }

  /** Notes a finding; what others wrote into it is made harmless. */
  public void add(CheckName name, Finding finding) {
    Verdict verdict =
        finding.verdict() == Verdict.WRONG && bearable.contains(name)
            ? Verdict.DOUBTFUL
            : finding.verdict();
    checks.add(
        new Check(
            name,
            new Finding(
                verdict,
                Printable.line(finding.seen(), LONGEST),
                Printable.line(finding.remedy(), LONGEST))));
  }

  /** Whether nothing was wrong so far. */
  public boolean holds() {
    return checks.stream().noneMatch(Check::isWrong);
  }

  public CheckReport report() {
    return new CheckReport(checks);
  }
}
