package org.probity.agent.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.probity.zk.backend.ComputeBackend;

/**
 * A backend that does what another one does and adds up how long its multi-scalar multiplications
 * take.
 */
final class MsmClock {

  private final ComputeBackend backend;
  private long nanos;

  MsmClock(ComputeBackend watched) {
    backend =
        (ComputeBackend)
            Proxy.newProxyInstance(
                ComputeBackend.class.getClassLoader(),
                new Class<?>[] {ComputeBackend.class},
                (_, method, arguments) -> {
                  long started = System.nanoTime();
                  try {
                    return method.invoke(watched, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause() == null ? e : e.getCause();
                  } finally {
                    if (method.getName().equals("msm")) {
                      nanos += System.nanoTime() - started;
                    }
                  }
                });
  }

  ComputeBackend backend() {
    return backend;
  }

  /** What has been added up so far; begins anew. */
  long takeNanos() {
    long taken = nanos;
    nanos = 0;
    return taken;
  }
}
