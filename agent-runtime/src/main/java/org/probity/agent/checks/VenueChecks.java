package org.probity.agent.checks;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.probity.agent.Token;
import org.probity.chain.AbiFunction;
import org.probity.chain.AbiValues;
import org.probity.chain.Address;
import org.probity.chain.BlockTag;
import org.probity.chain.Bytes;
import org.probity.chain.Call;
import org.probity.chain.CallReverted;
import org.probity.chain.ChainClient;
import org.probity.chain.ContractArtifact;
import org.probity.chain.RevertReason;
import org.probity.ground.Bytes32;
import org.probity.intent.Vault;
import org.probity.intent.VaultDeployment;
import org.probity.intent.VaultDeployment.Surroundings;
import org.probity.intent.policy.VenueWay;
import org.probity.intent.policy.VenueWay.PoolKey;
import org.probity.settings.PolicySettings;
import org.probity.settings.PolicySettings.TokenFacts;
import org.probity.settings.PolicySettings.Venue;
import org.probity.settings.PolicySettings.VenueFacts;

/**
 * Whether a policy's venues can be traded at, before there is a vault. What their ways cost and
 * have is asked of this release's actions themselves, which need not be deployed: a node makes and
 * asks them in one call that changes nothing.
 */
final class VenueChecks {

  private static final ContractArtifact PROBE = ContractArtifact.load("CreationProbe");
  private static final AbiFunction FEE_OF =
      AbiFunction.parse(
          "feeOf(bytes parameters, address asset, address numeraire) returns (uint256 fee)");
  private static final AbiFunction LIQUIDITY =
      AbiFunction.parse("liquidity(bytes parameters, address asset) returns (uint256 liquidity)");
  private static final AbiFunction EXTSLOAD =
      AbiFunction.parse("extsload(bytes32 slot) returns (bytes32 value)");
  private static final AbiFunction TOKEN0 = AbiFunction.parse("token0() returns (address token)");
  private static final AbiFunction TOKEN1 = AbiFunction.parse("token1() returns (address token)");

  /** Where the pool manager keeps its pools, and in the first word of each the protocol's fee. */
  private static final int POOLS_SLOT = 6;

  private static final int PROTOCOL_FEE_SHIFT = 184;
  private static final BigInteger PROTOCOL_FEE_MASK = BigInteger.valueOf(0xff_ffff);

  private final Examination exam;
  private final ChainClient chain;
  private final PolicySettings written;
  private final Surroundings surroundings;
  private final List<Token> assets;

  /**
   * @param assets of the policy, the numeraire first
   */
  VenueChecks(
      Examination exam,
      ChainClient chain,
      PolicySettings written,
      Surroundings surroundings,
      List<Token> assets) {
    this.exam = exam;
    this.chain = chain;
    this.written = written;
    this.surroundings = surroundings;
    this.assets = List.copyOf(assets);
  }

  /** Looks at all venues; fewer are found than there are if one cannot be traded at. */
  List<VenueFacts> look() {
    List<VenueFacts> found = new ArrayList<>();
    Map<Address, Address> between = new LinkedHashMap<>();
    for (Venue venue : written.venues()) {
      exam.find(CheckName.VENUE, () -> facts(venue, between), facts -> words(venue, facts))
          .ifPresent(found::add);
    }
    TokenChecks looking = new TokenChecks(exam, chain);
    between.forEach((token, holder) ->
        looking.token(token.toString(), token).ifPresent(known -> looking.transfer(known, holder)));
    return found;
  }

  private static String words(Venue venue, VenueFacts facts) {
    return "%s charges %s and has a liquidity of %s"
        .formatted(venue.name(), percent(facts.fee()), facts.liquidity());
  }

  private static String percent(int fee) {
    return BigDecimal.valueOf(fee, 4).stripTrailingZeros().toPlainString() + " %";
  }

