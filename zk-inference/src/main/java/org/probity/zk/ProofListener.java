package org.probity.zk;

/** Is told, by the proving thread, when each step of a proof is done. */
@FunctionalInterface
public interface ProofListener {
  void finished(ProofStep step);
}
