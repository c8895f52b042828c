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
 * a new row; nothing else in this package looks at the words of a node. What a contract says while
 * it reverts is no habit of a node, whatever the words.
 */
enum ProviderHabit {

  // ---- eth_getLogs: the range is beyond what the node has ----

  LOGS_OF_TOMORROW(
      Meaning.BLOCK_UNKNOWN,
      -32_602,
      "block range extends beyond current head block",
      "beyond (the )?(current )?head",
      "ethereum/execution-apis#875"),

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
  INFURA_TIME(
      Meaning.RANGE_TOO_WIDE,
      -32_005,
      "query timeout exceeded",
      "query timeout|query (is )?tak(es|ing) too long|request timed out|execution timeout",
      "rotki/rotki#8875"),
  ALCHEMY_TIME(
      Meaning.RANGE_TOO_WIDE,
      -32_000,
      "Query timeout exceeded. Consider reducing your block range.",
      "reduc\\w+ (your|the|query)( query)? block range",
      "worldcoin/signup-sequencer#274"),
  BSC_LIMIT(
      Meaning.RANGE_TOO_WIDE, -32_005, "limit exceeded", "^limit exceeded$", "bnb-chain/bsc#1215"),
  BSC_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_000,
      "exceed maximum block range: 5000",
      "exceed\\w* max(imum)? block range",
      "AlphaWallet/alpha-wallet-android#2736"),
  THIRDWEB_BLOCKS(
      Meaning.RANGE_TOO_WIDE,
      -32_005,
      "Log response size exceeded. Maximum allowed number of requested blocks is 1000",
      "number of requested blocks",
      "ponder-sh/ponder/packages/utils/src/getLogsRetryHelper.ts"),
  ALCHEMY_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_600,
      "You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x1a30dfd, 0x1a30ff0]",
      "up to a \\w+ block range",
      "boundless-xyz/boundless#838"),
  ALCHEMY_SIZE(
      Meaning.RANGE_TOO_WIDE,
      -32_600,
      "Response size is larger than 150MB limit",
      "response size",
      "ponder-sh/ponder#407"),
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
  CHAINSTACK_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_602,
      "Block range limit exceeded. See more details at https://docs.chainstack.com/docs/limits#evm-range-limits",
      "block range limit",
      "matter-labs/zksync-era#2974"),
  SCROLL_RANGE(
      Meaning.RANGE_TOO_WIDE,
      -32_000,
      "block range is bigger than maxBlockRange",
      "maxblockrange",
      "scroll-tech/go-ethereum#529"),
  HYPERLIQUID_SIZE(
      Meaning.RANGE_TOO_WIDE,
      -32_008,
      "Response is too big",
      "response is too big",
      "hyperliquid-dex/node#65"),

  // ---- Asked too often ----

  INFURA_RATE(
      Meaning.RATE_LIMIT,
      -32_005,
      "daily request count exceeded, request rate limited",
      "rate.?limit|request count exceeded|compute units|quota|throttl",
      "blockscout/blockscout#7339"),
  INFURA_PACE(
      Meaning.RATE_LIMIT,
      -32_005,
      "legacy access request rate exceeded",
      "request rate|rate exceeded|\\brps\\b|exceeded .*throughput",
      "herdius/herdius-core#58"),
  ALCHEMY_MONTH(
      Meaning.RATE_LIMIT,
      -32_600,
      "Monthly capacity limit exceeded. Visit https://dashboard.alchemyapi.io/settings/billing to upgrade your scaling policy for continued service.",
      "capacity limit|requests capacity|usage limit",
      "xmtp/xmtpd#672"),
  QUICKNODE_RATE(
      Meaning.RATE_LIMIT,
      -32_012,
      "credits limited to 6000/sec",
      "limited to \\d+/sec|request limit|requests? per|per second",
      "foundry-rs/foundry#6712"),
  PROXYD_RATE(Meaning.RATE_LIMIT, -32_016, "over rate limit", "rate limit", "base/node#368"),
  TOO_MANY(
      Meaning.RATE_LIMIT,
      -32_603,
      "Too Many Requests",
      "too many requests",
      "ethereumbook/ethereumbook#973"),

  // ---- Batches ----

  DRPC_BATCH(
      Meaning.BATCH_TOO_LARGE,
      -32_600,
      "Batch of more than 3 requests are not allowed on free tier, to use this feature register paid account at drpc.org",
      "batch of more than (\\d+)|max(?:imum)? batch (?:size|limit) (?:of |is )?(\\d+)"
          + "|max limit of (\\d+)",
      "zama-ai/relayer-sdk/src/core/actions/host/readInputVerifierContractData.ts"),
  GETH_BATCH(
      Meaning.BATCH_TOO_LARGE, -32_600, "batch too large", "batch too large", "base/node#234"),
  GETH_BATCH_ANSWER(
      Meaning.BATCH_TOO_LARGE,
      -32_003,
      "response too large",
      "response (is )?too (large|big)",
      "ethereum/go-ethereum#33814"),
  JSONRPSEE_BATCH(
      Meaning.BATCH_TOO_LARGE,
      -32_010,
      "The batch request was too large",
      "batch.*(too (large|big|many|long)|exceed|limit|maximum)|too (large|big|many) .*batch"
          + "|(exceed|maximum|in (1|one)\\b).*batch",
      "AcalaNetwork/subway#183"),
  BESU_BATCH(
      Meaning.BATCH_TOO_LARGE,
      -32_602,
      "Number of requests in batch exceeds --rpc-max-batch-size.",
      "requests in batch exceeds|rpc-max-batch-size",
      "besu-eth/besu#4951"),
  HEDERA_BATCH(
      Meaning.BATCH_REFUSED,
      -32_202,
      "Batch requests are disabled",
      "batch.*(not (supported|allowed|enabled|available)|unsupported|disabled|forbidden)"
          + "|(not support|no support).*batch",
      "hiero-ledger/hiero-json-rpc-relay#2078"),

  // ---- A block or state that the node has not got ----

  GETH_HEADER(
      Meaning.BLOCK_UNKNOWN,
      -32_000,
      "header not found",
      "header not found|header for hash not found|unknown block|block .*not found|could not find block"
          + "|(block|header) .*(does not|doesn't) exist|cannot be found",
      "MetaMask/metamask-extension#7234"),
  BESU_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_000,
      "Block not found",
      "block not found",
      "ethereum/execution-apis#534"),
  NETHERMIND_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_000,
      "4294967295 could not be found",
      "[\\da-f] could not be found",
      "NethermindEth/nethermind#11173"),
  ERIGON_BLOCK(
      Meaning.BLOCK_UNKNOWN, -39_001, "Unknown block", "unknown block", "erigontech/erigon#19184"),
  ERIGON_BRANCH(
      Meaning.BLOCK_UNKNOWN,
      -32_603,
      "hash 0d30235c89b4c59bffbf3d8997921d6b666835f4e7ea8eb262dcd140a000f20e is not currently canonical",
      "not (currently )?canonical",
      "erigontech/erigon#12081"),
  AVALANCHE_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_000,
      "cannot query unfinalized data",
      "unfinalized data|after last accepted",
      "subsquid/squid-sdk#559"),
  ANVIL_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_602,
      "BlockOutOfRangeError: block height is 105 but requested was 106",
      "blockoutofrange|requested was",
      "foundry-rs/foundry#10709"),
  PROXY_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_603,
      "upstream does not have the requested block yet",
      "does not have the requested block",
      "NethermindEth/nethermind#11173"),
  PROXYD_BLOCK(
      Meaning.BLOCK_UNKNOWN,
      -32_019,
      "block is out of range",
      "block is out of range",
      "ethereum-optimism/optimism#17688"),
  PROXYD(
      Meaning.BLOCK_UNKNOWN,
      -32_011,
      "no backend is currently healthy to serve traffic",
      "no backend is current",
      "hemilabs/heminetwork#491"),
  GETH_STATE(
      Meaning.STATE_PRUNED,
      -32_000,
      "missing trie node c6ebfa185e24077a555f06caaf4b78d9e0ae9dcb7a693ec753e856f49f55c85c (path ) state 0xc6ebfa185e24077a555f06caaf4b78d9e0ae9dcb7a693ec753e856f49f55c85c is not available, not found",
      "missing trie node|state .*not available|historical state",
      "0xPolygon/bor#1303"),
  GETH_HISTORY(
      Meaning.STATE_PRUNED,
      4_444,
      "pruned history unavailable",
      "pruned",
      "NethermindEth/nethermind#12090"),
  PARITY_STATE(
      Meaning.STATE_PRUNED,
      -32_000,
      "This request is not supported because your node is running with state pruning. Run with --pruning=archive.",
      "state pruning",
      "openethereum/openethereum#178"),
  INFURA_STATE(
      Meaning.STATE_PRUNED,
      -32_002,
      "project ID does not have access to archive state",
      "archive (state|data|node|request)",
      "status-im/status-legacy#13361"),
  NETHERMIND_STATE(
      Meaning.STATE_PRUNED,
      -32_002,
      "No state available for block 0x3f9e020290502d1d41f4b5519e7d456f0935dea980ec310935206cac8239117e",
      "no state available",
      "yearn/yearn-exporter/yearn/utils.py"),

  // ---- eth_sendRawTransaction ----

  GETH_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "already known",
      "already.?known",
      "ethereum/go-ethereum#22093"),
  ERIGON_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "ALREADY_EXISTS: already known",
      "already_exists",
      "xclud/web3dart#100"),
  NETHERMIND_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "AlreadyKnown",
      "^alreadyknown",
      "NethermindEth/nethermind#12153"),
  BESU_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_000,
      "Known transaction",
      "known transaction",
      "ethers-io/ethers.js#1183"),
  ZKSYNC_KNOWN(
      Meaning.ALREADY_KNOWN,
      3,
      "known transaction. transaction with hash 0xf016…ad63 is already in the system",
      "already in the system",
      "smartcontractkit/chainlink#12338"),
  PARITY_KNOWN(
      Meaning.ALREADY_KNOWN,
      -32_010,
      "Transaction with the same hash was already imported.",
      "already.*(imported|exist|in (the )?(mem|tx)?_?pool|received|finalized)|in cache"
          + "|duplicate transaction",
      "raiden-network/raiden#5556"),
  GETH_REPLACEMENT(
      Meaning.REPLACEMENT_UNDERPRICED,
      -32_000,
      "replacement transaction underpriced",
      "replacement|replacenotallowed|to replace",
      "youwallet/wallet#123"),
  ERIGON_REPLACEMENT(
      Meaning.REPLACEMENT_UNDERPRICED,
      -32_000,
      "INTERNAL_ERROR: could not replace existing tx",
      "could not replace",
      "okx/xlayer-erigon#180"),
  PARITY_REPLACEMENT(
      Meaning.REPLACEMENT_UNDERPRICED,
      -32_010,
      "Transaction gas price supplied is too low. There is another transaction with same nonce in the queue. Try increasing the gas price or incrementing the nonce.",
      "another (transaction|tx) .*same nonce",
      "raiden-network/light-client#2843"),
  ARBITRUM_NONCE(
      Meaning.NONCE_AHEAD,
      -32_000,
      "nonce too high",
      "nonce.*(too high|gap|too far|future)|(future|gapped)\\W?nonce",
      "OffchainLabs/arbitrum-docs#3291"),
  GETH_NONCE(
      Meaning.NONCE_USED,
      -32_000,
      "nonce too low",
      "nonce",
      "tradingstrategy-ai/web3-ethereum-defi#153"),
  PARITY_NONCE(
      Meaning.NONCE_USED,
      -32_010,
      "Transaction nonce is too low. Try incrementing the nonce.",
      "nonce is too low",
      "AndreMiras/PyWallet#21"),
  FRONTIER_NONCE(
      Meaning.NONCE_USED,
      -32_603,
      "submit transaction to pool failed: Pool(InvalidTransaction(InvalidTransaction::Stale))",
      "\\bstale\\b",
      "moonbeam-foundation/moonbeam#175"),
  POLYGON_TIP(
      Meaning.TIP_TOO_LOW,
      -32_000,
      "transaction gas price below minimum: gas tip cap 1000000000, minimum needed 25000000000",
      "\\btip.*minimum|minimum.*\\btip\\b|below minimum",
      "WayfinderFoundation/wayfinder-paths-sdk#379"),
  BSC_TIP(
      Meaning.TIP_TOO_LOW,
      -32_000,
      "transaction underpriced: tip needed 3000000000, tip permitted 1000000000",
      "tip needed",
      "bnb-chain/bsc#2387"),
  NETHERMIND_TIP(
      Meaning.TIP_TOO_LOW,
      -32_010,
      "FeeTooLow, EffectivePriorityFeePerGas too low 882298153 < 1000000000, BaseFee: 7",
      "priorityfee\\w* .*(too low|less than|below)",
      "RequestNetwork/requestNetwork#1075"),
  GETH_FEE_CAP(
      Meaning.FEE_ABOVE_NODES_CAP,
      -32_000,
      "tx fee (1.63 ether) exceeds the configured cap (1.00 ether)",
      "exceeds the configur",
      "ethereum-optimism/optimism#8819"),
  BESU_FEE_CAP(
      Meaning.FEE_ABOVE_NODES_CAP,
      -32_000,
      "Transaction fee cap exceeded",
      "fee ?cap exceeded",
      "smartcontractkit/chainlink/core/chains/evm/client/errors.go"),
  GETH_UNDERPRICED(
      Meaning.FEE_TOO_LOW,
      -32_000,
      "transaction underpriced",
      "underpriced|less than block base fee|feetoolow",
      "tellor-io/telliot-feeds#623"),
  BESU_UNDERPRICED(
      Meaning.FEE_TOO_LOW,
      -32_009,
      "Gas price below configured minimum gas price",
      "(fee|price) .*(too low|less than|below)",
      "besu-eth/besu#4506"),
  RETH_POOL(
      Meaning.POOL_FULL,
      -32_003,
      "txpool is full",
      "pool is full|pool full|queue (is )?full",
      "paradigmxyz/reth#13245"),
  PARITY_POOL(
      Meaning.POOL_FULL,
      -32_010,
      "There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.",
      "too many transactions in the queue",
      "openethereum/parity-ethereum#10671");

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
    /** It has not got the state of that block any more or, of a new block, not yet. */
    STATE_PRUNED,
    /** It has the transaction already: that is success. */
    ALREADY_KNOWN,
    /** The nonce is used. */
    NONCE_USED,
    /** The nonce is not the next one: the node has not seen yet what comes before it. */
    NONCE_AHEAD,
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
            NONCE_AHEAD,
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
  private static final int UNKNOWN_BLOCK = -39_001;
  private static final int PRUNED_HISTORY = 4_444; // EIP-4444
  private static final int NO_SUCH_METHOD = -32_601;
  private static final Pattern AMOUNT =
      Pattern.compile(
          "(?:needed|required|at least|minimum|min|[<>]=?)[ :=]*(?:is |of |tip )*(\\d{1,30})(?!\\d)");
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

  /** Where it is quoted: a repository and the number of a report, or a file in it. */
  String report() {
    return report;
  }

  /** What a node means by refusing {@code method} like this; empty if no habit is known. */
  static Optional<Meaning> meaning(String method, int code, String message) {
    String text = message.toLowerCase(Locale.ROOT);
    if (reverted(method, code, text) || code == NO_SUCH_METHOD) {
      return Optional.empty(); // the words are a contract's
    }
    Optional<Meaning> said =
        Arrays.stream(values())
            .filter(habit -> habit.meaning.isAbout(method))
            .filter(habit -> habit.words.matcher(text).find())
            .map(ProviderHabit::meaning)
            .findFirst();
    return said.or(() -> byCode(method, code));
  }

  /**
   * Whether a contract reverted. Geth and others give this a code of its own, which zkSync gives to
   * every refusal of a transaction.
   */
  static boolean reverted(String method, int code, String message) {
    return code == REVERTED && !method.equals("eth_sendRawTransaction")
        || message.toLowerCase(Locale.ROOT).contains("revert");
  }

  /** EIP-1474 gives one code to every limit. */
  private static Optional<Meaning> byCode(String method, int code) {
    return switch (code) {
      case TOO_MANY_REQUESTS -> Optional.of(Meaning.RATE_LIMIT);
      case LIMIT_EXCEEDED ->
          Optional.of(method.equals("eth_getLogs") ? Meaning.RANGE_TOO_WIDE : Meaning.RATE_LIMIT);
      case UNKNOWN_BLOCK -> Optional.of(Meaning.BLOCK_UNKNOWN).filter(m -> m.isAbout(method));
      case PRUNED_HISTORY -> Optional.of(Meaning.STATE_PRUNED).filter(m -> m.isAbout(method));
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
    Matcher named = DRPC_BATCH.words.matcher(message.toLowerCase(Locale.ROOT));
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
