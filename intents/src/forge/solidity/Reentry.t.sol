// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {UniswapV3Action} from "vault/UniswapV3Action.sol";
import {UniswapV3Swaps} from "vault/UniswapV3Swaps.sol";
import {Vault} from "vault/Vault.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// A token that calls others while it moves, and says what it likes of one holder's balance once it has.
contract HookToken is ERC20("Hook", "HOOK") {
    address[] private _targets;
    bytes[] private _calls;
    address private _from;
    address private _to;
    bool private _calling;
    bytes[] public reasons;
    bool[] public dones;
    address private _holder;
    int256 private _lie;
    bool private _lying;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function approveFor(address spender) external {
        _approve(address(this), spender, type(uint256).max);
    }

    /// What it calls when it moves between these two, either of which may be 0 for anyone.
    function whenMoved(address from, address to, address[] calldata targets, bytes[] calldata calls) external {
        (_from, _to, _targets) = (from, to, targets);
        delete _calls;
        for (uint256 i = 0; i < calls.length; i++) {
            _calls.push(calls[i]);
        }
        delete reasons;
        delete dones;
    }

    function results() external view returns (bool[] memory, bytes[] memory) {
        return (dones, reasons);
    }

    /// From its next movement on its balance is another.
    function lie(address holder, int256 by) external {
        (_holder, _lie, _lying) = (holder, by, false);
    }

    function call(address target, bytes calldata data) external returns (bytes memory) {
        (bool done, bytes memory reason) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
        return reason;
    }

    function balanceOf(address holder) public view override returns (uint256) {
        uint256 held = super.balanceOf(holder);
        return holder == _holder && _lying ? uint256(int256(held) + _lie) : held;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (_holder != address(0) && (from == _holder || to == _holder)) _lying = true;
        bool meant = (_from == address(0) || from == _from) && (_to == address(0) || to == _to);
        if (_calling || _calls.length == 0 || !meant) return;
        _calling = true;
        for (uint256 i = 0; i < _calls.length; i++) {
            (bool done, bytes memory reason) = _targets[i].call(_calls[i]);
            dones.push(done);
            reasons.push(reason);
        }
        _calling = false;
    }
}

