package org.probity.agent.settings;

import java.util.Locale;
import org.probity.zk.backend.Background;
import org.probity.zk.backend.ComputeBackend;
import org.probity.zk.gpu.CudaBackend;
import org.probity.zk.gpu.Fallbacks;
import org.probity.zk.gpu.GpuUnavailableException;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** What proofs are computed with, as a user names it. The proofs are the same. */
public enum ProverBackend {
  /** A card, if there is one that can be used; else the fastest that the processor has. */
  AUTO,
  /** An NVIDIA card. */
  CUDA,
  /** The processor's vector lanes. */
  SIMD,
  /** Scalar code, which every machine runs. */
  SCALAR;

  /** The backend itself, with as much of a card as there is, and nobody who counts fallbacks. */
  public ComputeBackend start() {
    return start(CudaBackend.Settings.DEFAULT, new Fallbacks((_, _) -> {}));
  }

  /**
   * The backend itself. What proves on a card is given back when this Java machine ends.
   *
   * @param card how much of a card to use
   * @param fallbacks where it is counted, and warned of, that the processor does what the card was
   *     to do
   * @throws IllegalArgumentException if this machine cannot run it, with the remedy
   */
  public ComputeBackend start(CudaBackend.Settings card, Fallbacks fallbacks) {
    return switch (this) {
      case AUTO -> givenBack(CudaBackend.openIfAvailable(card, ComputeBackend.best(), fallbacks));
      case CUDA -> givenBack(demanded(card, fallbacks));
      case SIMD, SCALAR -> ComputeBackend.named(toString());
    };
  }

  /**
   * The backend itself, or the fastest that the processor has in the stead of a card that cannot be
   * used, counted and with a warning: an agent must go on, and its proofs are the same. On threads
   * that give way: deciding goes first.
   */
  public ComputeBackend startOrSubstitute(CudaBackend.Settings card, Fallbacks fallbacks) {
    ProverBackend wanted = this == CUDA ? AUTO : this;
    return Background.make(() -> wanted.start(card, fallbacks));
  }

  /**
   * Counts what the processor does in a card's stead, and warns of it in a log. That there is no
   * card is no news to whoever wants the fastest there is.
   */
  public Fallbacks loggedBy(Logger log) {
    return new Fallbacks((cause, warning) -> {
      boolean news = this == CUDA || cause != Fallbacks.Cause.NO_CARD;
      log.atLevel(news ? Level.WARN : Level.DEBUG).log("{}", warning);
    });
  }

  private static ComputeBackend demanded(CudaBackend.Settings card, Fallbacks fallbacks) {
    try {
      return CudaBackend.open(card, ComputeBackend.best(), fallbacks);
    } catch (GpuUnavailableException e) {
      throw new IllegalArgumentException(
          "the cuda backend cannot be used here, %s: choose auto, simd or scalar"
              .formatted(e.getMessage()),
          e);
    }
  }

  private static ComputeBackend givenBack(ComputeBackend backend) {
    if (backend instanceof CudaBackend cuda) {
      Runtime.getRuntime().addShutdownHook(new Thread(cuda::close, "card"));
    }
    return backend;
  }

  /** Its name on the command line and in the configuration. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
