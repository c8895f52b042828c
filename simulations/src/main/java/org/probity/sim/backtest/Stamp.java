package org.probity.sim.backtest;

/**
 * All that a result is a function of. Two runs with equal stamps have equal results, bit for bit.
 *
 * @param codeVersion of the program, with the commit it was built from where the build knows it
 * @param configuration the settings in force, defaults included, as canonical JSON with sorted keys
 * @param configurationHash SHA-256 of {@code configuration}, hex
 * @param dataHash SHA-256 over the market history that was read, hex; of the empty string for a
 *     purely synthetic market
 * @param strategyDigest digest of the model's key, hex, or of its integers if it has no key
 * @param seed what every random stream of the run is derived from
 */
public record Stamp(
    String codeVersion,
    String configuration,
    String configurationHash,
    String dataHash,
    String strategyDigest,
    long seed) {}
