package org.probity.intent.audit;

import java.util.ArrayList;
import java.util.List;
import org.probity.intent.audit.AuditResult.Holds;
import org.probity.intent.audit.AuditResult.Point;
import org.probity.intent.audit.Finding.Weight;
import org.probity.intent.audit.Judged.Outcome;

/** What was found and counted so far. */
final class Tally {

  private static final int MOST_POINTS = 4_096;

  private final Kept.Growing<Finding> findings;
  private final Kept.Growing<Judged> doubtful;
  private final List<Point> points;
  private int thinning;
  private Weight worst;
  private long proven;
  private long unchecked;
  private long wrong;
  private long trades;
  private long archived;
  private long claimed;
  private long shown;
  private long uncheckedHolds;
  private long wrongHolds;

  /** All of it, for a file. */
  record State(
      Kept<Finding> findings,
      Kept<Judged> doubtful,
      List<Point> points,
      int thinning,
      Weight worst,
      long proven,
      long unchecked,
      long wrong,
      long trades,
      long archived,
      Holds holds) {

    static final State EMPTY =
        new State(Kept.none(), Kept.none(), List.of(), 1, Weight.NOTED, 0, 0, 0, 0, 0, Holds.NONE);

    /** Something found before anything was counted. */
    State with(Finding finding) {
      Tally tally = new Tally(this);
      tally.find(finding);
      return tally.state();
    }
  }

  Tally(State state) {
    findings = new Kept.Growing<>(state.findings);
    doubtful = new Kept.Growing<>(state.doubtful);
    points = new ArrayList<>(state.points);
    thinning = state.thinning;
    worst = state.worst;
    proven = state.proven;
    unchecked = state.unchecked;
    wrong = state.wrong;
    trades = state.trades;
    archived = state.archived;
    claimed = state.holds.claimed();
    shown = state.holds.shown();
    uncheckedHolds = state.holds.unchecked();
    wrongHolds = state.holds.wrong();
  }

  State state() {
    return new State(
        findings.kept(),
        doubtful.kept(),
        points,
        thinning,
        worst,
        proven,
        unchecked,
        wrong,
        trades,
        archived,
        holds());
  }

  /** Something beside single decisions. */
  void find(Finding finding) {
    findings.add(finding);
    worst = finding.weight().compareTo(worst) > 0 ? finding.weight() : worst;
  }

  /** An execution with its verdict. */
  void count(Judged judged, boolean traded, Point point) {
    switch (judged.outcome()) {
      case PROVEN -> proven++;
      case UNCHECKED -> unchecked++;
      case WRONG -> wrong++;
    }
    trades += traded ? 1 : 0;
    if (judged.outcome() != Outcome.PROVEN) {
      doubtful.add(judged);
    }
    if (decisions() % thinning == 0) {
      points.add(point);
    }
    if (points.size() > MOST_POINTS) {
      thin();
    }
  }

  private void thin() {
    thinning *= 2;
    List<Point> every = new ArrayList<>();
    for (int i = 1; i < points.size(); i += 2) {
      every.add(points.get(i));
    }
    points.clear();
    points.addAll(every);
  }

  /** A hold of which there is nothing but the claim. */
  void claimed() {
    claimed++;
  }

  /** A hold that was shown, with its verdict. */
  void count(Judged hold) {
    switch (hold.outcome()) {
      case PROVEN -> shown++;
      case UNCHECKED -> uncheckedHolds++;
      case WRONG -> wrongHolds++;
    }
    if (hold.outcome() != Outcome.PROVEN) {
      doubtful.add(hold);
    }
  }

  /** Features that an archive node computed too. */
  void archived() {
    archived++;
  }

  long decisions() {
    return proven + unchecked + wrong;
  }

  private Holds holds() {
    return new Holds(claimed, shown, uncheckedHolds, wrongHolds);
  }
}
