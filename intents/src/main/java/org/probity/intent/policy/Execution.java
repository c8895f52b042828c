package org.probity.intent.policy;

/** What became of a decision that was to be executed. */
public sealed interface Execution permits Executed, Refusal {}
