package org.probity.agent.study;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import org.probity.sim.study.Evidence;
import org.probity.sim.study.Recipe;

/** Messages of a study as bytes: integers big-endian, text as UTF-8 after its length. */
public final class StudySerializer extends SerializerWithStringManifest {

  private static final int IDENTIFIER = 7_290_003;

  private final ActorRefResolver references;

  /** Made by Pekko. */
  public StudySerializer(ExtendedActorSystem system) {
    this.references = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object value) {
    return switch (known(value)) {
      case StudyMessage.Hello _ -> "hello";
      case StudyMessage.Shown _ -> "shown.1";
      case StudyMessage.Unable _ -> "unable.1";
      case StudyMessage.Finished _ -> "finished.1";
      case StudyMessage.Failed _ -> "failed.1";
      case StudyMessage.Leaving _ -> "leaving.1";
      case StudyMessage.Welcome _ -> "welcome.1";
      case StudyMessage.Show _ -> "show.1";
      case StudyMessage.Make _ -> "make.1";
      case StudyMessage.Refused _ -> "refused";
      case StudyMessage.Over _ -> "over.1";
    };
  }

  @Override
  public byte[] toBinary(Object value) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      switch (known(value)) {
        case StudyMessage.Hello(
                int protocol,
                String code,
                String node,
                int threads,
                var worker) -> {
          out.writeInt(protocol);
          text(out, code);
          text(out, node);
          out.writeInt(threads);
          text(out, references.toSerializationFormat(worker));
        }
        case StudyMessage.Shown(long ticket, Evidence evidence) -> {
          out.writeLong(ticket);
          text(out, evidence.settings());
          text(out, evidence.model());
          text(out, evidence.market());
          text(out, evidence.gas());
        }
        case StudyMessage.Unable(long ticket, String reason) -> ticketed(out, ticket, reason);
        case StudyMessage.Finished(long ticket, String summary) -> ticketed(out, ticket, summary);
        case StudyMessage.Failed(long ticket, String reason) -> ticketed(out, ticket, reason);
        case StudyMessage.Leaving(var worker) ->
            text(out, references.toSerializationFormat(worker));
        case StudyMessage.Show(long ticket, Recipe recipe) -> {
          out.writeLong(ticket);
          recipe(out, recipe);
        }
        case StudyMessage.Make(long ticket, String key, Recipe recipe) -> {
          ticketed(out, ticket, key);
          recipe(out, recipe);
        }
        case StudyMessage.Refused(String reason) -> text(out, reason);
        case StudyMessage.Welcome _, StudyMessage.Over _ -> {}
      }
    } catch (IOException e) {
      throw new IllegalStateException("Bytes in memory can always be written", e);
    }
    return bytes.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      StudyMessage message =
          switch (manifest) {
            case "hello" ->
                new StudyMessage.Hello(
                    in.readInt(),
                    text(in),
                    text(in),
                    in.readInt(),
                    references.resolveActorRef(text(in)));
            case "shown.1" ->
                new StudyMessage.Shown(
                    in.readLong(), new Evidence(text(in), text(in), text(in), text(in)));
            case "unable.1" -> new StudyMessage.Unable(in.readLong(), text(in));
            case "finished.1" -> new StudyMessage.Finished(in.readLong(), text(in));
            case "failed.1" -> new StudyMessage.Failed(in.readLong(), text(in));
            case "leaving.1" -> new StudyMessage.Leaving(references.resolveActorRef(text(in)));
            case "welcome.1" -> new StudyMessage.Welcome();
            case "show.1" -> new StudyMessage.Show(in.readLong(), recipe(in));
            case "make.1" -> new StudyMessage.Make(in.readLong(), text(in), recipe(in));
            case "refused" -> new StudyMessage.Refused(text(in));
            case "over.1" -> new StudyMessage.Over();
            default -> throw unknown(manifest);
          };
      if (in.available() > 0) {
        throw new IllegalArgumentException(in.available() + " bytes are left over");
      }
      return message;
    } catch (IOException e) {
      throw new IllegalArgumentException("The message %s is cut short".formatted(manifest), e);
    }
  }

  private static void ticketed(DataOutputStream out, long ticket, String text) throws IOException {
    out.writeLong(ticket);
    text(out, text);
  }

  private static void recipe(DataOutputStream out, Recipe recipe) throws IOException {
    text(out, recipe.settings());
    text(out, String.join("\n", recipe.assets()));
    out.writeBoolean(recipe.resampling().isPresent());
    if (recipe.resampling().isPresent()) {
      out.writeDouble(recipe.resampling().get().blockMinutes());
      out.writeLong(recipe.resampling().get().seed());
    }
  }

  private static Recipe recipe(DataInputStream in) throws IOException {
    String settings = text(in);
    String assets = text(in);
    Set<String> keys =
        assets.isEmpty() ? Set.of() : new TreeSet<>(java.util.List.of(assets.split("\n", -1)));
    return new Recipe(
        settings,
        keys,
        in.readBoolean()
            ? Optional.of(new Recipe.Resampling(in.readDouble(), in.readLong()))
            : Optional.empty());
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String text(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IllegalArgumentException(
          "A text of %s bytes does not fit into %s".formatted(length, in.available()));
    }
    return new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  private static StudyMessage known(Object value) {
    if (value instanceof StudyMessage message) {
      return message;
    }
    throw unknown(value.getClass().getName());
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException("Nodes of a study do not say this: " + what);
  }
}
