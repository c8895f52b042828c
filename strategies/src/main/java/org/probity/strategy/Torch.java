package org.probity.strategy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;

/**
 * The one door to PyTorch. Always on the CPU, where integer matrix products are exact; with one
 * thread, because these networks are small (more threads are slower) and so that sums are taken in
 * one order; and without the start message that DJL sends to its makers.
 */
final class Torch {

  private static final String NAME = "PyTorch";

  private Torch() {}

  private static final class Started {
    static final Engine ENGINE = start();

    private static Engine start() {
      setIfAbsent("ai.djl.offline", "true");
      setIfAbsent("OPT_OUT_TRACKING", "true");
      setIfAbsent("ai.djl.pytorch.num_threads", "1");
      return Engine.getEngine(NAME);
    }

    private static void setIfAbsent(String property, String value) {
      if (System.getProperty(property) == null) {
        System.setProperty(property, value);
      }
    }
  }

  static Engine engine() {
    try {
      return Started.ENGINE;
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException(
          "PyTorch does not start on this machine (%s): make the home folder writable or name another one in DJL_CACHE_DIR (600 MB free), on Linux x86-64 or macOS arm64."
              .formatted(rootCause(e)),
          e);
    }
  }

  /** A new root manager; its owner closes it, and with it every array made from it. */
  static NDManager newManager() {
    engine();
    return NDManager.newBaseManager(Device.cpu(), NAME);
  }

  private static String rootCause(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
