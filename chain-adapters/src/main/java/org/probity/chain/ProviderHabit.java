package org.probity.chain;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How nodes and providers say what they have no common word for. JSON-RPC gives them a code and a
 * text; they agree on neither, so both are matched, the more particular habits first.
 *
 * <p>Each row quotes an answer as it was seen, and the public report that quotes it. A new habit is
 * a new row; nothing else in this package looks at the words of a node.
 */
enum ProviderHabit {

  // ---- eth_getLogs: the range is too wide, or has too many entries in it ----

  INFURA_RESULTS(
      Meaning.RANGE_TOO_WIDE,
      -32_005,
      "query returned more than 10000 results",
      "returned more than|too many results|max results|logs matched by query"
          + "|response size|response (is )?too (large|big)|log limit",
      "INFURA/infura#237"),
  INFURA_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_602,
      "range 1000000 exceeds limit of 10000",
      "range \\d+ exceeds|exceeds? (the )?(max(imum)? )?(block )?range|ranges over \\d+ blocks",
      "INFURA/infura#237"),
  QUERY_TIMEOUT(
      Meaning.RANGE_TOO_WIDE,
      -32_005,
      "query timeout exceeded",
      "query timeout|query (is )?tak(es|ing) too long|request timed out|execution timeout",
      "ponder-sh/ponder#2386"),
  BSC_LIMIT(
      Meaning.RANGE_TOO_WIDE, -32_005, "limit exceeded", "^limit exceeded$", "bnb-chain/bsc#1215"),
  THIRDWEB_BLOCKS(
      Meaning.RANGE_TOO_WIDE,
      -32_005,
      "Maximum allowed number of requested blocks is 500",
      "number of requested blocks",
      "DefiLlama#280"),
  ALCHEMY_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_600,
      "You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x1a30dfd, 0x1a30ff0]",
      "up to a \\w+ block range",
      "boundless-xyz/boundless#838"),
  QUICKNODE_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_614,
      "eth_getLogs is limited to a 10,000 range",
      "limited to a [\\d,.]+ (blocks? )?range",
      "OffchainLabs/arbitrum-sdk#609"),
  MORPH_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_000,
      "block range is larger than max block range, block range = 5120, max block range = 5000",
      "block range|range too (large|wide)|range limit",
      "enviodev/hyperindex#605"),
  SCROLL_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_000,
      "block range is bigger than maxBlockRange",
      "maxblockrange",
      "scroll-tech/go-ethereum#529"),

  // ---- Asked too often ----

  INFURA_RATE(
      Meaning.RATE_LIMIT,
      -32_005,
      "daily request count exceeded, request rate limited",
      "rate.?limit|request count exceeded|compute units|quota|throttl",
      "almindor/etherwall#130"),
  QUICKNODE_RATE(
      Meaning.RATE_LIMIT,
      -32_012,
      "credits limited to 6000/sec",
      "limited to \\d+/sec|request limit|requests? per|per second",
      "foundry-rs/foundry#6712"),
  TOO_MANY(
      Meaning.RATE_LIMIT,
      -32_005,
      "Too Many Requests error received from kovan.rpc.hop.exchange",
      "too many requests",
      "hop-protocol/hop#56"),

  // ---- Batches ----

  BATCH_MANY(
      Meaning.BATCH_TOO_LARGE,
      -32_600,
      "Batch of more than 3 requests are not allowed on free tier",
      "batch of more than (\\d+)|max(?:imum)? batch (?:size|limit) (?:of |is )?(\\d+)"
          + "|max limit of (\\d+)",
      "hemilabs/ui-monorepo#887"),
  JSONRPSEE_BATCH(
      Meaning.BATCH_TOO_LARGE,
      -32_010,
      "The batch request was too large",
      "batch (is |size |request |limit |was )*(too (large|big)|exceed)|too (large|big|many) .*batch",
      "paritytech/jsonrpsee#1107"),
  BESU_BATCH(
      Meaning.BATCH_TOO_LARGE,
      -32_602,
      "Number of requests in batch exceeds --rpc-max-batch-size.",
      "requests in batch exceeds|rpc-max-batch-size",
      "besu-eth/besu#4951"),
  NO_BATCH(
      Meaning.BATCH_REFUSED,
      -32_600,
      "batch requests are not supported",
      "batch.*(not (supported|allowed|enabled|available)|unsupported|disabled|forbidden)"
          + "|(not support|no support).*batch",
      "paritytech/jsonrpsee#744"),

  // ---- A block or state that the node has not got ----

  GETH_HEADER(
      Meaning.BLOCK_UNKNOWN,
      -32_000,
      "header not found",
      "header not found|header for hash not found|unknown block|block .*not found|could not find block"
          + "|\\d could not be found|(block|header) .*does not exist",
      "MetaMask/metamask-extension#7234"),
  ANVIL_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_602,
      "BlockOutOfRangeError: block height is 105 but requested was 106",
      "blockoutofrange|requested was",
      "foundry-rs/foundry#10709"),
  PROXYD(
      Meaning.BLOCK_UNKNOWN,
      -32_011,
      "no backend is currently healthy to serve traffic",
      "no backend is current",
      "okx/xlayer-erigon#442"),
  PRUNED(
      Meaning.STATE_PRUNED,
      -32_000,
      "missing trie node c6ebfa18 (path ) state 0xc6ebfa18 is not available, not found",
      "missing trie node|state .*not available|pruned|historical state",
      "0xPolygon/bor#1303"),

  // ---- eth_sendRawTransaction ----

  GETH_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "already known",
      "already.?known",
      "ethereum/go-ethereum#22093"),
  NETHERMIND_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_010,
      "AlreadyKnown",
      "^alreadyknown",
      "ethpandaops/ethereum-package#276"),
  BESU_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "Known transaction",
      "known transaction",
      "ethers-io/ethers.js#1183"),
  PARITY_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_010,
      "Transaction with the same hash was already imported.",
      "already.*(imported|exists|in (the )?(mem|tx)?_?pool|received)|alreadyexists|in cache"
          + "|duplicate transaction",
      "NethermindEth/nethermind#1010"),
  REPLACEMENT(
      Meaning.REPLACEMENT_UNDERPRICED,
      -32_000,
      "replacement transaction underpriced",
      "replacement|could not replace|replacenotallowed|to replace",
      "scroll-tech/rollup-node#112"),
  NONCE(Meaning.NONCE_USED, -32_000, "nonce too low", "nonce", "NethermindEth/nethermind#1010"),
  POLYGON_TIP(
      Meaning.TIP_TOO_LOW,
      -32_000,
      "transaction gas price below minimum: gas tip cap 1000000000, minimum needed 25000000000",
      "tip.*minimum|minimum.*tip|below minimum|priorityfee\\w* .*(too low|less than|below)",
      "WayfinderFoundation/wayfinder-paths-sdk#379"),
  NODES_FEE_CAP(
      Meaning.FEE_ABOVE_NODES_CAP,
      -32_000,
      "tx fee (1.63 ether) exceeds the configured cap (1.00 ether)",
      "exceeds the configur",
      "ethereum-optimism/optimism#8819"),
  UNDERPRICED(
      Meaning.FEE_TOO_LOW,
      -32_000,
      "transaction underpriced",
      "underpriced|less than block base fee|feetoolow|(fee|price) .*(too low|less than|below)",
      "0xPolygon/launch#62"),
  POOL_FULL(
      Meaning.POOL_FULL,
      -32_003,
      "txpool is full",
      "pool is full|too many transactions in the queue",
      "scroll-tech/rollup-node#112");

  /** What a node means. */
  enum Meaning {
    /** Of a range of logs: it would give a shorter one. */
    RANGE_TOO_WIDE,
    /** It wants to be asked less often. */
    RATE_LIMIT,
    /** It takes single requests only. */
    BATCH_REFUSED,
    /** It takes smaller batches. */
    BATCH_TOO_LARGE,
    /** It has not got the block yet, or is on another branch. */
    BLOCK_UNKNOWN,
    /** It has not got the state of that block any more. */
    STATE_PRUNED,
    /** It has the transaction already: that is success. */
    ALREADY_KNOWN,
    /** The nonce is used, or not the next one. */
    NONCE_USED,
    /** It has another transaction with this nonce that offers too much to be replaced by this. */
    REPLACEMENT_UNDERPRICED,
    /** It takes no transaction with so low a tip; it may name the least. */
    TIP_TOO_LOW,
    /** It takes no transaction with so low a fee at the moment. */
    FEE_TOO_LOW,
    /** The node's own limit on what a transaction may pay. */
    FEE_ABOVE_NODES_CAP,
    /** Its pool has no room. */
    POOL_FULL;

    private boolean isAbout(String method) {
      return switch (this) {
        case RATE_LIMIT, BATCH_REFUSED, BATCH_TOO_LARGE -> true;
        case RANGE_TOO_WIDE -> method.equals("eth_getLogs");
        case BLOCK_UNKNOWN, STATE_PRUNED -> !method.startsWith("eth_send");
        case ALREADY_KNOWN,
            NONCE_USED,
            REPLACEMENT_UNDERPRICED,
            TIP_TOO_LOW,
            FEE_TOO_LOW,
            FEE_ABOVE_NODES_CAP,
            POOL_FULL ->
            method.equals("eth_sendRawTransaction");
      };
    }
  }

  private static final int LIMIT_EXCEEDED = -32_005; // EIP-1474
  private static final int TOO_MANY_REQUESTS = 429; // HTTP's, which some put here
  private static final int REVERTED = 3;
  private static final int NO_SUCH_METHOD = -32_601;
  private static final Pattern AMOUNT =
      Pattern.compile(
          "(?:needed|required|at least|minimum|min|>=?)[ :=]*(?:is |of |tip )*(\\d{1,30})(?!\\d)");
  private static final Pattern RETRY =
      Pattern.compile("(?:retry|again) (?:in|after) (\\d{1,4}) ?s");

  private final Meaning meaning;
  private final int code;
  private final String said;
  private final Pattern words;
  private final String report;

  ProviderHabit(Meaning meaning, int code, String said, String words, String report) {
    this.meaning = meaning;
    this.code = code;
    this.said = said;
    this.words = Pattern.compile(words);
    this.report = report;
  }

  Meaning meaning() {
    return meaning;
  }

  /** The code that the quoted answer came with. */
  int code() {
    return code;
  }

  /** An answer as it was seen. */
  String said() {
    return said;
  }

  /** Where it was reported: repository and number. */
  String report() {
    return report;
  }

  /** What a node means by refusing {@code method} like this; empty if no habit is known. */
  static Optional<Meaning> meaning(String method, int code, String message) {
    String text = message.toLowerCase(Locale.ROOT);
    if (code == REVERTED || code == NO_SUCH_METHOD) {
      return Optional.empty();
    }
    Optional<Meaning> said =
        Arrays.stream(values())
            .filter(habit -> habit.meaning.isAbout(method))
            .filter(habit -> habit.words.matcher(text).find())
            .map(ProviderHabit::meaning)
            .findFirst();
    return said.or(() -> byCode(method, code));
  }

  /** EIP-1474 gives one code to every limit. */
  private static Optional<Meaning> byCode(String method, int code) {
    return switch (code) {
      case TOO_MANY_REQUESTS -> Optional.of(Meaning.RATE_LIMIT);
      case LIMIT_EXCEEDED ->
          Optional.of(method.equals("eth_getLogs") ? Meaning.RANGE_TOO_WIDE : Meaning.RATE_LIMIT);
      default -> Optional.empty();
    };
  }

  /** The least tip that a refusal names, in wei. */
  static Optional<BigInteger> leastTip(String message) {
    Matcher named = AMOUNT.matcher(message.toLowerCase(Locale.ROOT));
    return named.find() ? Optional.of(new BigInteger(named.group(1))) : Optional.empty();
  }

  /** In how many seconds a refusal says to come back. */
  static Optional<Long> retryInSeconds(String message) {
    Matcher named = RETRY.matcher(message.toLowerCase(Locale.ROOT));
    return named.find() ? Optional.of(Long.parseLong(named.group(1))) : Optional.empty();
  }

  /** How many requests a batch may have, if a refusal names it. */
  static Optional<Integer> batchSize(String message) {
    Matcher named = BATCH_MANY.words.matcher(message.toLowerCase(Locale.ROOT));
    if (!named.find()) {
      return Optional.empty();
    }
    for (int i = 1; i <= named.groupCount(); i++) {
      String digits = named.group(i);
      if (digits != null && digits.length() < 6) {
        return Optional.of(Math.max(1, Integer.parseInt(digits)));
      }
    }
    return Optional.empty();
  }
}
