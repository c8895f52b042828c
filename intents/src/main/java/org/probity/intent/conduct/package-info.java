/**
 * How an agent acts: {@link org.probity.intent.conduct.Conduct}, a value without clock, thread or
 * chain that turns inputs into events and tasks. A node's actor, the simulator and the replay of a
 * journal run this same value, so an agent does in a backtest what it does live, and a journal can
 * be checked for what no agent would have done.
 */
@NullMarked
package org.probity.intent.conduct;

import org.jspecify.annotations.NullMarked;
