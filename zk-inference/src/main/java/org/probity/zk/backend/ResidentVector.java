package org.probity.zk.backend;

/**
 * A vector of scalars that lives where its {@link Workspace} keeps it, and no longer than that: a
 * handle, whose elements only the workspace's operations reach.
 */
public interface ResidentVector {
  /** Number of elements. */
  int size();
}
