package org.probity.intent.policy;

/** What an action did: it filled a step, or it reverted and the decision with it. */
public sealed interface StepResult permits Fill, Refusal {}