/// BASE is a token that calls whom it likes while it moves, owns the vault itself, and lies.
contract Hooked is World(2_500_000) {
    address[] private _targets;
    bytes[] private _calls;
    uint256 private _guarded;

    function _base() internal override returns (TestToken) {
        return TestToken(address(new HookToken()));
    }

    // ---- it calls

    function test_nothingOfTheVaultCanBeEnteredDuringAStep() external {
        bytes memory asked = proven(decision(BUY));
        _armed(address(near), address(vault), asked);
        executed(asked);
        _allRefused();
        require(booked(quote) < 50_000e18 && vault.state().nonce == 1);
        require(quote.allowance(address(vault), policy.parts.action) == 0);
    }

    /// Here the vault's approval of BASE stands while BASE moves.
    function test_nothingOfTheVaultCanBeEnteredWhileItsApprovalStands() external {
        bytes memory asked = proven(decision(SELL));
        _armed(address(vault), address(near), asked);
        executed(asked);
        _allRefused();
        require(booked(base) < 50_000e18 && base.allowance(address(vault), policy.parts.action) == 0);
    }

    function test_nothingOfTheVaultCanBeEnteredDuringADepositOrAnExit() external {
        bytes memory asked = proven(decision(BUY));
        _owns();
        _hook().mint(address(base), 10e18);
        _hook().approveFor(address(vault));
        _armed(address(base), address(vault), asked);
        _hook().call(address(vault), abi.encodeCall(vault.deposit, (address(base), 10e18)));
        _allRefused();
        require(booked(base) == 50_010e18);
        _armed(address(vault), RECIPIENT, asked);
        _hook().call(address(vault), abi.encodeCall(vault.exit, (address(base), 50_010e18)));
        _allRefused();
        require(booked(base) == 0 && base.balanceOf(RECIPIENT) == 50_010e18);
        _hook().mint(address(vault), 5e18);
        _hook().call(address(vault), abi.encodeCall(vault.sweep, (address(base))));
        require(base.balanceOf(RECIPIENT) == 50_015e18);
    }

    /// Whoever runs the action beforehand, and executes from within, gets the step refused.
    function test_aVaultCannotBeRunFromWithinTheAction() external {
        bytes memory asked = proven(decision(BUY));
        address[] memory pools = new address[](1);
        pools[0] = address(new PoolThatExecutes(address(base), address(quote), address(vault), asked));
        bytes memory run = abi.encodeCall(
            UniswapV3Action.run, (abi.encode(pools), Step(address(base), 1e18, address(quote), 0))
        );
        (bool done,) = policy.parts.action.call(run);
        require(done && !PoolThatExecutes(pools[0]).done(), "within the action");
        require(booked(quote) == 50_000e18 && vault.state().nonce == 0);
        executed(asked);
    }

    // ---- it lies

    function test_aBalanceSaidToBeLessIsRefused() external {
        bytes memory asked = proven(decision(BUY));
        _hook().lie(address(vault), -10e18);
        refused(AGENT, asked, Vault.SlippageExceeded.selector);
    }

    /// What is said to be there and is not stands in the books of this token alone; the others leave whole.
    function test_aBalanceSaidToBeMoreIsOfThatTokenAlone() external {
        bytes memory asked = proven(decision(BUY));
        _hook().lie(address(vault), 1_000e18);
        executed(asked);
        require(booked(base) > 51_000e18, "believed");
        uint256 paid = 50_000e18 - booked(quote);
        require(paid <= 619e18 && quote.balanceOf(address(vault)) == booked(quote));
        _hook().lie(address(0), 0);
        VM.startPrank(OWNER);
        vault.exit(address(base), type(uint256).max);
        vault.exit(address(quote), type(uint256).max);
        require(base.balanceOf(address(vault)) == 0 && quote.balanceOf(RECIPIENT) == 50_000e18 - paid);
        vault.sync(address(base));
        require(booked(base) == 0);
        VM.stopPrank();
    }

    function test_aSaleSaidToHaveTakenNothingOrTooMuchIsRefused() external {
        bytes memory asked = proven(decision(SELL));
        _hook().lie(address(vault), 600e18);
        refused(AGENT, asked, Vault.FilledTooLittle.selector);
        _hook().lie(address(vault), -1e18);
        refused(AGENT, asked, Vault.TookTooMuch.selector);
        _hook().lie(address(vault), 700e18);
        (bool done,) = execute(AGENT, asked);
        require(!done, "more than before");
    }

    /// A balance near 2^256 is a loss in the books of the liar, or is refused.
    function test_aBalanceOutOfAllBoundsBringsNothing() external {
        bytes memory asked = proven(decision(BUY));
        _hook().lie(address(vault), type(int256).max);
        (bool done,) = execute(AGENT, asked);
        require(!done && booked(base) == 50_000e18 && booked(quote) == 50_000e18);
    }

    // ---- how

    function _hook() private view returns (HookToken) {
        return HookToken(address(base));
    }

    function _owns() private {
        if (vault.owner() == address(base)) return;
        VM.prank(OWNER);
        vault.transferOwnership(address(base));
        _hook().call(address(vault), abi.encodeCall(vault.acceptOwnership, ()));
    }

    /// All that the vault does, asked for by its owner; and the action, asked by anyone.
    function _armed(address from, address to, bytes memory asked) private {
        _owns();
        delete _targets;
        delete _calls;
        _ask(address(vault), asked);
        _ask(address(vault), abi.encodeCall(vault.deposit, (address(base), 0)));
        _ask(address(vault), abi.encodeCall(vault.exit, (address(quote), type(uint256).max)));
        _ask(address(vault), abi.encodeCall(vault.sync, (address(base))));
        _ask(address(vault), abi.encodeCall(vault.sweep, (address(base))));
        _ask(address(vault), abi.encodeCall(vault.sweepEther, ()));
        _ask(address(vault), abi.encodeCall(vault.pause, ()));
        _ask(address(vault), abi.encodeCall(vault.unpause, ()));
        _ask(address(vault), abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        _ask(address(vault), abi.encodeCall(vault.state, ()));
        _ask(address(vault), abi.encodeCall(vault.book, (address(base))));
        _ask(address(vault), abi.encodeCall(vault.featuresAt, (0, new int24[](3), new bytes[](2))));
        _ask(address(vault), abi.encodeCall(vault.planInput, (0, 50, new int256[](1), "")));
        _guarded = _calls.length;
        address[] memory pools = new address[](1);
        pools[0] = address(near);
        Step memory step = Step(address(base), 1e18, address(quote), 0);
        _ask(policy.parts.action, abi.encodeCall(UniswapV3Action.run, (abi.encode(pools), step)));
        _ask(policy.parts.action, abi.encodeCall(UniswapV3Swaps.uniswapV3SwapCallback, (1e18, 0, "")));
        _ask(policy.parts.action, abi.encodeCall(UniswapV3Swaps.uniswapV3SwapCallback, (0, 1e18, "")));
        _hook().whenMoved(from, to, _targets, _calls);
    }

    function _ask(address target, bytes memory data) private {
        _targets.push(target);
        _calls.push(data);
    }

    function _allRefused() private {
        (bool[] memory dones, bytes[] memory reasons) = _hook().results();
        require(dones.length == _calls.length, "never called");
        for (uint256 i = 0; i < dones.length; i++) {
            require(!dones[i], string.concat("entered by call ", VM.toString(i)));
            bool entered = bytes4(reasons[i]) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
            require(entered || i >= _guarded, string.concat("another reason: ", VM.toString(i)));
        }
        _hook().whenMoved(address(1), address(1), new address[](0), new bytes[](0));
    }
}

/// A pool that is none: executes a vault's decision from within the swap.
contract PoolThatExecutes {
    address public immutable token0;
    address public immutable token1;
    address private immutable _vault;
    bytes private _asked;
    bool public done;

    constructor(address token0_, address token1_, address vault_, bytes memory asked) {
        (token0, token1, _vault, _asked) = (token0_, token1_, vault_, asked);
    }

    function swap(address, bool, int256, uint160, bytes calldata) external returns (int256, int256) {
        (done,) = _vault.call(_asked);
        return (0, 0);
    }
}
