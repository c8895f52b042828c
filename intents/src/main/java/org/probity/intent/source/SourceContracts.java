package org.probity.intent.source;

import java.util.List;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.intent.policy.Policy;

/**
 * The sources that a release deploys once on a chain, for all vaults; zero for one that is not
 * there.
 *
 * @param twapReturns of {@code TwapReturns.sol}
 * @param chainlinkReturns of {@code ChainlinkReturns.sol}
 * @param signedReport of {@code SignedReport.sol}
 */
public record SourceContracts(Address twapReturns, Address chainlinkReturns, Address signedReport) {

  private static final ContractArtifact TWAP_RETURNS = ContractArtifact.load("TwapReturns");
  private static final ContractArtifact CHAINLINK_RETURNS =
      ContractArtifact.load("ChainlinkReturns");
  private static final ContractArtifact SIGNED_REPORT = ContractArtifact.load("SignedReport");

  /** Those that a policy's program names, told by the code that lies there. */
  public static SourceContracts of(ChainClient chain, List<Policy.Feature> program) {
    Address twap = Address.ZERO;
    Address chainlink = Address.ZERO;
    Address signed = Address.ZERO;
    for (Policy.Feature feature : program) {
      if (feature.ofOwnBooks() || feature.ofLoans()) {
        continue;
      }
      Bytes code = chain.code(feature.source());
      if (TWAP_RETURNS.isCode(code)) {
        twap = feature.source();
      } else if (CHAINLINK_RETURNS.isCode(code)) {
        chainlink = feature.source();
      } else if (SIGNED_REPORT.isCode(code)) {
        signed = feature.source();
      }
    }
    return new SourceContracts(twap, chainlink, signed);
  }
}
