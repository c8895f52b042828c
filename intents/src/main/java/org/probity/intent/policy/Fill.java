package org.probity.intent.policy;

import java.math.BigInteger;

/** What the vault's balances say of a step: how much was given, and how much received. */
public record Fill(BigInteger given, BigInteger received) implements StepResult {}
