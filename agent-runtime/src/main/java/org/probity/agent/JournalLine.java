package org.probity.agent;

/**
 * A line of an agent's journal, for those who follow it.
 *
 * @param sequence its number within the agent's journal, from 1
 * @param kind of its event, as {@code probity journal export} names it
 * @param json the line as {@code probity journal export} writes it
 */
public record JournalLine(String agent, long sequence, String kind, String json) {}
