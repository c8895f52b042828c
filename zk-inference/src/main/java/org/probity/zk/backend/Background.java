package org.probity.zk.backend;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Threads that give way to the others of this process. A proof takes as long as a thousand
 * decisions and has a thousand times as long: where both are wanted at once, decisions go first.
 *
 * <p>Java's thread priorities have no effect on Linux. But Linux, other than POSIX, keeps a nice
 * value for each thread, and {@code nice(2)} raises that of the thread which calls it; nobody needs
 * a privilege to be nicer. Elsewhere nothing happens.
 */
public final class Background {

  /**
   * Each step gives a fifth of the processor away: five of them leave a third of an equal share.
   */
  private static final int STEPS = 5;

  private static final Optional<MethodHandle> NICE = nice();

  private static final ThreadLocal<Boolean> ENTERED = ThreadLocal.withInitial(() -> false);

  private Background() {}

  /**
   * From now on the calling thread gives way. Calling again changes nothing; nor does a virtual
   * thread, which has a carrier that others use too.
   */
  public static void enter() {
    if (!Thread.currentThread().isVirtual() && !ENTERED.get()) {
      ENTERED.set(true);
      NICE.ifPresent(Background::call);
    }
  }

  /** Whether the calling thread has {@linkplain #enter entered}. */
  static boolean entered() {
    return ENTERED.get();
  }

  /**
   * What {@code maker} makes, on a thread that gives way; so do the threads of a {@link
   * ComputeBackend} that it makes.
   */
  public static <T> T make(Supplier<T> maker) {
    CompletableFuture<T> made = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("background")
        .start(() -> {
          enter();
          try {
            made.complete(maker.get());
          } catch (RuntimeException | Error e) {
            made.completeExceptionally(e);
          }
        });
    try {
      return made.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static Optional<MethodHandle> nice() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
      return Optional.empty();
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("nice")
        .map(symbol ->
            linker.downcallHandle(
                symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)));
  }

  private static void call(MethodHandle nice) {
    try {
      // Its result says nothing that anybody needs: a thread that stays as it is works too.
      int unused = (int) nice.invokeExact(STEPS);
    } catch (Throwable e) {
      throw new IllegalStateException("A call of the C library failed", e);
    }
  }
}
