package org.probity.agent.checks;

/** A check that was made, and what came of it. */
public record Check(CheckName name, Finding finding) {

  /** Whether this alone forbids to go on. */
  public boolean isWrong() {
    return finding.verdict() == Finding.Verdict.WRONG;
  }

  /** Whether somebody should read it: it is doubtful or wrong. */
  public boolean isNotable() {
    return isWrong() || finding.verdict() == Finding.Verdict.DOUBTFUL;
  }
}
