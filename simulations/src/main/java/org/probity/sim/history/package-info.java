/**
 * Market history on this machine: {@link org.probity.sim.history.HistoryStore}, a folder of Parquet
 * files with a manifest for each series, and the importers that fill it.
 *
 * <p>A series changes as a whole or not at all. Its hash is over its rows, not over its files, so
 * that the same rows have the same hash however they were fetched.
 */
@NullMarked
package org.probity.sim.history;

import org.jspecify.annotations.NullMarked;
