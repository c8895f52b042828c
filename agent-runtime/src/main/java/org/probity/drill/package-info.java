/**
 * Drills: nodes that are killed, parted, reorganised away and overloaded, and the journal's
 * comparison with the chain afterwards.
 *
 * <p>Entry types: {@link org.probity.drill.CrashDrill}, {@link org.probity.drill.ClusterDrill},
 * {@link org.probity.drill.NetworkDrill}, {@link org.probity.drill.ReorgDrill}, {@link
 * org.probity.drill.LoadDrill}.
 */
@NullMarked
package org.probity.drill;

import org.jspecify.annotations.NullMarked;
