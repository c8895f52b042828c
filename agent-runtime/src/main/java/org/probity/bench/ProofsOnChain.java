package org.probity.bench;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.LineReader;
import org.probity.ground.PlainFile;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.zk.Decision;
import org.probity.zk.DecisionProof;
import org.probity.zk.FeatureVector;
import org.probity.zk.ModelKey;
import org.probity.zk.bench.ProvenDecision;

/**
 * Lets the contract verify proofs from a file, each as it is and with one bit of it turned over:
 * the first must be accepted, the second refused.
 */
public final class ProofsOnChain {

  /** RFC 1952, section 2.3.1. */
  private static final byte[] GZIP_MAGIC = {0x1f, (byte) 0x8b};

  /** A proof of 64 KiB with its key and its features has a fifth of this in hex digits. */
  private static final int LONGEST_LINE = 1 << 21;

  private static final ContractArtifact VERIFIER = ContractArtifact.load("DecisionVerifier");

  private final LocalChain chain;

  /** One verifier for each structured reference string. */
  private final Map<List<BigInteger>, Address> verifiers = new HashMap<>();

  private ProofsOnChain(LocalChain chain) {
    this.chain = chain;
  }

  /**
   * Verifies every line of a file.
   *
   * @return whether all were judged as they must be
   * @throws Complaint if the file cannot be read, or has a line that is no proof
   */
  public static boolean verify(Screen screen, Path file) {
    try (LineReader lines = reader(file);
        LocalChain chain = LocalChain.start()) {
      var judge = new ProofsOnChain(chain);
      int accepted = 0;
      int refused = 0;
      int all = 0;
      for (String line = lines.next(); line != null; line = lines.next()) {
        ProvenDecision proven = parsed(file, ++all, line);
        if (judge.accepts(proven, proven.proof())) {
          accepted++;
        } else {
          screen.say("      line %d is refused by the contract", all);
        }
        if (!judge.accepts(proven, turnedOver(proven.proof(), all))) {
          refused++;
        } else {
          screen.say("      line %d is accepted with a bit turned over", all);
        }
      }
      if (all == 0) {
        throw new Complaint("There are no proofs in %s.".formatted(file));
      }
      screen.say(
          "  %,d proofs of %d structured reference strings: the contract accepts %,d, and refuses %,d of them with one bit turned over",
          all, judge.verifiers.size(), accepted, refused);
      return accepted == all && refused == all;
    } catch (IOException e) {
      throw new Complaint(
          "The proofs in %s cannot be read (%s): write them with gpu-check."
              .formatted(
                  file,
                  e instanceof FileSystemException told && told.getReason() != null
                      ? told.getReason()
                      : e.getMessage()),
          e);
    }
  }

  /** Of a file as gpu-check leaves it, compressed, or of its text. */
  private static LineReader reader(Path file) throws IOException {
    InputStream bytes = new BufferedInputStream(PlainFile.stream(file));
    try {
      bytes.mark(GZIP_MAGIC.length);
      boolean compressed = Arrays.equals(bytes.readNBytes(GZIP_MAGIC.length), GZIP_MAGIC);
      bytes.reset();
      return LineReader.of(file, compressed ? new GZIPInputStream(bytes) : bytes, LONGEST_LINE);
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }

  private static ProvenDecision parsed(Path file, int number, String line) {
    try {
      return ProvenDecision.parse(line);
    } catch (IllegalArgumentException e) {
      throw new Complaint(
          "Line %d of %s is no proof: %s.".formatted(number, file, e.getMessage()), e);
    }
  }

  /** A bit that differs from line to line. */
  private static DecisionProof turnedOver(DecisionProof proof, int line) {
    byte[] bytes = proof.bytes().clone();
    int bit = (int) (line * 7919L % (8L * bytes.length));
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
    return DecisionProof.of(bytes);
  }

  private boolean accepts(ProvenDecision proven, DecisionProof proof) {
    Call call =
        verification(
            verifiers.computeIfAbsent(proven.tauG2Words(), words -> deployed(chain, words)),
            proven.key(),
            proven.features(),
            proven.decision(),
            proven.context(),
            proof);
    try {
      chain.client().call(call, BlockTag.LATEST);
      return true;
    } catch (CallReverted e) {
      return false;
    }
  }

  /** The call by which a verifier judges a proof. */
  static Call verification(
      Address verifier,
      ModelKey key,
      FeatureVector features,
      Decision decision,
      Bytes32 context,
      DecisionProof proof) {
    return Call.of(
        verifier,
        VERIFIER.function("verify"),
        Bytes.of(key.bytes()),
        integers(features.toArray()),
        integers(decision.words()),
        context,
        Bytes.of(proof.bytes()));
  }

  static Address deployed(LocalChain chain, List<BigInteger> tauG2Words) {
    return chain.deploy(chain.account(0).address(), VERIFIER.deployment(tauG2Words));
  }

  private static List<BigInteger> integers(int[] values) {
    return Arrays.stream(values).mapToObj(BigInteger::valueOf).toList();
  }
}
