package org.probity.zk.backend;

import org.probity.zk.field.LaneField;

/** Whether this Java machine can run the kernels on lanes: asked before any of them is loaded. */
final class Lanes {
  /** With fewer lanes than this the scalar kernels are as fast. */
  private static final int LEAST = 4;

  private Lanes() {}

  static boolean available() {
    // The module may be missing, and LaneField cannot be loaded then.
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        && LaneField.LANES >= LEAST;
  }
}
