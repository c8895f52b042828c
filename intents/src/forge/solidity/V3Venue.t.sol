// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {PathVenue, PoolPathVenue} from "vault/PathVenue.sol";
import {UniswapV3PathAction} from "vault/UniswapV3PathAction.sol";
import {UniswapV3Swaps} from "vault/UniswapV3Swaps.sol";
import {Pool} from "test/Searcher.sol";
import {Attacker} from "./Attacker.sol";
import {Deployed} from "./Deployed.sol";
import {FalsePool} from "./Doubles.sol";
import {CallingToken} from "./VenueDoubles.sol";
import {VenueMarkets} from "./VenueMarkets.sol";
import {VM} from "./Vm.sol";

/// Ways through pools of Uniswap v3 beside the route, by its published byte code.
contract V3Venue is VenueMarkets {
    UniswapV3PathAction private _action;
    address[] private _way;

    function setUp() external {
        _deploy();
        _action = UniswapV3PathAction(Deployed.ours("UniswapV3PathAction", abi.encode(pools)));
        _way.push(address(_pool3(address(tokens[0]), address(tokens[1]), 3000, 13_860, 1000e18)));
        _way.push(address(_pool3(address(tokens[1]), address(tokens[2]), 500, -23_000, 3000e18)));
        _way.push(address(_pool3(address(tokens[2]), address(tokens[3]), 10_000, 60, 2000e18)));
    }

    /// One to three pools, there and back: what a caller of the pools gets for the same amounts, one after the other.
    function testFuzz_givesWhatThePoolsGive(uint256 amount, uint256 count, bool back) external {
        count = 1 + count % 3;
        amount = 1e9 + amount % 20e18;
        (TestToken from, TestToken to) = back ? (tokens[count], tokens[0]) : (tokens[0], tokens[count]);
        uint256 id = VM.snapshotState();
        uint256 due = amount;
        TestToken token = from;
        for (uint256 i = 0; i < count; i++) {
            uint256 hop = back ? count - 1 - i : i;
            Attacker trader = new Attacker(Pool(_way[hop]));
            TestToken next = tokens[back ? hop : hop + 1];
            trader.swap(address(token) < address(next), due);
            (token, due) = (next, next.balanceOf(address(trader)));
        }
        require(VM.revertToState(id));
        uint256 got = _trade(_action, abi.encode(_first(_way, count)), address(from), amount, address(to));
        require(got == due && got != 0, "something else than the pools give");
    }

    /// Whole or not at all, whatever the step's limit: also through one pool.
    function test_aLimitMeansNothing() external {
        bytes memory way = abi.encode(_first(_way, 1));
        _approve(address(_action), address(tokens[0]), 1e18);
        (uint160 now_,,,,,,) = Pool(_way[0]).slot0();
        _action.run(way, Step(address(tokens[0]), 1e18, address(tokens[1]), now_));
        require(tokens[0].balanceOf(address(this)) == 0);
        Pool narrow = Pool(_pool(address(tokens[0]), address(tokens[3])));
        Attacker provider = new Attacker(narrow);
        provider.provide(-60, 60, 1e18);
        Step memory step = Step(address(tokens[0]), 1e18, address(tokens[3]), 0);
        _approve(address(_action), address(tokens[0]), 1e18);
        (bool done, bytes memory reason) =
            address(_action).call(abi.encodeCall(_action.run, (abi.encode(_one(address(narrow))), step)));
        require(!done && bytes4(reason) == UniswapV3Swaps.FilledInPart.selector);
    }

    function test_charges() external view {
        uint256[3] memory fees = [uint256(3000), 3500, 13_500];
        for (uint256 count = 1; count <= 3; count++) {
            bytes memory way = abi.encode(_first(_way, count));
            require(_action.feeOf(way, address(tokens[0]), address(tokens[count])) == fees[count - 1]);
        }
    }

    function test_liquidityIsThatOfOnePoolThatBearsAsMuch() external {
        address a = address(tokens[0]);
        require(_action.liquidity(abi.encode(_first(_way, 1)), a) == 1000e18);
        // With six sevenths, and one seventh, of the fees.
        uint256 first = uint256(1000e18) * 6 / 7 * _root(-23_000) / Q96;
        uint256 second = uint256(3000e18) / 7 * _root(-13_860) / Q96;
        uint256 two = _action.liquidity(abi.encode(_first(_way, 2)), a);
        require(_near(two, first < second ? first : second));
        // Of the pool that is in range now.
        new Attacker(Pool(_way[0])).provide(-887_220, 887_220, 1e30);
        require(_near(_action.liquidity(abi.encode(_first(_way, 2)), a), second));
    }

    function test_onlyPoolsOfItsFactory() external {
        FalsePool like = new FalsePool(address(tokens[0]), address(tokens[1]));
        address[3] memory none = [address(like), ANYONE, address(tokens[0])];
        for (uint256 i = 0; i < 3; i++) {
            _refused(
                address(_action),
                abi.encodeCall(_action.feeOf, (abi.encode(_one(none[i])), address(tokens[0]), address(tokens[1]))),
                abi.encodeWithSelector(PoolPathVenue.ForeignPool.selector, none[i])
            );
        }
    }

    function test_aStepThatTheWayDoesNotGo() external {
        bytes memory way = abi.encode(_first(_way, 2));
        (address a, address c, address d) = (address(tokens[0]), address(tokens[2]), address(tokens[3]));
        _refusedRun(_action, way, Step(a, 1e18, d, 0), abi.encodeWithSelector(UniswapV3Swaps.NotARoute.selector, c, d));
        _refused(
            address(_action),
            abi.encodeCall(_action.feeOf, (way, a, d)),
            abi.encodeWithSelector(PathVenue.NotAPath.selector, c, d)
        );
    }

    function test_nobodyIsPaidBetweenSwaps() external {
        VM.prank(ANYONE);
        _refused(
            address(_action),
            abi.encodeCall(_action.uniswapV3SwapCallback, (1000, 0, "")),
            abi.encodeWithSelector(UniswapV3Swaps.NotPool.selector, address(0), ANYONE)
        );
    }

    function test_aTokenThatCallsBackGetsNowhere() external {
        CallingToken calling = new CallingToken();
        bytes memory way = abi.encode(_one(address(_pool3(address(calling), address(tokens[1]), 3000, 0, 1000e18))));
        Step memory step = Step(address(calling), 1e18, address(tokens[1]), 0);
        calling.will(address(_action), abi.encodeCall(_action.run, (way, step)));
        _trade(_action, way, address(calling), 1e18, address(tokens[1]));
        require(calling.calls() == 1 && !calling.done());
        require(bytes4(calling.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    /// Without liquidity, at a price of one.
    function _pool(address a, address b) private returns (address pool) {
        pool = _created(a, b, 3000);
        Pool(pool).initialize(uint160(Q96));
    }
}
