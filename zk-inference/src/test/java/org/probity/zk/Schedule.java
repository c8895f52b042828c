package org.probity.zk;

import java.util.ArrayList;
import java.util.List;

/**
 * Every message and every challenge of a proof by name, in the order of docs/protocol.md, section
 * 5: written from that page, not from the code that is tested against it.
 */
record Schedule(List<Step> steps) {
  enum Kind {
    POINT,
    SCALAR,
    CHALLENGE
  }

  /**
   * One word of the conversation.
   *
   * @param offset of a message in the proof; where the next one stands, for a challenge
   */
  record Step(String name, Kind kind, int offset) {
    int end() {
      return switch (kind) {
        case POINT -> offset + 64;
        case SCALAR -> offset + 32;
        case CHALLENGE -> offset;
      };
    }

    boolean isMessage() {
      return kind != Kind.CHALLENGE;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Schedule of(Layout layout) {
    var build = new Builder();
    build.points("B", "A", "M1", "M2");
    build.scalars("mu");
    for (int t = 0; t < layout.outputVariables; t++) {
      build.challenges("rho_" + t);
    }
    build.challenges("gamma");
    if (layout.layers > 1) {
      build.scalars("S1");
      int n = layout.innerVariables;
      for (int t = 1; t <= n; t++) {
        build.round("sumcheck 1, round " + t + ": c_", t == n, 0, 2, 3, 4);
        build.challenges("s_" + t);
      }
      for (int l = 2; l <= layout.layers; l++) {
        build.scalars("w^_" + l);
      }
      for (int l = 2; l <= layout.layers; l++) {
        build.scalars("a^_" + l);
      }
    }
    int bits = layout.bitVariables();
    for (int t = 1; t <= bits; t++) {
      build.challenges("tau_" + t);
    }
    build.challenges("delta");
    build.scalars("C2");
    for (int t = 1; t <= bits; t++) {
      build.round("sumcheck 2, round " + t + ": q_", t == bits, 1, 2, 3, 4);
      build.challenges("x_" + t);
    }
    build.scalars("B^", "S^", "T^");
    build.challenges("eta", "theta");
    for (int t = 1; t <= layout.logSize; t++) {
      build.round("sumcheck 3, round " + t + ": c_", false, 0, 2);
      build.challenges("r_" + t);
    }
    int folds = layout.logSize / 3 - 1;
    for (int j = 1; j <= folds; j++) {
      build.points("P_" + j);
    }
    for (int i = 0; layout.logSize % 3 > 0 && i < 1 << layout.logSize % 3; i++) {
      build.scalars("F_" + i);
    }
    build.scalars("beta");
    build.challenges("z");
    for (int j = 0; j <= folds; j++) {
      for (int i = 0; i < 8; i++) {
        build.scalars("p_" + j + "," + i);
      }
    }
    build.scalars("P_0(z)");
    build.challenges("kappa");
    build.points("W");
    build.challenges("zeta");
    build.points("W'");
    return new Schedule(List.copyOf(build.steps));
  }

  List<Step> messages() {
    return steps.stream().filter(Step::isMessage).toList();
  }

  List<Step> challenges() {
    return steps.stream().filter(step -> !step.isMessage()).toList();
  }

  Step message(String name) {
    return messages().stream().filter(step -> step.name.equals(name)).findFirst().orElseThrow();
  }

  /** How many challenges are drawn before a message is sent. */
  int challengesBefore(Step message) {
    return (int)
        steps.subList(0, steps.indexOf(message)).stream().filter(s -> !s.isMessage()).count();
  }

  private static final class Builder {
    private final List<Step> steps = new ArrayList<>();
    private int at;

    private void add(String name, Kind kind) {
      var step = new Step(name, kind, at);
      steps.add(step);
      at = step.end();
    }

    void points(String... names) {
      for (var name : names) {
        add(name, Kind.POINT);
      }
    }

    void scalars(String... names) {
      for (var name : names) {
        add(name, Kind.SCALAR);
      }
    }

    void challenges(String... names) {
      for (var name : names) {
        add(name, Kind.CHALLENGE);
      }
    }

    /** A round's coefficients: the first two degrees, and all of them in a masked last round. */
    void round(String prefix, boolean last, int... degrees) {
      for (int i = 0; i < (last ? degrees.length : 2); i++) {
        scalars(prefix + degrees[i]);
      }
    }
  }
}
