package org.probity.agent.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.probity.agent.tls.NodeKeys;
import org.probity.sim.study.Evidence;
import org.probity.sim.study.Recipe;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StudySerializerTest {

  private static final Recipe PLAIN = new Recipe("{\"days\":1}", Set.of(), Optional.empty());
  private static final Recipe RESAMPLED =
      new Recipe(
          "{\"grüße\":1}", Set.of("base", "fee-pips"), Optional.of(new Recipe.Resampling(0.1, -7)));

  private final ActorSystem<StudyMessage.ToWorker> system =
      StudyAddress.LOOPBACK.start(
          Behaviors.<StudyMessage.ToWorker>empty(), NodeKeys.ofThisProcessAlone(), List.of());
  private final Serialization serialization = SerializationExtension.get(Adapter.toClassic(system));

  @BeforeAll
  void isOurs() throws NotSerializableException {
    assertThat(serialization.serializerFor(StudyMessage.Over.class))
        .isInstanceOf(StudySerializer.class);
  }

  @AfterAll
  void end() {
    system.terminate();
  }

  @Test
  void everyMessageIsTheSameAfterItsBytes() throws NotSerializableException {
    for (StudyMessage message : messages()) {
      byte[] bytes = serializer().toBinary(message);
      assertThat(serializer().fromBinary(bytes, serializer().manifest(message))).isEqualTo(message);
    }
  }

  @Test
  void bytesThatNobodyWroteAreRefused() throws NotSerializableException {
    for (StudyMessage message : messages()) {
      byte[] bytes = serializer().toBinary(message);
      String manifest = serializer().manifest(message);
      for (int length = 0; length < bytes.length; length++) {
        byte[] cut = Arrays.copyOf(bytes, length);
        assertThatThrownBy(() -> serializer().fromBinary(cut, manifest))
            .as("%s cut to %d", manifest, length)
            .isInstanceOf(IllegalArgumentException.class);
      }
      assertThatThrownBy(
              () -> serializer().fromBinary(Arrays.copyOf(bytes, bytes.length + 1), manifest))
          .hasMessageContaining("left over");
    }
    assertThatThrownBy(() -> serializer().fromBinary(new byte[0], "finished.2"))
        .hasMessageContaining("finished.2");
  }

  private List<StudyMessage> messages() {
    return List.of(
        new StudyMessage.Hello(1, "0.1.0-abc", "127.0.0.1:7400", 8, system),
        new StudyMessage.Shown(1, new Evidence("s", "m", "", "g")),
        new StudyMessage.Unable(2, "no history"),
        new StudyMessage.Finished(3, "{\"from\":1}"),
        new StudyMessage.Failed(4, "too short"),
        new StudyMessage.Leaving(system),
        new StudyMessage.Welcome(),
        new StudyMessage.Show(5, PLAIN),
        new StudyMessage.Make(6, "0123456789abcdef", RESAMPLED),
        new StudyMessage.Refused("another build"),
        new StudyMessage.Over());
  }

  private SerializerWithStringManifest serializer() throws NotSerializableException {
    return (SerializerWithStringManifest) serialization.serializerFor(StudyMessage.Over.class);
  }
}
