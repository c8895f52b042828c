package org.probity.zk.gpu;

import org.probity.zk.backend.BackendException;

/** A card could not do what was asked of it; the message says what and, where known, why. */
final class DeviceException extends BackendException {
  private static final long serialVersionUID = 1;

  /** Whether the reason is that its memory is full. */
  private final boolean outOfMemory;

  DeviceException(String message) {
    this(message, false);
  }

  DeviceException(String message, boolean outOfMemory) {
    super(message);
    this.outOfMemory = outOfMemory;
  }

  boolean isOutOfMemory() {
    return outOfMemory;
  }
}