  /**
   * @param between is told the tokens that are passed on the way, each with who holds some
   */
  private VenueFacts facts(Venue venue, Map<Address, Address> between) {
    List<TokenFacts> tokens =
        assets.stream().map(token -> new TokenFacts(token.address(), token.decimals())).toList();
    Address asset = tokens.get(venue.asset()).address();
    Address numeraire = tokens.getFirst().address();
    VenueWay plain = written.way(venue, tokens, List.of());
    Call action = action(venue, plain);
    List<Integer> protocolFees =
        plain instanceof VenueWay.OfKeys(List<PoolKey> keys)
            ? keys.stream().map(this::protocolFee).toList()
            : List.of();
    VenueWay way = written.way(venue, tokens, protocolFees);
    BigInteger fee = ask(venue, action, FEE_OF, way.parameters(), asset, numeraire).integer("fee");
    BigInteger liquidity =
        ask(venue, action, LIQUIDITY, way.parameters(), asset).integer("liquidity");
    BigInteger least = venue.least().of(liquidity);
    if (liquidity.signum() == 0 || liquidity.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          "The venue %s has a liquidity of %s, and the policy trades there only from %s on: lower its min-liquidity, or leave it out"
              .formatted(venue.name(), liquidity, least.max(BigInteger.ONE)));
    }
    passed(way, Set.of(asset, numeraire), between);
    return new VenueFacts(fee.intValueExact(), liquidity, protocolFees);
  }

  private Call action(Venue venue, VenueWay way) {
    try {
      return VaultDeployment.action(way, surroundings);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The venue %s cannot be traded at on chain %s: %s"
              .formatted(venue.name(), chain.chainId(), e.getMessage()),
          e);
    }
  }

  private AbiValues ask(Venue venue, Call action, AbiFunction function, Object... arguments) {
    Call question = PROBE.deployment(action.data(), function.encode(arguments));
    try {
      return function.decode(chain.call(question, BlockTag.LATEST));
    } catch (CallReverted e) {
      RevertReason reason = e.reason(Vault.ERRORS);
      throw new IllegalArgumentException(
          "The venue %s cannot be traded at. %s"
              .formatted(
                  venue.name(),
                  RulesWords.of(reason)
                      .orElseGet(() ->
                          "Its way is none that its action takes (%s): check the addresses and the chain"
                              .formatted(reason))),
          e);
    }
  }

  private int protocolFee(PoolKey key) {
    Bytes32 place = word(key.id()).concat(word(Bytes32.of(POOLS_SLOT))).keccak();
    Bytes32 slot0 = chain.call(surroundings.v4PoolManager(), EXTSLOAD, place).word("value");
    return new BigInteger(1, slot0.toByteArray())
        .shiftRight(PROTOCOL_FEE_SHIFT)
        .and(PROTOCOL_FEE_MASK)
        .intValueExact();
  }

  private static Bytes word(Bytes32 word) {
    return Bytes.of(word.toByteArray());
  }

  /** A token on the way that takes a fee of what is moved would be lost there. */
  private void passed(VenueWay way, Set<Address> ends, Map<Address, Address> between) {
    Map<Address, Address> all = new LinkedHashMap<>();
    switch (way) {
      case VenueWay.OfPairs(List<Address> pairs) -> pairs.forEach(pair -> sides(pair, all));
      case VenueWay.OfPools(List<Address> pools) -> pools.forEach(pool -> sides(pool, all));
      case VenueWay.OfKeys(List<PoolKey> keys) ->
          keys.forEach(key -> {
            all.put(key.currency0(), surroundings.v4PoolManager());
            all.put(key.currency1(), surroundings.v4PoolManager());
          });
    }
    all.keySet().removeAll(ends);
    all.remove(Address.ZERO);
    all.forEach(between::putIfAbsent);
  }

  private void sides(Address pool, Map<Address, Address> all) {
    all.put(chain.call(pool, TOKEN0).address("token"), pool);
    all.put(chain.call(pool, TOKEN1).address("token"), pool);
  }
}
