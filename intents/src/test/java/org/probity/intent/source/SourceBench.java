package org.probity.intent.source;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import org.probity.chain.AbiErrors;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.Head;
import org.probity.chain.RevertReason;
import org.probity.chain.local.LocalChain;
import org.probity.intent.source.ProgramReader.Books;
import org.probity.intent.source.ProgramReader.Reading;

/** The contracts of the sources on a local chain, to be asked for what Java computed. */
final class SourceBench implements AutoCloseable {

  private static final ContractArtifact TWAP = ContractArtifact.load("TwapReturns");
  private static final ContractArtifact CHAINLINK = ContractArtifact.load("ChainlinkReturns");
  private static final ContractArtifact REPORT = ContractArtifact.load("SignedReport");
  private static final ContractArtifact SOURCE = ContractArtifact.load("IFeatureSource");
  private static final AbiFunction FEATURES = SOURCE.function("features");
  private static final AbiFunction WIDTH = SOURCE.function("width");
  private static final AbiErrors ERRORS = AbiErrors.of(TWAP, CHAINLINK, REPORT);

  final LocalChain chain = LocalChain.start();
  final Address owner = chain.account(1).address();
  final SourceContracts release =
      new SourceContracts(
          chain.deploy(owner, TWAP.deployment()),
          chain.deploy(owner, CHAINLINK.deployment()),
          chain.deploy(owner, REPORT.deployment()));

  ChainClient client() {
    return chain.client();
  }

  Head head() {
    return client().head();
  }

  long now() {
    return head().timestamp();
  }

  /** What a new reader makes of one source at the newest head. */
  Reading read(VaultSource source, long asOf, Reports reports) {
    return reader(source, reports).at(head(), asOf, Books.NONE);
  }

  ProgramReader reader(VaultSource source, Reports reports) {
    return new ProgramReader(client(), new VaultProgram(List.of(source)), reports);
  }

  /** What the contract computes now. */
  int[] computed(VaultSource source, long asOf, Bytes hints) {
    return ints(
        client().call(source.contract(), FEATURES, source.parameters(), asOf, hints).getFirst());
  }

  int width(VaultSource source) {
    return client().call(source.contract(), WIDTH, source.parameters()).int32("width");
  }

  /** Why the contract refuses to compute it now. */
  RevertReason refusal(VaultSource source, long asOf, Bytes hints) {
    try {
      computed(source, asOf, hints);
    } catch (CallReverted e) {
      return e.reason(ERRORS);
    }
    throw new AssertionError("The features were not refused");
  }

  String refusalName(VaultSource source, long asOf, Bytes hints) {
    return ((RevertReason.Custom) refusal(source, asOf, hints)).name();
  }

  static int[] ints(Object list) {
    return ((List<?>) list).stream().mapToInt(v -> ((BigInteger) v).intValueExact()).toArray();
  }

  /** The hints with those of one point, of {@code size} bytes, made to be {@code value}. */
  static Bytes with(Bytes hints, int point, int size, BigInteger value) {
    byte[] changed = hints.toArray();
    byte[] digits = value.toByteArray();
    Arrays.fill(changed, point * size, (point + 1) * size, (byte) 0);
    int length = Math.min(size, digits.length);
    System.arraycopy(digits, digits.length - length, changed, (point + 1) * size - length, length);
    return Bytes.of(changed);
  }

  static BigInteger at(Bytes hints, int point, int size) {
    return new BigInteger(1, hints.slice(point * size, (point + 1) * size).toArray());
  }

  @Override
  public void close() {
    chain.close();
  }
}
