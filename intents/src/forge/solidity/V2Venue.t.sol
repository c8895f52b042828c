// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {IUniswapV2Pair} from "vault/IUniswapV2.sol";
import {PathVenue, PoolPathVenue} from "vault/PathVenue.sol";
import {UniswapV2Action} from "vault/UniswapV2Action.sol";
import {Deployed} from "./Deployed.sol";
import {CallingToken, FalsePair, TaxedToken} from "./VenueDoubles.sol";
import {VenueMarkets} from "./VenueMarkets.sol";
import {VM} from "./Vm.sol";

/// Ways through pairs of Uniswap v2, by its published byte code.
contract V2Venue is VenueMarkets {
    UniswapV2Action private _action;
    address[] private _way;

    function setUp() external {
        _deploy();
        _action = UniswapV2Action(Deployed.ours("UniswapV2Action", abi.encode(pairs, 3000)));
        _way.push(_pair(address(tokens[0]), 1000e18, address(tokens[1]), 4000e18));
        _way.push(_pair(address(tokens[1]), 9000e18, address(tokens[2]), 3e6));
        _way.push(_pair(address(tokens[2]), 5e6, address(tokens[3]), 7777e18));
    }

    // ---- what comes out ----

    /// One to three pairs, there and back, and what the pairs' own check lets go.
    function testFuzz_givesAllThatThePairsLetGo(uint256 amount, uint256 count, bool back) external {
        count = 1 + count % 3;
        // The third token has six decimals.
        amount = back && count == 2 ? 1000 + amount % 1e6 : 1e18 + amount % 500e18;
        (TestToken from, TestToken to) = back ? (tokens[count], tokens[0]) : (tokens[0], tokens[count]);
        uint256 due = amount;
        for (uint256 i = 0; i < count; i++) {
            uint256 hop = back ? count - 1 - i : i;
            due = _due(_way[hop], address(tokens[back ? hop + 1 : hop]), due);
        }
        uint256 got = _trade(_action, abi.encode(_first(_way, count)), address(from), amount, address(to));
        require(got == due, "something else than the pairs let go");
    }

    function test_notAUnitMoreIsLetGo() external {
        address pair = _way[0];
        uint256 due = _due(pair, address(tokens[0]), 3e18);
        tokens[0].mint(pair, 3e18);
        bool straight = IUniswapV2Pair(pair).token0() == address(tokens[0]);
        bytes memory more =
            abi.encodeCall(IUniswapV2Pair.swap, (straight ? 0 : due + 1, straight ? due + 1 : 0, ANYONE, ""));
        _refused(pair, more, abi.encodeWithSignature("Error(string)", "UniswapV2: K"));
    }

    /// A fee below the pairs' own is noticed by them; one above leaves the rest to them.
    function test_theFeeIsThePairs() external {
        UniswapV2Action cheap = UniswapV2Action(Deployed.ours("UniswapV2Action", abi.encode(pairs, 2500)));
        bytes memory way = abi.encode(_first(_way, 1));
        Step memory step = Step(address(tokens[0]), 1e18, address(tokens[1]), 0);
        _refusedRun(cheap, way, step, abi.encodeWithSignature("Error(string)", "UniswapV2: K"));
        require(cheap.feeOf(way, address(tokens[0]), address(tokens[1])) == 2500);
        uint256 due = _due(_way[0], address(tokens[0]), 1e18);
        UniswapV2Action dear = UniswapV2Action(Deployed.ours("UniswapV2Action", abi.encode(pairs, 10_000)));
        uint256 got = _trade(dear, way, address(tokens[0]), 1e18, address(tokens[1]));
        require(got < due && got > due * 992 / 1000);
    }

    /// What somebody left in a pair is its owners'.
    function test_giftsChangeNothing() external {
        uint256 due = _due(_way[0], address(tokens[0]), 3e18);
        tokens[0].mint(_way[0], 5e18);
        tokens[1].mint(_way[0], 5e18);
        require(_trade(_action, abi.encode(_first(_way, 1)), address(tokens[0]), 3e18, address(tokens[1])) == due);
    }

    // ---- what it costs, and how deep it is ----

    function test_charges() external view {
        for (uint256 count = 1; count <= 3; count++) {
            bytes memory way = abi.encode(_first(_way, count));
            require(_action.feeOf(way, address(tokens[0]), address(tokens[count])) == 3000 * count);
        }
    }

    function test_liquidityIsThatOfOnePoolThatBearsAsMuch() external {
        address a = address(tokens[0]);
        // The roots of 1000 * 4000, in units, and of the same with the first pair's price of the second's.
        require(_action.liquidity(abi.encode(_first(_way, 1)), a) == 2000e18);
        uint256 two = _action.liquidity(abi.encode(_first(_way, 2)), a);
        // 1000 of the asset, worth 4000 of the second, worth 4000 / 3000 of the third, in its units. Of two pairs each has
        // half of the fees.
        require(_near(4 * two * two, uint256(1000e18) * 4e6 / 3), "the first pair is the narrower");
        _fill(_way[0], a, 9000e18, address(tokens[1]), 36_000e18);
        two = _action.liquidity(abi.encode(_first(_way, 2)), a);
        // 9000 of the second are 2250 of the asset.
        require(_near(4 * two * two, uint256(2250e18) * 3e6), "the second pair is the narrower");
        uint256 three = _action.liquidity(abi.encode(_first(_way, 3)), a);
        // 3 of the third are 4666.2 of the last.
        require(_near(9 * three * three, uint256(2250e18) * 3 * 7777e18 / 5), "the second of three is the narrowest");
    }

    function test_anEmptyPairHasNone() external {
        address[] memory way = _one(pairs.createPair(address(tokens[0]), address(tokens[3])));
        require(_action.liquidity(abi.encode(way), address(tokens[0])) == 0);
    }

    // ---- ways that are none ----

    function test_onlyPairsOfItsFactory() external {
        PairLike like = new PairLike(address(tokens[0]), address(tokens[1]));
        address[4] memory none = [address(like), ANYONE, address(tokens[0]), address(this)];
        for (uint256 i = 0; i < 4; i++) {
            _refusedWay(_one(none[i]), 0, 1, abi.encodeWithSelector(PoolPathVenue.ForeignPool.selector, none[i]));
        }
    }

    function test_aWayHasOneToThreePairs() external {
        _refusedWay(new address[](0), 0, 1, abi.encodeWithSelector(PathVenue.PathLength.selector, 0));
        address[] memory four = new address[](4);
        (four[0], four[1], four[2], four[3]) = (_way[0], _way[1], _way[2], _way[2]);
        _refusedWay(four, 0, 3, abi.encodeWithSelector(PathVenue.PathLength.selector, 4));
    }

    function test_aWayLeadsFromTheAssetToTheNumeraire() external {
        address end = address(tokens[2]);
        _refusedWay(_first(_way, 2), 0, 3, abi.encodeWithSelector(PathVenue.NotAPath.selector, end, address(tokens[3])));
        address other = IUniswapV2Pair(_way[0]).token1();
        _refusedWay(_first(_way, 2), 3, 2, abi.encodeWithSelector(PathVenue.NotAPath.selector, address(tokens[3]), other));
        // A gap in its middle.
        address[] memory gap = new address[](2);
        (gap[0], gap[1]) = (_way[0], _way[2]);
        other = IUniswapV2Pair(_way[2]).token1();
        _refusedWay(gap, 0, 3, abi.encodeWithSelector(PathVenue.NotAPath.selector, address(tokens[1]), other));
    }

    function test_noTokenIsPassedTwice() external {
        address[] memory round = new address[](3);
        (round[0], round[1], round[2]) = (_way[0], _way[1], _pair(address(tokens[2]), 1e6, address(tokens[0]), 1e6));
        _refusedWay(round, 0, 0, abi.encodeWithSelector(PathVenue.PassedTwice.selector, address(tokens[0])));
        (round[1], round[2]) = (_way[0], _way[0]);
        _refusedWay(round, 0, 1, abi.encodeWithSelector(PathVenue.PassedTwice.selector, address(tokens[0])));
        (round[0], round[1], round[2]) = (_pair(address(tokens[3]), 1, address(tokens[1]), 1e18), _way[1], _way[1]);
        _refusedWay(round, 3, 1, abi.encodeWithSelector(PathVenue.PassedTwice.selector, address(tokens[1])));
    }

    function test_aStepThatTheWayDoesNotGo() external {
        bytes memory way = abi.encode(_first(_way, 2));
        (address a, address c, address d) = (address(tokens[0]), address(tokens[2]), address(tokens[3]));
        _refusedRun(_action, way, Step(a, 1e18, d, 0), abi.encodeWithSelector(PathVenue.NotAPath.selector, c, d));
        // Neither end: the way is taken for one backwards.
        address other = IUniswapV2Pair(_way[1]).token1();
        _refusedRun(_action, way, Step(d, 1e18, a, 0), abi.encodeWithSelector(PathVenue.NotAPath.selector, d, other));
    }

    // ---- attacks ----

    /// A token that keeps a part of what is moved is named, wherever it is on the way, as long as a pair is to get it.
    function test_aTokenThatTakesAFee() external {
        TaxedToken taxed = new TaxedToken();
        address[] memory way = _one(_pair(address(taxed), 1000e18, address(tokens[3]), 1000e18));
        taxed.tax(100);
        bytes memory why = abi.encodeWithSelector(PathVenue.FeeOnTransfer.selector, address(taxed), 1e18, 0.99e18);
        _refusedRun(_action, abi.encode(way), Step(address(taxed), 1e18, address(tokens[3]), 0), why);
        taxed.tax(0);
        address[] memory two = new address[](2);
        (two[0], two[1]) = (way[0], _pair(address(taxed), 1000e18, address(tokens[1]), 1000e18));
        taxed.tax(100);
        uint256 out = _due(way[0], address(tokens[3]), 1e18);
        why = abi.encodeWithSelector(PathVenue.FeeOnTransfer.selector, address(taxed), out, out - out / 100);
        _refusedRun(_action, abi.encode(two), Step(address(tokens[3]), 1e18, address(tokens[1]), 0), why);
    }

    /// A balance that shrinks by itself, below what the pair believes it has.
    function test_aPairThatHasLessThanItsReserves() external {
        TaxedToken taxed = new TaxedToken();
        address pair = _pair(address(taxed), 1000e18, address(tokens[3]), 1000e18);
        taxed.burn(pair, 2e18);
        bytes memory why = abi.encodeWithSelector(PathVenue.FeeOnTransfer.selector, address(taxed), 1e18, 0);
        _refusedRun(_action, abi.encode(_one(pair)), Step(address(taxed), 1e18, address(tokens[3]), 0), why);
    }

    function test_aTokenThatCallsBackGetsNowhere() external {
        CallingToken calling = new CallingToken();
        address[] memory way = _one(_pair(address(calling), 1000e18, address(tokens[3]), 1000e18));
        // Somebody else's approval, too, is out of its reach.
        tokens[0].mint(ANYONE, 1e18);
        VM.prank(ANYONE);
        tokens[0].approve(address(_action), 1e18);
        Step memory own = Step(address(tokens[0]), 1e18, address(tokens[1]), 0);
        calling.will(address(_action), abi.encodeCall(_action.run, (abi.encode(_first(_way, 1)), own)));
        _trade(_action, abi.encode(way), address(calling), 1e18, address(tokens[3]));
        require(calling.calls() != 0, "it did not call");
        require(bytes4(calling.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        require(tokens[0].balanceOf(ANYONE) == 1e18);
    }

    /// Who trades by a false pair loses what it gave, and nobody else anything: the action has nothing, and takes of its
    /// caller alone.
    function test_aFalsePairGetsWhatItsCallerGave() external {
        FalsePair pair = new FalsePair(address(tokens[0]), address(tokens[1]));
        require(_trade(_action, abi.encode(_one(address(pair))), address(tokens[0]), 1e18, address(tokens[1])) == 0);
        require(tokens[0].balanceOf(address(pair)) == 1e18);
        _refusedWay(
            _one(address(pair)), 0, 1, abi.encodeWithSelector(PoolPathVenue.ForeignPool.selector, address(pair))
        );
    }

    // ---- how ----

    /// By the periphery's formula: a * 997 * y / (x * 1000 + a * 997).
    function _due(address pair, address tokenIn, uint256 amount) private view returns (uint256) {
        (uint256 x, uint256 y,) = IUniswapV2Pair(pair).getReserves();
        if (IUniswapV2Pair(pair).token0() != tokenIn) (x, y) = (y, x);
        return amount * 997 * y / (x * 1000 + amount * 997);
    }

    function _refusedWay(address[] memory way, uint256 from, uint256 to, bytes memory why) private {
        address numeraire = address(tokens[to]);
        _refused(
            address(_action), abi.encodeCall(_action.feeOf, (abi.encode(way), address(tokens[from]), numeraire)), why
        );
    }
}

/// Says of itself what a pair says, and is none.
contract PairLike {
    address public immutable token0;
    address public immutable token1;

    constructor(address a, address b) {
        (token0, token1) = a < b ? (a, b) : (b, a);
    }
}
