package org.probity.zk.gpu;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.probity.zk.backend.BackendException;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.backend.FallibleBackend;
import org.probity.zk.backend.IntegerRows;
import org.probity.zk.backend.Workspace;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.PointVector;
import org.probity.zk.field.FieldVector;

/**
 * Proofs on an NVIDIA card. What can go wrong with a card does not stop a proof: the processor's
 * backend makes it then ({@link Fallbacks} says how often). Commitments to models, which nothing
 * checks afterwards, are always the processor's.
 */
public final class CudaBackend implements FallibleBackend, AutoCloseable {
  /**
   * How much of a card to use.
   *
   * @param memory bytes, for everything together; without it, four fifths of what is free
   * @param concurrency proofs in flight, at most
   */
  public record Settings(OptionalLong memory, int concurrency) {
    /** Most of the memory, and as many proofs as keep a card busy. */
    public static final Settings DEFAULT = new Settings(OptionalLong.empty(), 8);

    /** With less than this nothing worth while fits. */
    private static final long LEAST_MEMORY = 64L << 20;

    public Settings {
      if (memory.isPresent() && memory.getAsLong() < LEAST_MEMORY) {
        throw new IllegalArgumentException(
            "The prover needs 64 MB of the card's memory or more, not "
                + memory.getAsLong()
                + " bytes: give it more in probity.prover.gpu.memory");
      }
      if (concurrency < 1 || concurrency > 64) {
        throw new IllegalArgumentException(
            "1 to 64 proofs may be in flight on a card, not " + concurrency);
      }
    }
  }

  /** Bytes that a proof's memory grows by. */
  static final long CHUNK = 16L << 20;

  private final Card card;
  private final ComputeBackend substitute;
  private final Fallbacks fallbacks;
  private final AtomicLong proofs = new AtomicLong();
  private volatile boolean usable = true;

  private CudaBackend(Card card, ComputeBackend substitute, Fallbacks fallbacks) {
    this.card = card;
    this.substitute = substitute;
    this.fallbacks = fallbacks;
  }

  /**
   * The backend on the first card, which has shown by then that it computes what the processor
   * computes.
   *
   * @param substitute what makes the proofs that the card cannot
   * @param fallbacks where those are counted
   * @throws GpuUnavailableException if there is no card that can be used, saying what is missing
   */
  public static CudaBackend open(
      Settings settings, ComputeBackend substitute, Fallbacks fallbacks) {
    return over(Devices.first(), settings, substitute, fallbacks, CHUNK);
  }

  /**
   * The first card if there is one that can be used, else the substitute itself, with a warning.
   */
  public static ComputeBackend openIfAvailable(
      Settings settings, ComputeBackend substitute, Fallbacks fallbacks) {
    return openIfAvailable(Devices::first, settings, substitute, fallbacks);
  }

  static ComputeBackend openIfAvailable(
      Supplier<Device> card, Settings settings, ComputeBackend substitute, Fallbacks fallbacks) {
    try {
      return over(card.get(), settings, substitute, fallbacks, CHUNK);
    } catch (GpuUnavailableException e) {
      fallbacks.add(
          e.reason(),
          e.getMessage() + ": proofs are made with the " + substitute.name() + " backend");
      return substitute;
    }
  }

  /** The backend on a device that was opened, checked; closes the device if the check fails. */
  static CudaBackend over(
      Device device,
      Settings settings,
      ComputeBackend substitute,
      Fallbacks fallbacks,
      long chunk) {
    Card card = null;
    try {
      long memory = settings.memory().orElseGet(() -> device.freeBytes() / 5 * 4);
      card = new Card(device, memory, settings.concurrency(), chunk);
      var backend = new CudaBackend(card, substitute, fallbacks);
      SelfCheck.run(backend, substitute);
      card.residency().clear();
      return backend;
    } catch (DeviceException e) {
      close(card, device);
      throw new GpuUnavailableException(
          e.isOutOfMemory() ? Fallbacks.Cause.OUT_OF_MEMORY : Fallbacks.Cause.LAUNCH,
          "the card cannot be used: " + e.getMessage(),
          e);
    } catch (GpuUnavailableException e) {
      close(card, device);
      throw e;
    } catch (RuntimeException e) {
      // What a card makes up can break whatever takes it.
      close(card, device);
      throw new GpuUnavailableException(
          Fallbacks.Cause.SELF_CHECK, "the card fails its self-check: " + e.getMessage(), e);
    }
  }

