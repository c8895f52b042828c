package org.probity.agent;

/**
 * A stretch of an agent's decisions.
 *
 * @param newestFirst in which order
 * @param after the decision that they come after in that order, by its sequence; 0 for none
 * @param most how many
 */
public record DecisionSlice(boolean newestFirst, long after, int most) {}
