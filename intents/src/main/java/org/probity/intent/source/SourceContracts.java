package org.probity.intent.source;

import org.probity.chain.Address;

/**
 * The sources that a release deploys once on a chain, for all vaults.
 *
 * @param twapReturns of {@code TwapReturns.sol}
 * @param chainlinkReturns of {@code ChainlinkReturns.sol}
 * @param signedReport of {@code SignedReport.sol}
 */
public record SourceContracts(
    Address twapReturns, Address chainlinkReturns, Address signedReport) {}
