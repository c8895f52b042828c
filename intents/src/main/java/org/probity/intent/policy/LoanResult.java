package org.probity.intent.policy;

/** What a lending market did: it moved an amount, or it reverted and the decision with it. */
public sealed interface LoanResult permits LoanFill, Refusal {}
