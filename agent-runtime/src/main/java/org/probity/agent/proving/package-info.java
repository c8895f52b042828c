/**
 * From a decision to its proof: a bounded queue on each node, the stations that prove for it, and
 * the batches in which a model decides.
 */
@NullMarked
package org.probity.agent.proving;

import org.jspecify.annotations.NullMarked;
