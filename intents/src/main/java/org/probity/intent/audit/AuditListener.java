package org.probity.intent.audit;

/** Follows an audit. */
public interface AuditListener {

  /** Follows nothing. */
  AuditListener NONE = new AuditListener() {};

  /** All of the vault's events up to {@code block} are looked at. */
  default void reached(long block, long last, long decisions) {}

  /** One decision is judged; they come in their order. */
  default void judged(Judged decision) {}
}
