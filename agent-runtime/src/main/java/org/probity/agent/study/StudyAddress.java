package org.probity.agent.study;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.cluster.typed.Cluster;
import org.probity.agent.tls.MutualTls;
import org.probity.agent.tls.NodeKeys;

/**
 * Where a node of a study listens.
 *
 * @param host a name or an IPv4 address by which the others reach it
 * @param port 0 for any free one
 */
public record StudyAddress(String host, int port) {

  /** Loopback, any port. */
  public static final StudyAddress LOOPBACK = new StudyAddress("127.0.0.1", 0);

  private static final String NAME = "probity-study";

  /**
   * Reads {@code host:port}.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static StudyAddress parse(String text) {
    if (!text.matches("[A-Za-z0-9._-]+:[0-9]{1,5}")) {
      throw new IllegalArgumentException(
          "\"%s\" is not host:port, such as 127.0.0.1:7400".formatted(text));
    }
    int colon = text.lastIndexOf(':');
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > 65_535) {
      throw new IllegalArgumentException("There is no port %s: the last is 65535".formatted(port));
    }
    return new StudyAddress(text.substring(0, colon), port);
  }

  /**
   * Starts a node that listens here.
   *
   * @param keys what the study's nodes know each other by
   * @param seeds those through whom it joins
   */
  <T> ActorSystem<T> start(Behavior<T> guardian, NodeKeys keys, List<StudyAddress> seeds) {
    ClassLoader loader = StudyAddress.class.getClassLoader();
    Config node =
        ConfigFactory.parseMap(
            Map.of(
                "pekko.remote.artery.canonical.hostname",
                host,
                "pekko.remote.artery.canonical.port",
                port,
                "pekko.cluster.seed-nodes",
                seeds.stream().map(seed -> "pekko://%s@%s".formatted(NAME, seed)).toList()));
    Config config =
        node.withFallback(ConfigFactory.parseResources(loader, "probity-study.conf"))
            .withFallback(ConfigFactory.defaultReferenceUnresolved(loader))
            .resolve();
    try {
      return ActorSystem.create(
          guardian,
          NAME,
          ActorSystemSetup.create(BootstrapSetup.create(config), MutualTls.setup(keys)));
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "Nothing can listen on %s: name a free port of this machine, or port 0".formatted(this),
          e);
    }
  }

  static StudyAddress of(ActorSystem<?> system) {
    var self = Cluster.get(system).selfMember().address();
    return new StudyAddress(self.getHost().get(), (Integer) self.getPort().get());
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
