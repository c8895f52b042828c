package org.probity.zk.ceremony;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.probity.zk.curve.G1;
import org.probity.zk.curve.G2;
import org.probity.zk.curve.Pairing;

/**
 * Checks that each contribution follows the one before: its keys are proofs of knowledge against
 * the challenge of what was there before, and its first powers are those before times the keys'
 * secrets. So the last powers are {@code Π τ_i}, with every τ_i known to whoever contributed it.
 */
final class ContributionChain {
  /** More hashes than this take minutes; the ceremonies that files come from had 2^10. */
  private static final int MAX_LOG_ITERATIONS = 28;

  /** Beacons hash in pieces of this many, so that progress can be told. */
  private static final int PIECE = 1 << 20;

  private final Progress progress;
  private byte[] challenge;
  private Link.FirstPowers before = Link.FirstPowers.GENERATORS;

  private ContributionChain(byte[] challenge, Progress progress) {
    this.challenge = challenge;
    this.progress = progress;
  }

  static void check(List<Link> links, int ceremonyPower, Progress progress) throws Refusal {
    var chain = new ContributionChain(FirstChallenge.of(ceremonyPower), progress);
    for (int i = 0; i < links.size(); i++) {
      progress.update("contributions", i, links.size());
      chain.check(links.get(i));
    }
    progress.update("contributions", links.size(), links.size());
  }

  private void check(Link link) throws Refusal {
    var bases = new ArrayList<G2>();
    for (int key = PublicKey.TAU; key <= PublicKey.BETA; key++) {
      var base = link.keys().get(key).base(key, challenge);
      if (!link.keys().get(key).isProven(base)) {
        throw broken(link, "proves no knowledge of its secret");
      }
      bases.add(base);
    }
    var tau = link.keys().get(PublicKey.TAU);
    var alpha = link.keys().get(PublicKey.ALPHA);
    var beta = link.keys().get(PublicKey.BETA);
    var after = link.powers();
    follows(
        link, "tauG1", isMultiple(before.tauG1(), after.tauG1(), tau, bases.get(PublicKey.TAU)));
    follows(link, "tauG2", isMultiple(before.tauG2(), after.tauG2(), tau));
    follows(
        link,
        "alphaG1",
        isMultiple(before.alphaG1(), after.alphaG1(), alpha, bases.get(PublicKey.ALPHA)));
    follows(
        link,
        "betaG1",
        isMultiple(before.betaG1(), after.betaG1(), beta, bases.get(PublicKey.BETA)));
    follows(link, "betaG2", isMultiple(before.betaG2(), after.betaG2(), beta));
    if (link.shown().beacon().isPresent()) {
      checkBeacon(link, link.shown().beacon().get().logIterations());
    }
    challenge = link.nextChallenge();
    before = after;
  }

  /**
   * Whether {@code after = x·before} for the key's secret x: {@code e(before, x·p) = e(after, p)}.
   */
  private static boolean isMultiple(G1 before, G1 after, PublicKey key, G2 base) {
    return Pairing.productIsOne(List.of(before, after.negate()), List.of(key.px(), base));
  }

  /** The same in G2: {@code e(s, after) = e(x·s, before)}. */
  private static boolean isMultiple(G2 before, G2 after, PublicKey key) {
    return Pairing.productIsOne(List.of(key.s(), key.sx().negate()), List.of(after, before));
  }

  private static void follows(Link link, String what, boolean holds) throws Refusal {
    if (!holds) {
      throw broken(link, "does not follow from the one before (" + what + ")");
    }
  }

  private void checkBeacon(Link link, int logIterations) throws Refusal {
    if (logIterations > MAX_LOG_ITERATIONS) {
      throw broken(
          link, "is a beacon of 2^%d hashes, too many to recompute".formatted(logIterations));
    }
    var keys = PublicKey.ofBeacon(hashed(link.beacon(), 1L << logIterations), challenge);
    if (!keys.equals(link.keys())) {
      throw broken(link, "does not come from its beacon");
    }
  }

  private byte[] hashed(byte[] beacon, long times) {
    MessageDigest sha;
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
    var hash = sha.digest(beacon);
    try {
      for (long i = 1; i < times; i++) {
        sha.update(hash);
        sha.digest(hash, 0, hash.length);
        if (i % PIECE == 0) {
          progress.update("beacon", i, times);
        }
      }
    } catch (DigestException e) {
      throw new IllegalStateException("A hash has room for itself", e);
    }
    return hash;
  }

  private static Refusal broken(Link link, String how) {
    return Refusal.damaged("has a contribution (%d) that %s", link.shown().number(), how);
  }
}
