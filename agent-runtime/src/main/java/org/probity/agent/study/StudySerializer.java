package org.probity.agent.study;

import java.util.Map;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.probity.agent.record.BinaryFormat;
import org.probity.agent.record.MessageSerializer;

/** Messages of a study as bytes. */
public final class StudySerializer extends MessageSerializer {

  /** Made by Pekko. */
  public StudySerializer(ExtendedActorSystem system) {
    this(ActorRefResolver.get(Adapter.toTyped(system)));
  }

  private StudySerializer(ActorRefResolver references) {
    super(
        7_290_003,
        Map.ofEntries(
            Map.entry("hello", StudyMessage.Hello.class),
            Map.entry("shown.1", StudyMessage.Shown.class),
            Map.entry("unable.1", StudyMessage.Unable.class),
            Map.entry("finished.1", StudyMessage.Finished.class),
            Map.entry("failed.1", StudyMessage.Failed.class),
            Map.entry("leaving.1", StudyMessage.Leaving.class),
            Map.entry("welcome.1", StudyMessage.Welcome.class),
            Map.entry("show.2", StudyMessage.Show.class),
            Map.entry("make.2", StudyMessage.Make.class),
            Map.entry("refused", StudyMessage.Refused.class),
            Map.entry("over.1", StudyMessage.Over.class)),
        new BinaryFormat()
            .texts(ActorRef.class, references::toSerializationFormat, references::resolveActorRef));
  }
}
