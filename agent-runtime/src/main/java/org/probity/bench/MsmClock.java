package org.probity.bench;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.probity.zk.backend.VectorBackend;

/**
 * A backend that does what another one does and adds up how long its multi-scalar multiplications
 * take.
 */
final class MsmClock {

  private final VectorBackend backend;
  private long nanos;

  MsmClock(VectorBackend watched) {
    backend =
        (VectorBackend)
            Proxy.newProxyInstance(
                VectorBackend.class.getClassLoader(),
                new Class<?>[] {VectorBackend.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("open")) {
                    // The workspace's multiplications are to come by here.
                    return InvocationHandler.invokeDefault(proxy, method, arguments);
                  }
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

  VectorBackend backend() {
    return backend;
  }

  /** What has been added up so far; begins anew. */
  long takeNanos() {
    long taken = nanos;
    nanos = 0;
    return taken;
  }
}
