// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {UniswapV3Action} from "vault/UniswapV3Action.sol";
import {UniswapV3Swaps} from "vault/UniswapV3Swaps.sol";
import {FalsePool} from "./Doubles.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// The action alone, with us as the vault, and with pools that are none.
contract Action is World(2_500_000) {
    UniswapV3Action private _action;
    FalsePool private _first;
    FalsePool private _second;

    function setUp() external {
        _action = UniswapV3Action(policy.parts.action);
        _first = new FalsePool(address(quote), address(base));
        _second = new FalsePool(address(base), address(far));
        quote.mint(address(this), 1000);
        quote.approve(address(_action), 1000);
    }

    function test_nobodyIsPaidBetweenSwaps() external {
        VM.prank(STRANGER);
        VM.expectRevert(abi.encodeWithSelector(UniswapV3Swaps.NotPool.selector, address(0), STRANGER));
        _action.uniswapV3SwapCallback(1000, 0, "");
    }

    function test_aPoolAsksOnceForNoMoreThanItsHopGives() external {
        _first.ask(1001, 1);
        _refused(_one(), base, abi.encodeWithSelector(UniswapV3Swaps.NotOwed.selector, 1001, 1000));
        _first.ask(0, 1);
        _refused(_one(), base, abi.encodeWithSelector(UniswapV3Swaps.NotOwed.selector, 0, 1000));
        _first.ask(500, 2);
        _refused(_one(), base, abi.encodeWithSelector(UniswapV3Swaps.NotPool.selector, address(0), address(_first)));
        _first.ask(500, 1);
        _action.run(abi.encode(_one()), Step(address(quote), 1000, address(base), 0));
        require(quote.balanceOf(address(_first)) == 500 && quote.balanceOf(address(this)) == 500);
    }

    function test_aRouteIsTakenWholeOrNotAtAll() external {
        address[] memory two = _two();
        _first.ask(999, 1);
        _refused(two, far, abi.encodeWithSelector(UniswapV3Swaps.FilledInPart.selector, address(_first), 999, 1000));
        // Paid in full, and nothing came.
        _first.ask(1000, 1);
        _refused(two, far, abi.encodeWithSelector(UniswapV3Swaps.NothingGot.selector, address(_first)));
    }

    function test_aRouteLeadsFromTheOneTokenToTheOther() external {
        _first.ask(1000, 1);
        _refused(_one(), far, abi.encodeWithSelector(UniswapV3Swaps.NotARoute.selector, address(base), address(far)));
        address[] memory one = new address[](1);
        one[0] = address(_second);
        _refused(one, far, abi.encodeWithSelector(UniswapV3Swaps.NotARoute.selector, address(quote), address(far)));
    }

    function _one() private view returns (address[] memory pools) {
        pools = new address[](1);
        pools[0] = address(_first);
    }

    function _two() private view returns (address[] memory pools) {
        pools = new address[](2);
        (pools[0], pools[1]) = (address(_first), address(_second));
    }

    function _refused(address[] memory pools, TestToken wanted, bytes memory why) private {
        VM.expectRevert(why);
        _action.run(abi.encode(pools), Step(address(quote), 1000, address(wanted), 0));
    }
}
