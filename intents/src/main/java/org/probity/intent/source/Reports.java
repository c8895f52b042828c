package org.probity.intent.source;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Eip712;
import org.probity.ground.Bytes32;

/** Where signed reports come from. */
@FunctionalInterface
public interface Reports {

  /** Nobody reports anything. */
  Reports NONE = (_, _) -> Optional.empty();

  /** What was reported of {@code schema} for exactly {@code moment}, if it is there yet. */
  Optional<Report> at(Bytes32 schema, long moment);

  /**
   * Values with the signatures of some who vouch for them.
   *
   * @param moment in seconds of Unix time
   * @param signatures of {@link #digest}, by signer, each of 65 bytes
   */
  record Report(long moment, List<BigInteger> values, NavigableMap<Address, Bytes> signatures) {

    private static final Eip712 DOMAIN =
        Eip712.type(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    private static final Eip712 REPORT =
        Eip712.type("Report(bytes32 schema,uint32 moment,int256[] values)");

    /** Copies both. */
    public Report {
      values = List.copyOf(values);
      signatures = new TreeMap<>(signatures);
    }

    /** What signers sign, for the source {@code contract} of one chain. */
    public static Bytes32 digest(
        long chainId, Address contract, Bytes32 schema, long moment, List<BigInteger> values) {
      Bytes32 domain =
          DOMAIN.hash(
              Map.of(
                  "name",
                  "Probity Report",
                  "version",
                  "1",
                  "chainId",
                  chainId,
                  "verifyingContract",
                  contract));
      return REPORT.digest(domain, Map.of("schema", schema, "moment", moment, "values", values));
    }
  }
}
