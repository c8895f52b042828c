// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {PriceGuard} from "vault/PriceGuard.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Vault} from "vault/Vault.sol";
import {Attacker} from "./Attacker.sol";
import {Authorised} from "./Authorised.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// What an adversary with money gets, and what an honest agent does, in a pool of 2.5 million a side of which the policy
/// counts on nearly all. The market's price is one throughout, so a unit of either token is worth one.
contract Guard is World(2_500_000) {
    uint128 private constant DEPTH = 2_500_000e18;
    /// 0.5 * 0.0005 * 2,475,000
    uint256 private constant STEP = 618.75e18;

    // ---- an honest agent ----

    function test_anHonestTradeIsHalfOfWhatASandwichNeeds() external {
        executed(proven(decision(BUY)));
        uint256 paid = 50_000e18 - booked(quote);
        require(paid > STEP * 999 / 1000 && paid <= STEP, "size");
        require(booked(base) - 50_000e18 > paid * 999 / 1000, "price");
    }

    function test_aQuietPoolIsNotRefused() external {
        VM.warp(block.timestamp + 7 hours);
        executed(proven(decision(SELL)));
        require(booked(base) < 50_000e18);
    }

    function test_aMarketThatMovesALittleIsNotRefused() external {
        for (int256 i = 1; i <= 6; i++) {
            VM.warp(block.timestamp + 600);
            others.pushTo(_price(i % 2 == 0 ? int256(0) : int256(15)));
            VM.warp(block.timestamp + 12);
            executed(proven(decision(i % 2 == 0 ? SELL : BUY)));
        }
    }

    function test_holdIsRecorded() external {
        Vault.Decision memory d = decision(KEEP);
        executed(proven(d));
        require(vault.state().nonce == 1 && vault.state().lastAsOf == d.asOf && booked(quote) == 50_000e18);
    }

    // ---- copied call data, kept proofs, stolen keys ----

    function test_copiedCallDataIsWorthNothing() external {
        Vault.Decision memory d = decision(BUY);
        d.executor = AGENT;
        bytes memory asked = proven(d);
        refused(STRANGER, asked, Vault.NotExecutor.selector);
        d.executor = STRANGER;
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        refused(
            STRANGER, abi.encodeCall(vault.execute, (d, hints, sourceHints, "")), Authorised.NotAuthorised.selector
        );
        executed(asked);
        refused(AGENT, asked, Vault.WrongNonce.selector);
    }

    function test_aProofKeptWhileTheMarketFallsIsWorthNothing() external {
        bytes memory asked = proven(decision(BUY));
        others.pushTo(_price(-400));
        VM.warp(block.timestamp + 12);
        refused(STRANGER, asked, PriceGuard.MarketMoved.selector);
        // Nor when it comes back within one transaction.
        others.pushTo(_price(0));
        refused(STRANGER, asked, PriceGuard.MarketMoved.selector);
    }

    function test_anAgentsKeyMovesNothing() external {
        bytes memory not = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, AGENT);
        bytes[8] memory calls = [
            abi.encodeCall(vault.exit, (address(quote), type(uint256).max)),
            abi.encodeCall(vault.deposit, (address(quote), 0)),
            abi.encodeCall(vault.sync, (address(quote))),
            abi.encodeCall(vault.sweep, (address(quote))),
            abi.encodeCall(vault.sweepEther, ()),
            abi.encodeCall(vault.pause, ()),
            abi.encodeCall(vault.setPolicy, (abi.encode(policy))),
            abi.encodeCall(vault.transferOwnership, (AGENT))
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            (bool done, bytes memory reason) = execute(AGENT, calls[i]);
            require(!done && keccak256(reason) == keccak256(not));
        }
        VM.prank(OWNER);
        vault.transferOwnership(AGENT);
        VM.prank(AGENT);
        (bool taken, bytes memory why) = address(vault).call(abi.encodeCall(vault.acceptOwnership, ()));
        require(!taken && bytes4(why) == Vault.OwnerIsAgent.selector);
    }

    // ---- sandwiches ----

    /// One transaction, nothing but a flash loan.
    function test_aSandwichPaysNothing() external {
        (uint256 carriedOut, int256 most) = _sandwiches(0, false);
        require(carriedOut > 5, "too few were carried out to mean something");
        require(most <= 0, "a sandwich paid");
    }

    /// The same by somebody who owns half of the range.
    function test_aSandwichByAnOwnerOfHalfOfTheRangePaysNothing() external {
        _own(5000);
        (uint256 carriedOut, int256 most) = _sandwiches(5000, false);
        require(carriedOut > 5 && most <= 1e15, "a sandwich paid");
    }

    /// Beyond half, at most the margin and a tick of the step.
    function test_aSandwichByAnOwnerOfNearlyAllIsBounded() external {
        uint16[2] memory shares = [9000, 9900];
        for (uint256 i = 0; i < shares.length; i++) {
            uint256 id = VM.snapshotState();
            _own(shares[i]);
            (uint256 carriedOut, int256 most) = _sandwiches(shares[i], false);
            require(carriedOut > 5 && most <= int256(STEP * 6 / 10_000), "more than the margin was paid");
            require(VM.revertToState(id));
        }
    }

    /// The price is moved at the end of one block, and moved back in the next, after the trade.
    function test_twoBlocksPayNothingUpToHalfOfTheRange() external {
        (uint256 carriedOut, int256 most) = _sandwiches(0, true);
        require(carriedOut > 5 && most <= 0, "two blocks paid");
        _own(5000);
        (carriedOut, most) = _sandwiches(5000, true);
        require(carriedOut > 5 && most <= 1e15, "two blocks paid an owner of half");
    }

    function test_twoBlocksByAnOwnerOfNearlyAllAreBoundedBySlippage() external {
        _own(9000);
        (uint256 carriedOut, int256 most) = _sandwiches(9000, true);
        require(carriedOut > 5 && most <= int256(STEP * 46 / 10_000), "more than the slippage was paid");
    }

    function test_aPriceHeldAtTheBlocksStartIsRefused() external {
        bytes memory asked = proven(decision(BUY));
        attacker.pushTo(_price(60));
        VM.warp(block.timestamp + 12);
        refused(STRANGER, asked, PriceGuard.MarketMoved.selector);
        // Nor if it is moved back first: the start of the block stays what it was.
        attacker.pushTo(_price(0));
        refused(STRANGER, asked, PriceGuard.MarketMoved.selector);
    }

    // ---- liquidity ----

    /// Whoever lends liquidity to the range for a window makes no trade larger.
    function test_lentLiquidityRaisesNoSize() external {
        attacker.provide(-30, 30, 100 * DEPTH);
        VM.warp(block.timestamp + 360);
        VM.warp(block.timestamp - block.timestamp % 600 + 600);
        executed(proven(decision(BUY)));
        require(50_000e18 - booked(quote) <= STEP, "lent liquidity counted");
    }

    function test_aDrainedPoolIsRefused() external {
        bytes memory asked = proven(decision(BUY));
        others.depart(-FULL, FULL, DEPTH / 50);
        refused(AGENT, asked, PriceGuard.TooLittleLiquidity.selector);
    }

    function test_liquidityThatIsBackJustInTimeIsNotEnough() external {
        others.depart(-FULL, FULL, DEPTH / 10);
        VM.warp(block.timestamp + 100);
        bytes memory asked;
        uint256 id = VM.snapshotState();
        VM.warp(block.timestamp + 400);
        others.provide(-FULL, FULL, DEPTH / 10);
        VM.warp(block.timestamp + 700);
        VM.warp(block.timestamp - block.timestamp % 600);
        asked = proven(decision(BUY));
        executed(asked);
        require(VM.revertToState(id));
        others.provide(-FULL, FULL, DEPTH / 10);
        Vault.Decision memory d = decision(BUY);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        (bool planned, bytes memory reason) =
            address(engine).staticcall(abi.encodeCall(engine.plan, (vault.planInput(d.asOf, 50, d.outputs, hints))));
        require(!planned && bytes4(reason) == PriceGuard.TooLittleLiquidity.selector, "just in time");
    }

    function test_aSlippageBelowTheFeesIsNamed() external {
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        d.maxSlippageBps = 5;
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        (bool planned, bytes memory reason) = address(engine).staticcall(
            abi.encodeCall(engine.plan, (vault.planInput(d.asOf, 5, d.outputs, hints)))
        );
        require(!planned && bytes4(reason) == PriceGuard.SlippageBelowFees.selector);
        executed(asked);
    }

    // ---- how ----

    /// A price of base, so many ticks over one, as the pool has it.
    function _price(int256 ticks) private view returns (uint160) {
        return uint160(PriceMath.sqrtRatioX96(near.token0() == address(base) ? ticks : -ticks));
    }

    /// Makes a share of the pool's liquidity the attacker's.
    function _own(uint256 bps) private {
        uint128 share = uint128(DEPTH * bps / 10_000);
        others.depart(-FULL, FULL, share);
        attacker.provide(-FULL, FULL, share);
        VM.warp(block.timestamp + 1200);
    }

    /// Pushes of many sizes around a purchase by the vault: how many were carried out, and the most that one gained over
    /// doing nothing.
    function _sandwiches(uint256 share, bool acrossBlocks) private returns (uint256 carriedOut, int256 most) {
        int256 idle = _gain(share, 0, acrossBlocks);
        most = type(int256).min;
        for (int256 ticks = 1; ticks <= 60; ticks += ticks < 20 ? int256(1) : int256(5)) {
            int256 gain = _gain(share, ticks, acrossBlocks);
            if (gain == type(int256).min) continue;
            carriedOut++;
            if (gain - idle > most) most = gain - idle;
        }
    }

    function _gain(uint256 share, int256 ticks, bool acrossBlocks) private returns (int256 gain) {
        uint256 id = VM.snapshotState();
        bytes memory asked = proven(decision(BUY));
        if (ticks != 0) attacker.pushTo(_price(ticks));
        if (acrossBlocks) VM.warp(block.timestamp + 12);
        (bool done,) = execute(STRANGER, asked);
        attacker.pushTo(_price(0));
        if (share != 0) attacker.depart(-FULL, FULL, uint128(DEPTH * share / 10_000));
        gain = done ? attacker.gain(address(quote)) + attacker.gain(address(base)) : type(int256).min;
        require(VM.revertToState(id));
    }
}
