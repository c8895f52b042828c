package org.probity.agent.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.probity.agent.node.WireSerializer;
import org.probity.ground.Fuzzing;
import org.probity.ground.Keccak;
import org.probity.ground.TestKind;

/**
 * Changed lines, snapshots and messages between nodes: each is read or refused. What was read of a
 * line says the same when it is written and read again, and has the hash of the bytes that came.
 */
@TestKind.Fuzz
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class RecordFuzzTest {
  private static final List<String> WORDS =
      List.of(
          "\u0000\u0000\u0000\u0000",
          "\u007f\u007f\u007f\u007f",
          "\u0000\u0000\u0000\u0001",
          "\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000",
          "..",
          "\r\n");

  @Test
  void linesOfJournals() {
    bounds("journal lines", lines())
        .feed(input -> {
          AgentRecord read = RecordCodec.decode(input);
          AgentRecord again = RecordCodec.decode(read.bytes());
          assertThat(again.event()).isEqualTo(read.event());
          assertThat(read.hash()).isEqualTo(Keccak.hash(input));
        });
  }

  @Test
  void snapshots() {
    JournalState state = JournalState.of("one");
    List<byte[]> states = new ArrayList<>(List.of(RecordCodec.encode(state)));
    for (byte[] line : lines()) {
      state = state.after(RecordCodec.decode(line));
      states.add(RecordCodec.encode(state));
    }
    bounds("journal snapshots", states)
        .feed(input -> {
          JournalState read = RecordCodec.decodeState(input);
          assertThat(RecordCodec.decodeState(RecordCodec.encode(read))).isEqualTo(read);
        });
  }

  @Test
  void messagesBetweenNodes() {
    ActorSystem system = ActorSystem.create("fuzz");
    try {
      WireSerializer serializer = new WireSerializer((ExtendedActorSystem) system);
      List<String> manifests =
          List.of(
              "create.2",
              "pause.1",
              "resume.1",
              "retire.1",
              "report.1",
              "told.2",
              "refused.1",
              "order.2",
              "made.1",
              "failed.1",
              "expired.1");
      // Any bytes may come under any manifest: the first one says which.
      List<byte[]> corpus = new ArrayList<>();
      byte[] spec = lines().getFirst();
      for (int i = 0; i < manifests.size(); i++) {
        byte[] message = Arrays.copyOf(spec, spec.length);
        message[0] = (byte) i;
        corpus.add(message);
        corpus.add(new byte[] {(byte) i, 0, 0, 0, 1, 'a', 0, 0, 0, 1, 'b'});
      }
      bounds("messages between nodes", corpus)
          .feed(input -> {
            if (input.length > 0) {
              String manifest = manifests.get((input[0] & 0xff) % manifests.size());
              serializer.fromBinary(Arrays.copyOfRange(input, 1, input.length), manifest);
            }
          });
    } finally {
      system.terminate();
    }
  }

  private static Fuzzing bounds(String subject, List<byte[]> corpus) {
    return Fuzzing.of(subject, corpus, WORDS, IllegalArgumentException.class)
        .within(Duration.ofSeconds(1), 1 << 20, 512);
  }

  private static List<byte[]> lines() {
    return FrozenLines.all().stream().map(placed -> placed.line().bytes()).toList();
  }
}
