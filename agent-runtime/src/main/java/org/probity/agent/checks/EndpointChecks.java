package org.probity.agent.checks;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.chain.ChainException;
import org.probity.chain.Head;
import org.probity.chain.WrongChain;
import org.probity.zk.Srs;

/** Whether a node can be relied on: it answers, is of the chain that is meant, and up to date. */
public final class EndpointChecks {

  /** Public chains make a block each few seconds: a newest one this old is not the newest. */
  private static final Duration BEHIND = Duration.ofMinutes(10);

  /** Block 0 of chains whose id others like to borrow. */
  private static final Map<Long, String> GENESIS =
      Map.of(
          1L, "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3",
          137L, "0xa9c28ce2141b56c474f1dc504bee9b01eb1bd7d1a507580d5519d4437a97de1b",
          11_155_111L, "0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9");

  private EndpointChecks() {}

  /**
   * Connects, and looks at the node.
   *
   * @param chainId that it must serve
   * @return the connection, for the caller to close; empty if it cannot be used
   */
  public static Optional<ChainClient> connect(
      Examination exam, URI endpoint, long chainId, InstantSource clock) {
    try {
      ChainClient chain = ChainClient.connect(endpoint, chainId);
      exam.add(CheckName.ENDPOINT, Finding.fine("%s answers".formatted(chain)));
      exam.add(CheckName.CHAIN_ID, Finding.fine("it serves chain %s".formatted(chainId)));
      look(exam, chain, clock);
      return Optional.of(chain);
    } catch (WrongChain e) {
      exam.add(CheckName.ENDPOINT, Finding.fine("it answers"));
      exam.fail(CheckName.CHAIN_ID, e);
      exam.skip("it serves another chain", CheckName.SYNCHRONISED, CheckName.GENESIS);
    } catch (RuntimeException e) {
      exam.fail(CheckName.ENDPOINT, e);
      exam.skip(
          "the endpoint does not answer",
          CheckName.CHAIN_ID,
          CheckName.SYNCHRONISED,
          CheckName.GENESIS);
    }
    return Optional.empty();
  }

  /** Looks at a node that is connected to: whether it is behind, and its block 0. */
  public static void look(Examination exam, ChainClient chain, InstantSource clock) {
    exam.look(CheckName.SYNCHRONISED, () -> synchronised(chain, clock));
    exam.look(CheckName.GENESIS, () -> genesis(chain));
  }

  private static Finding synchronised(ChainClient chain, InstantSource clock) {
    Head head = chain.head();
    if (isSynchronising(chain)) {
      return Finding.wrong(
          "The node is still synchronising, at block %s".formatted(head.number()),
          "wait until it is done, or name another");
    }
    long age = clock.instant().getEpochSecond() - head.timestamp();
    if (Srs.isLocalChain(chain.chainId())) {
      return Finding.fine("block %s; a local chain's time is its own".formatted(head.number()));
    }
    return age > BEHIND.toSeconds()
        ? Finding.wrong(
            "The node's newest block %s is %s min old".formatted(head.number(), age / 60),
            "wait until the node has caught up, name another, or set this machine's clock")
        : Finding.fine("block %s, %s s old".formatted(head.number(), age));
  }

  /** Not every node answers this; one that does not is judged by its newest block alone. */
  private static boolean isSynchronising(ChainClient chain) {
    try {
      JsonNode answer = chain.request("eth_syncing");
      return answer.isObject();
    } catch (ChainException e) {
      return false;
    }
  }

  private static Finding genesis(ChainClient chain) {
    Optional<Head> first;
    try {
      first = chain.head(BlockTag.at(0));
    } catch (ChainException e) {
      first = Optional.empty();
    }
    if (first.isEmpty()) {
      return Finding.notLookedAt("the node does not have block 0 any more");
    }
    String expected = GENESIS.get(chain.chainId());
    String found = first.get().hash().hex();
    return expected == null || expected.equals(found)
        ? Finding.fine("block 0 is %s".formatted(found))
        : Finding.doubtful(
            "The node says chain %s, and its block 0 is %s instead of %s"
                .formatted(chain.chainId(), found, expected),
            "go on only if this is a private chain of yours with a borrowed id");
  }
}
