package org.probity.agent.node;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.probity.chain.Head;
import org.probity.chain.HeadSource;

/** Brings the heads that a test tells it to. */
public final class ScriptedHeads implements HeadSource {

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  @Override
  public Subscription subscribe(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  public void bring(Head head) {
    listeners.forEach(listener -> listener.onHead(head));
  }
}
