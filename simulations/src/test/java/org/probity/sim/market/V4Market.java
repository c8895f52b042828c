package org.probity.sim.market;

import java.math.BigInteger;
import java.util.List;
import org.probity.chain.AbiFunction;
import org.probity.chain.Address;
import org.probity.chain.Call;
import org.probity.chain.ContractArtifact;
import org.probity.chain.local.LocalChain;

/**
 * The PoolManager of Uniswap v4 on a local chain, as v4-core publishes its byte code, with a driver
 * that provides to its pools and trades in them. Amounts below zero are what the driver gives.
 *
 * <p>The driver needs tokens ({@code TestToken.mint}) and, for ether, {@link
 * LocalChain#setBalance}.
 */
public final class V4Market {

  private static final String KEY = "(address,address,uint24,int24,address)";

  public static final AbiFunction PROVIDE =
      AbiFunction.parse(
          "provide(" + KEY + ",int24,int24,int256) returns (int128,int128,int128,int128)");

  /** Pool, zero for one, amount (below zero: in; above: out), limit of the root price or 0. */
  public static final AbiFunction SWAP =
      AbiFunction.parse("swap(" + KEY + ",bool,int256,uint160) returns (int128,int128)");

  /** Root price, tick, protocol's fee, growth of fees of both tokens, liquidity in range. */
  public static final AbiFunction STATE =
      AbiFunction.parse(
          "state(" + KEY + ") returns (uint160,int24,uint24,uint256,uint256,uint128)");

  private static final AbiFunction INITIALIZE =
      AbiFunction.parse("initialize(" + KEY + ",uint160) returns (int24)");
  private static final AbiFunction SET_FEE_CONTROLLER =
      AbiFunction.parse("setProtocolFeeController(address)");
  private static final AbiFunction SET_PROTOCOL_FEE =
      AbiFunction.parse("setProtocolFee(" + KEY + ",uint24)");

  public final Address manager;
  public final Address driver;

  private final LocalChain chain;
  private final Address owner;

  public V4Market(LocalChain chain, Address owner) {
    this.chain = chain;
    this.owner = owner;
    this.manager =
        chain.deploy(owner, ContractArtifact.load("UniswapV4PoolManager").deployment(owner));
    this.driver = chain.deploy(owner, ContractArtifact.load("V4Driver").deployment(manager));
    chain.execute(owner, Call.of(manager, SET_FEE_CONTROLLER, owner));
  }

  /**
   * A pool without hooks and with a static fee.
   *
   * @param currency0 the lower address; {@link Address#ZERO} for ether
   * @param fee in hundredths of a basis point
   */
  public record Key(Address currency0, Address currency1, int fee, int tickSpacing) {
    /** As an argument of the functions. */
    public List<Object> abi() {
      return List.of(
          currency0,
          currency1,
          BigInteger.valueOf(fee),
          BigInteger.valueOf(tickSpacing),
          Address.ZERO);
    }
  }

  public void initialize(Key key, BigInteger sqrtPriceX96) {
    chain.execute(owner, Call.of(manager, INITIALIZE, key.abi(), sqrtPriceX96));
  }

  /** What the protocol takes, at most 1000 hundredths of a basis point in each direction. */
  public void setProtocolFee(Key key, int zeroForOne, int oneForZero) {
    BigInteger both = BigInteger.valueOf((oneForZero << 12) | zeroForOne);
    chain.execute(owner, Call.of(manager, SET_PROTOCOL_FEE, key.abi(), both));
  }

  public void provide(Key key, int tickLower, int tickUpper, BigInteger liquidityDelta) {
    chain.execute(
        owner,
        Call.of(
            driver,
            PROVIDE,
            key.abi(),
            BigInteger.valueOf(tickLower),
            BigInteger.valueOf(tickUpper),
            liquidityDelta));
  }
}
