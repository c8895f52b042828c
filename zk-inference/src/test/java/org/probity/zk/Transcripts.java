package org.probity.zk;

import java.util.ArrayList;
import java.util.List;
import org.probity.ground.Bytes32;
import org.probity.zk.curve.G1;
import org.probity.zk.field.Fr;

/** Transcripts that tests look into, or whose challenges they choose. */
final class Transcripts {
  private Transcripts() {}

  /** What a proof is about. */
  record Statement(
      Bytes32 model, Bytes32 srs, FeatureVector features, Decision decision, Bytes32 context) {
    Recording transcript() {
      return new Recording(this);
    }
  }

  /** The real transcript, which keeps every challenge and the kind of everything that passes. */
  static final class Recording extends Transcript {
    final List<Fr> challenges = new ArrayList<>();
    final List<Schedule.Kind> events = new ArrayList<>();

    Recording(Statement statement) {
      super(
          statement.model(),
          statement.srs(),
          statement.features(),
          statement.decision(),
          statement.context());
    }

    @Override
    void send(Fr scalar) {
      events.add(Schedule.Kind.SCALAR);
      super.send(scalar);
    }

    @Override
    void send(G1 point) {
      events.add(Schedule.Kind.POINT);
      super.send(point);
    }

    @Override
    Fr challenge() {
      events.add(Schedule.Kind.CHALLENGE);
      challenges.add(super.challenge());
      return challenges.getLast();
    }
  }

  /** A transcript whose challenges were known before anything was sent. */
  static final class Frozen extends Transcript {
    private final List<Fr> challenges;
    private int next;

    Frozen(List<Fr> challenges) {
      super(
          Bytes32.of(new byte[32]),
          Bytes32.of(new byte[32]),
          FeatureVector.of(0),
          new Decision.Choice(0),
          Bytes32.of(new byte[32]));
      this.challenges = challenges;
    }

    @Override
    Fr challenge() {
      return challenges.get(next++);
    }
  }
}
