package org.probity.zk;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import org.probity.ground.Bytes32;
import org.probity.zk.backend.ComputeBackend;

/**
 * Everything a verifier is given, as a value to change one thing of: the contract's arguments.
 * {@link Bench} runs both verifiers on it.
 */
record Verification(
    byte[] key, BigInteger[] features, BigInteger[] decision, Bytes32 context, byte[] proof) {

  Verification withKey(byte[] other) {
    return new Verification(other, features, decision, context, proof);
  }

  Verification withFeatures(BigInteger... other) {
    return new Verification(key, other, decision, context, proof);
  }

  Verification withDecision(BigInteger... other) {
    return new Verification(key, features, other, context, proof);
  }

  Verification withContext(byte[] other) {
    return new Verification(key, features, decision, Bytes32.of(other), proof);
  }

  Verification withProof(byte[] other) {
    return new Verification(key, features, decision, context, other);
  }

  /** With other bytes in the proof from {@code offset} on. */
  Verification withProof(int offset, byte[] other) {
    var changed = proof.clone();
    System.arraycopy(other, 0, changed, offset, other.length);
    return withProof(changed);
  }

  /** The 32-byte word of the proof at {@code offset}. */
  BigInteger proofWord(int offset) {
    return new BigInteger(1, proof, offset, 32);
  }

  static BigInteger[] integers(int... values) {
    return Arrays.stream(values).mapToObj(BigInteger::valueOf).toArray(BigInteger[]::new);
  }

  /** A reference string, a prover, and both verifiers over it. */
  static final class Bench {
    private static final ComputeBackend BACKEND = ComputeBackend.best();

    final Srs srs;
    final ProofVerifier java;
    final Evm evm = Evm.shared();
    final String contract;
    private final Prover prover;

    Bench(int logSize, long seed) {
      this(Srs.development(logSize, Networks.seeded(seed)), seed);
    }

    Bench(Srs srs, long seed) {
      this.srs = srs;
      java = new ProofVerifier(srs);
      contract = evm.deployVerifier(srs.tauG2Words()).orElseThrow();
      prover = new Prover(srs, BACKEND, Networks.seeded(seed + 1));
    }

    /** An honest proof of what the network decides on random features. */
    Verification prove(Network network, Random random) {
      var model = CommittedModel.commit(network, srs, BACKEND, Networks.seeded(random.nextLong()));
      return prove(model, random);
    }

    Verification prove(CommittedModel model, Random random) {
      var network = model.network();
      var features = Networks.features(random, network.architecture().inputs());
      var decision = network.decide(features);
      var context = Networks.context(random);
      var proof = prover.prove(model, features, decision, context);
      return new Verification(
          model.key().bytes(),
          integers(features.toArray()),
          integers(decision.words()),
          context,
          proof.bytes());
    }

    Verdict java(Verification v) {
      return java.verify(v.key, v.features, v.decision, v.context, v.proof);
    }

    Verdict evm(Verification v) {
      return evm.verify(contract, v.key, v.features, v.decision, v.context, v.proof);
    }

    /** The verdict of both, which must be one. */
    Verdict both(Verification v) {
      var verdict = java(v);
      assertThat(evm(v)).as("the EVM's verdict").isEqualTo(verdict);
      return verdict;
    }
  }
}
