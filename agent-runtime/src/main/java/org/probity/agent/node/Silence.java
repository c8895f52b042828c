package org.probity.agent.node;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.probity.agent.AgentListener;
import org.probity.agent.Agents;
import org.probity.ground.Printable;
import org.probity.intent.Observation;
import org.probity.intent.Pace;
import org.probity.intent.Prospect;
import org.probity.intent.VaultState;
import org.probity.intent.conduct.AgentSpec;
import org.probity.intent.conduct.Notice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an agent whose vault has executed nothing for some moments execute a hold, so that the chain
 * shows that it lives: its pace is amended to send holds until one is executed, which its journal
 * has as it has every amendment.
 */
final class Silence implements AgentListener {

  private static final Logger LOG = LoggerFactory.getLogger(Silence.class);

  private final int most;
  private final Map<String, AgentSpec> specs = new ConcurrentHashMap<>();
  private final Set<String> breaking = ConcurrentHashMap.newKeySet();
  private volatile Consumer<String> told = _ -> {};
  private volatile @Nullable Agents agents;

  /**
   * @param most moments without an execution
   */
  Silence(int most) {
    this.most = most;
  }

  /**
   * Begins with agents that do not send holds by themselves.
   *
   * @param all their lives, for amendments
   */
  void begin(Agents all, Collection<AgentSpec> those, Consumer<String> says) {
    told = says;
    those.forEach(spec -> specs.put(spec.id(), spec));
    agents = all;
  }

  @Override
  public void on(String agent, Notice event) {
    AgentSpec spec = specs.get(agent);
    Agents all = agents;
    if (spec == null || all == null) {
      return;
    }
    switch (event) {
      case Notice.Decided(var proposal, Prospect.Hold _)
          when moments(proposal.observation()) >= most && breaking.add(agent) -> {
        String sentence =
            "nothing was executed for %s moments or more: a hold is executed".formatted(most);
        LOG.info("Agent {}: {}", agent, sentence);
        told.accept(agent.startsWith("0x") ? sentence : agent + "  " + sentence);
        amend(all, speaking(spec));
      }
      case Notice.Executed _ when breaking.remove(agent) -> amend(all, spec);
      default -> {}
    }
  }

  /** Moments since the last execution; of a vault that never executed anything, all of them. */
  private static long moments(Observation seen) {
    VaultState state = seen.state();
    return (seen.asOf() - state.lastAsOf()) / state.stepSeconds();
  }

  private static AgentSpec speaking(AgentSpec spec) {
    Pace pace = spec.pace();
    return new AgentSpec(
        spec.id(),
        spec.vault(),
        spec.model(),
        spec.account(),
        new Pace(pace.lifetimeSeconds(), true, pace.provesAll(), pace.byAnyone()));
  }

  private void amend(Agents all, AgentSpec spec) {
    all.ensure(spec)
        .whenComplete((_, cause) -> {
          if (cause != null) {
            LOG.warn(
                "Agent {} could not be told to {} holds, and is at the next moment: {}",
                spec.id(),
                spec.pace().sendsHolds() ? "execute" : "keep",
                Printable.line(String.valueOf(cause.getMessage())));
            if (spec.pace().sendsHolds()) {
              breaking.remove(spec.id());
            } else {
              breaking.add(spec.id());
            }
          }
        });
  }
}
