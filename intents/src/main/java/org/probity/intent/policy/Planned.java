package org.probity.intent.policy;

/** What a decision comes to under a policy, now: a {@link Plan}, or a {@link Refusal}. */
public sealed interface Planned permits Plan, Refusal {}
