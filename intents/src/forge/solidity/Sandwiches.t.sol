// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Hop, PoolLimits, PoolPart} from "vault/Policy.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Vault} from "vault/Vault.sol";
import {Pool} from "test/Searcher.sol";
import {Attacker} from "./Attacker.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

interface Environment {
    function envOr(string calldata name, bool otherwise) external view returns (bool);
}

interface NewPool {
    function createPool(address a, address b, uint24 fee) external returns (address pool);
}

/// What sandwiches of all sizes around a purchase come to, at most, for somebody who owns a share of the pool.
abstract contract Sandwiches is World {
    struct Case {
        uint256 share;
        /// Ticks that the market has fallen since the decision's moment.
        int256 drift;
        bool twoBlocks;
    }

    struct Found {
        /// What an undisturbed step takes, and the most that a sandwich gained over doing nothing, both in quote.
        uint256 step;
        int256 gain;
        /// What of it the vault lost, in quote at the market's price.
        int256 lost;
        int256 ticks;
        /// Whether the undisturbed decision is carried out.
        bool done;
    }

    uint128 internal immutable DEPTH;

    constructor(uint128 depth) World(depth) {
        DEPTH = depth * 1e18;
    }

    function _best(Case memory c) internal returns (Found memory best) {
        uint256 id = VM.snapshotState();
        if (c.share != 0) {
            uint128 own = uint128(DEPTH * c.share / 10_000);
            others.depart(-FULL, FULL, own);
            attacker.provide(-FULL, FULL, own);
        }
        VM.warp(block.timestamp - block.timestamp % 600 + 1801);
        others.pushTo(_price(-c.drift));
        VM.warp(block.timestamp + 90);
        (int256 idle, int256 worth, uint256 step) = _tried(c, 0);
        best.done = idle != type(int256).min;
        best.step = step;
        for (int256 ticks = 1; best.done && ticks <= 60; ticks += ticks < 20 ? int256(1) : int256(4)) {
            (int256 gain, int256 left,) = _tried(c, ticks);
            if (gain == type(int256).min || gain - idle <= best.gain) continue;
            (best.gain, best.lost, best.ticks) = (gain - idle, worth - left, ticks);
        }
        require(VM.revertToState(id));
    }

    /// @return gain of the attacker, in quote at the market's price
    /// @return worth of the vault after it
    /// @return step what it paid
    function _tried(Case memory c, int256 ticks) private returns (int256 gain, int256 worth, uint256 step) {
        uint256 id = VM.snapshotState();
        bytes memory asked = _proven();
        if (ticks != 0) attacker.pushTo(_price(ticks - c.drift));
        if (c.twoBlocks) VM.warp(block.timestamp + 12);
        uint256 before = booked(quote);
        (bool done,) = execute(STRANGER, asked);
        step = before - booked(quote);
        attacker.pushTo(_price(-c.drift));
        if (c.share != 0) attacker.depart(-FULL, FULL, uint128(DEPTH * c.share / 10_000));
        gain = done && step != 0
            ? attacker.gain(address(quote)) + _valued(attacker.gain(address(base)), c.drift)
            : type(int256).min;
        worth = int256(booked(quote)) + _valued(int256(booked(base)), c.drift);
        require(VM.revertToState(id));
    }

    function _proven() private returns (bytes memory asked) {
        try this.proof() returns (bytes memory made) {
            asked = made;
        } catch {}
    }

    function proof() external returns (bytes memory) {
        Vault.Decision memory d = decision(BUY);
        d.maxSlippageBps = policy.limits.numbers.maxSlippageBps;
        return proven(d);
    }

    function _valued(int256 amount, int256 drift) private pure returns (int256) {
        uint256 root = PriceMath.sqrtRatioX96(-drift);
        uint256 size = Math.mulDiv(Math.mulDiv(uint256(amount < 0 ? -amount : amount), root, 1 << 96), root, 1 << 96);
        return amount < 0 ? -int256(size) : int256(size);
    }

    function _price(int256 ticks) internal view returns (uint160) {
        return uint160(PriceMath.sqrtRatioX96(near.token0() == address(base) ? ticks : -ticks));
    }

    /// Rows of a table, where PROBITY_TABLES is set to true: depth of a side, ticks that the market fell since the
    /// decision's moment, share of the liquidity, blocks; the step, what a sandwich gains at most, that in basis points of
    /// the step, and what the vault then has less, in the same.
    function _table(bool twoBlocks) internal {
        if (!Environment(address(VM)).envOr("PROBITY_TABLES", false)) return;
        uint16[4] memory shares = [0, 5000, 9000, 9900];
        int8[4] memory drifts = [int8(0), 25, 50, 51];
        for (uint256 d = 0; d < 4; d++) {
            for (uint256 s = 0; s < 4; s++) {
                Found memory f = _best(Case(shares[s], drifts[d], twoBlocks));
                string memory row = string.concat(
                    "| ", VM.toString(uint256(DEPTH) / 1e18), " | ", VM.toString(int256(drifts[d])), " | ",
                    VM.toString(uint256(shares[s]) / 100), " % | ", twoBlocks ? "2 | " : "1 | "
                );
                row = string.concat(row, f.done ? VM.toString(f.step / 1e18) : "refused", " | ", _cents(f.gain));
                row = string.concat(row, " | ", _cents(f.done ? f.gain * 10_000 * 1e18 / int256(f.step) : int256(0)));
                row = string.concat(row, " | ", _cents(f.done ? f.lost * 10_000 * 1e18 / int256(f.step) : int256(0)), " |");
                VM.writeLine("target/forge/sandwiches.md", row);
            }
        }
    }

    /// With two digits after the point.
    function _cents(int256 amount) private pure returns (string memory) {
        uint256 cents = uint256(amount < 0 ? -amount : amount) / 1e16;
        string memory rest = VM.toString(cents % 100);
        return string.concat(
            amount < 0 ? "-" : "", VM.toString(cents / 100), ".", cents % 100 < 10 ? "0" : "", rest
        );
    }
}

