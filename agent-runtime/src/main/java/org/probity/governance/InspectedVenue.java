package org.probity.governance;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.probity.agent.Token;
import org.probity.agent.checks.CheckName;
import org.probity.agent.checks.Examination;
import org.probity.chain.AbiFunction;
import org.probity.chain.BlockTag;
import org.probity.chain.ChainClient;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.VenueWay;

/**
 * Another place where a vault may trade an asset: which pools, and what there is to trade with now.
 *
 * @param way empty if the action is none of this release's
 * @param liquidity now, as the action measures it; empty if it does not answer
 */
public record InspectedVenue(
    Policy.Venue venue,
    Policy.PoolLimits limits,
    Token asset,
    Optional<VenueWay> way,
    Optional<BigInteger> liquidity) {

  private static final AbiFunction LIQUIDITY =
      AbiFunction.parse("liquidity(bytes parameters, address asset) returns (uint256 liquidity)");

  /**
   * Looks at the venues of a policy.
   *
   * @param exam is told of each that does not answer
   */
  static List<InspectedVenue> of(
      Examination exam, ChainClient chain, Policy policy, TokenNames names) {
    List<InspectedVenue> venues = new ArrayList<>();
    for (int i = 0; i < policy.parts().venues().size(); i++) {
      Policy.Venue venue = policy.parts().venues().get(i);
      Token asset = names.token(policy.parts().assets().get(venue.asset()).token());
      venues.add(
          new InspectedVenue(
              venue,
              policy.limits().venues().get(i),
              asset,
              way(chain, venue),
              exam.find(
                  CheckName.VENUE,
                  () ->
                      chain
                          .callAt(
                              BlockTag.LATEST,
                              venue.action(),
                              LIQUIDITY,
                              venue.parameters(),
                              asset.address())
                          .integer("liquidity"),
                  seen -> "it measures %s of liquidity".formatted(seen))));
    }
    return List.copyOf(venues);
  }

  private static Optional<VenueWay> way(ChainClient chain, Policy.Venue venue) {
    try {
      return VenueWay.of(chain.code(venue.action()), venue.parameters());
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // Told by its bytes, and refused by the action.
    }
  }

  private String kind() {
    return way.map(known ->
            switch (known) {
              case VenueWay.OfPairs _ -> "uniswap-v2";
              case VenueWay.OfPools _ -> "uniswap-v3";
              case VenueWay.OfKeys _ -> "uniswap-v4";
            })
        .orElse("unknown");
  }

  /** The pools from the asset to the numeraire: addresses, or ids of Uniswap v4. */
  private List<String> pools() {
    return way.map(known ->
            switch (known) {
              case VenueWay.OfPairs pairs -> pairs.pairs().stream().map(Object::toString).toList();
              case VenueWay.OfPools over -> over.pools().stream().map(Object::toString).toList();
              case VenueWay.OfKeys keys -> keys.keys().stream().map(key -> key.id().hex()).toList();
            })
        .orElse(List.of());
  }

  /** In one line. */
  String line() {
    return "%s over %s, fee %s %%: %s, trades from %s on and counts on %s"
        .formatted(
            asset,
            way.map(_ ->
                    "%s, %s"
                        .formatted(
                            kind().replace("uniswap-", "Uniswap "),
                            pools().stream().collect(Collectors.joining(", then "))))
                .orElse(
                    "the action %s, whose way this release does not know: %s"
                        .formatted(venue.action(), venue.parameters())),
            BigDecimal.valueOf(venue.fee(), 4).stripTrailingZeros().toPlainString(),
            liquidity.map("%s of liquidity now"::formatted).orElse("does not answer now"),
            limits.minLiquidity(),
            limits.countedLiquidity());
  }

  /** For machines. */
  void tree(ObjectNode node) {
    node.put("token", asset.address().toString())
        .put("symbol", asset.symbol())
        .put("action", venue.action().toString())
        .put("kind", kind())
        .put("parameters", venue.parameters().toString())
        .put("fee", venue.fee());
    ArrayNode over = node.putArray("pools");
    pools().forEach(over::add);
    liquidity.ifPresentOrElse(
        now -> node.put("liquidity", now.toString()), () -> node.putNull("liquidity"));
    node.put("minLiquidity", limits.minLiquidity().toString())
        .put("countedLiquidity", limits.countedLiquidity().toString());
  }
}
