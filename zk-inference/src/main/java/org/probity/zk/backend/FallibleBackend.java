package org.probity.zk.backend;

/**
 * A backend on hardware that can fail, or be wrong. Whoever proves with it checks what comes out,
 * says when it failed, and goes on with its substitute.
 */
public interface FallibleBackend extends ComputeBackend {
  /** Whether it is worth trying: not after a failure that will not pass. */
  boolean isUsable();

  /** What does the same, more slowly, and does not fail. */
  ComputeBackend substitute();

  /** Takes note of a proof that could not be made, as it will be made by the substitute. */
  void failed(BackendException failure);

  /** Takes note of a proof that was made and does not hold. */
  void refuted();

  /** Takes note of a proof that was made and holds. */
  void succeeded();
}