contract SandwichesOfAThinPool is Sandwiches(500_000) {
    function test_table() external {
        _table(false);
    }

    function test_tableOverTwoBlocks() external {
        _table(true);
    }
}

contract SandwichesOfAPool is Sandwiches(2_500_000) {
    /// Where a policy counts on a part of what is there, steps are smaller and the room is not: an owner of nearly all
    /// gains up to the whole of it, 2 * share * fee more than the margin.
    function test_whereLessIsCountedOnTheRoomIsTheBound() external {
        policy.limits.pools[0].countedLiquidity = DEPTH / 10;
        revise();
        Found memory f = _best(Case(9000, 0, false));
        require(f.done && f.gain <= int256(f.step / 100_000), "others bear the step");
        f = _best(Case(9900, 0, false));
        require(f.done && f.gain > int256(f.step * 6 / 10_000), "no more than the margin was gained");
        require(f.gain <= int256(f.step * 11 / 10_000), "more than the room was gained");
    }

    function test_table() external {
        _table(false);
    }

    function test_tableOverTwoBlocks() external {
        _table(true);
    }
}

contract SandwichesOfADeepPool is Sandwiches(20_000_000) {
    function test_table() external {
        _table(false);
    }

    function test_tableOverTwoBlocks() external {
        _table(true);
    }
}

/// Where the fee is wide a step is large, and part of it filled is less of what its owner earns as a provider: with a fee
/// of 0.3 %, too, an owner of nearly all gains no more than the margin and one.
contract SandwichesOfAWidePool is Sandwiches(2_500_000) {
    constructor() {
        near = Pool(NewPool(address(factory)).createPool(address(base), address(quote), 3000));
        near.initialize(1 << 96);
        near.increaseObservationCardinalityNext(200);
        others = new Attacker(near);
        attacker = new Attacker(near);
        for (uint256 i = 0; i < 4; i++) {
            VM.warp(block.timestamp + 60);
            others.provide(-FULL, FULL, DEPTH / 4);
        }
        VM.warp(block.timestamp + 3 hours);
        policy.parts.pools.push(PoolPart(address(near), 3000));
        policy.limits.pools.push(PoolLimits(DEPTH * 99 / 100, DEPTH * 99 / 100));
        policy.parts.assets[1].route[0] = Hop(2, near.token0() == address(quote));
        policy.limits.numbers.maxSlippageBps = 100;
        revise();
    }

    function test_upToHalfOfThePoolNothingIsGained() external {
        Found memory f = _best(Case(0, 0, false));
        require(f.done && f.step > 1000e18 && f.gain <= 0, "an outsider gained");
        f = _best(Case(5000, 0, false));
        require(f.done && f.gain <= int256(f.step / 100_000), "an owner of half gained");
    }

    function test_beyondItNoMoreThanTheMarginAndOneIs() external {
        Found memory f = _best(Case(9900, 0, false));
        require(f.done && f.gain > 0 && f.gain <= int256(f.step * 6 / 10_000), "more than the margin was gained");
    }
}