  private static void close(@org.jspecify.annotations.Nullable Card card, Device device) {
    try {
      if (card == null) {
        device.close();
      } else {
        card.close();
      }
    } catch (RuntimeException e) {
      // It is given up already.
    }
  }

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int concurrency() {
    return card.concurrency();
  }

  @Override
  public void prepare(PointVector bases) {
    substitute.prepare(bases);
    if (usable) {
      try {
        card.prepare(bases, bases.size());
      } catch (DeviceException e) {
        failed(e);
      }
    }
  }

  @Override
  public List<G1> msm(PointVector bases, List<FieldVector> scalars) {
    return substitute.msm(bases, scalars);
  }

  @Override
  public G1 msm(PointVector bases, long[] values) {
    return substitute.msm(bases, values);
  }

  @Override
  public Workspace open(PointVector bases, int size, IntegerRows rows) {
    return card.open(bases, size, rows);
  }

  @Override
  public boolean isUsable() {
    return usable;
  }

  @Override
  public ComputeBackend substitute() {
    return substitute;
  }

  @Override
  public void failed(BackendException failure) {
    boolean memory = failure instanceof DeviceException device && device.isOutOfMemory();
    if (memory) {
      fallbacks.add(
          Fallbacks.Cause.OUT_OF_MEMORY,
          "the card's memory is full, %s: a proof is made with the %s backend instead"
              .formatted(failure.getMessage(), substitute.name()));
      return;
    }
    usable = false;
    fallbacks.add(
        Fallbacks.Cause.LAUNCH,
        "the card failed, %s: from here on proofs are made with the %s backend"
            .formatted(failure.getMessage(), substitute.name()));
  }

  @Override
  public void refuted() {
    usable = false;
    fallbacks.add(
        Fallbacks.Cause.VERIFICATION,
        "a proof made on the card does not hold, and was thrown away: from here on proofs are made"
            + " with the "
            + substitute.name()
            + " backend");
  }

  @Override
  public void succeeded() {
    proofs.incrementAndGet();
  }

  /** Proofs made on the card that were checked and hold. */
  public long proofs() {
    return proofs.get();
  }

  /** Bytes of the card's memory in use now. */
  public long allocatedBytes() {
    return card.device().allocatedBytes();
  }

  /** The card, which has passed its self-check. */
  public GpuReport report() {
    return GpuReport.of(card.device(), Optional::empty);
  }

  Card card() {
    return card;
  }

  /** The card alone: what fails on it fails. */
  ComputeBackend unguarded() {
    return new Unguarded(card, substitute);
  }

  private record Unguarded(Card card, ComputeBackend substitute) implements ComputeBackend {
    @Override
    public String name() {
      return "cuda";
    }

    @Override
    public List<G1> msm(PointVector bases, List<FieldVector> scalars) {
      return substitute.msm(bases, scalars);
    }

    @Override
    public G1 msm(PointVector bases, long[] values) {
      return substitute.msm(bases, values);
    }

    @Override
    public Workspace open(PointVector bases, int size, IntegerRows rows) {
      return card.open(bases, size, rows);
    }

    @Override
    public int concurrency() {
      return card.concurrency();
    }

    @Override
    public String toString() {
      return name();
    }
  }

  /** Waits for the proofs in flight, overwrites what is on the card, and gives it back. */
  @Override
  public void close() {
    usable = false;
    card.close();
  }
}
