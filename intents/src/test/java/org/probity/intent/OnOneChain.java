package org.probity.intent;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests that share one chain, which each of them finds as the first did. */
abstract class OnOneChain {

  /** Made by each class before all of its tests. */
  @SuppressWarnings("NullAway.Init") // by the @BeforeAll of the class that extends this
  static VaultBench bench;

  String snapshot = "";

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void remember() {
    snapshot = bench.chain.snapshot();
  }

  @AfterEach
  void restore() {
    bench.chain.revert(snapshot);
  }
}
