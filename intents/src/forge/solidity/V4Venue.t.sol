// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {DrivenManager} from "sim/V4Driver.sol";
import {Step} from "vault/IAction.sol";
import {PathVenue} from "vault/PathVenue.sol";
import {HooklessPool, UniswapV4Action} from "vault/UniswapV4Action.sol";
import {Deployed} from "./Deployed.sol";
import {CallingToken, FalseManager, TaxedToken, Unlocked, Unlocker} from "./VenueDoubles.sol";
import {ProtocolFees, VenueMarkets} from "./VenueMarkets.sol";
import {VM} from "./Vm.sol";

/// Ways through pools of Uniswap v4, by its published byte code.
contract V4Venue is VenueMarkets {
    address private constant ETHER = address(0);

    UniswapV4Action private _action;
    /// Of tokens alone.
    HooklessPool[] private _way;
    /// From ether by a token to the last one.
    HooklessPool[] private _fromEther;

    function setUp() external {
        _deploy();
        _action = UniswapV4Action(payable(Deployed.ours("UniswapV4Action", abi.encode(manager, weth))));
        _way.push(_pool4(address(tokens[0]), address(tokens[1]), 3000, 13_860, 1000e18, 0));
        _way.push(_pool4(address(tokens[1]), address(tokens[2]), 500, -23_000, 3000e18, 0));
        _way.push(_pool4(address(tokens[2]), address(tokens[3]), 10_000, 60, 2000e18, 6000));
        _fromEther.push(_pool4(ETHER, address(tokens[1]), 500, 13_000, 700e18, 0));
        _fromEther.push(_way[1]);
        _fromEther.push(_way[2]);
    }

    // ---- what comes out ----

    /// One to three pools, there and back: to the unit what the manager gives for the same amounts, one after the other.
    function testFuzz_givesWhatTheManagerGives(uint256 amount, uint256 count, bool back, bool ether_) external {
        count = 1 + count % 3;
        amount = 1e9 + amount % 20e18;
        HooklessPool[] memory way = _first(ether_ ? _fromEther : _way, count);
        address start = ether_ ? address(weth) : address(tokens[0]);
        (address from, address to) = back ? (address(tokens[count]), start) : (start, address(tokens[count]));
        uint256 due = _due(way, from, amount);
        require(due != 0);
        require(_trade(_action, abi.encode(way), from, amount, to) == due, "something else than the manager gives");
    }

    /// Ether in the middle and at the end of a way.
    function test_etherAnywhere() external {
        HooklessPool[] memory way = new HooklessPool[](2);
        way[0] = _pool4(address(tokens[0]), ETHER, 3000, -600, 500e18, 0);
        way[1] = _fromEther[0];
        _sameBothWays(way, address(tokens[0]), address(tokens[1]));
        _sameBothWays(_only(way[0]), address(tokens[0]), address(weth));
        // And wrapped ether as a token of its own.
        _wrapped();
        way[0] = _pool4(address(tokens[2]), address(weth), 3000, 300, 500e18, 0);
        _sameBothWays(_only(way[0]), address(tokens[2]), address(weth));
    }

    function test_aWayThatTakesOnlyAPart() external {
        HooklessPool[] memory way = new HooklessPool[](2);
        (way[0], way[1]) = (_way[2], _pool4(address(tokens[3]), address(tokens[0]), 500, 0, 1e30, 0));
        _approve(address(_action), address(tokens[2]), 5000e18);
        for (uint256 count = 1; count <= 2; count++) {
            Step memory step = Step(address(tokens[2]), 5000e18, address(tokens[count == 1 ? 3 : 0]), 0);
            (bool done, bytes memory reason) =
                address(_action).call(abi.encodeCall(_action.run, (abi.encode(_first(way, count)), step)));
            require(!done && bytes4(reason) == UniswapV4Action.FilledInPart.selector);
        }
    }

    // ---- what it costs, and how deep it is ----

    function test_charges() external {
        address a = address(tokens[0]);
        require(_action.feeOf(abi.encode(_first(_way, 1)), a, address(tokens[1])) == 3000);
        require(_action.feeOf(abi.encode(_first(_way, 3)), a, address(tokens[3])) == 13_500);
        require(_action.feeOf(abi.encode(_first(_fromEther, 2)), address(weth), address(tokens[2])) == 1000);
        // The dearer direction, whichever it is: 0.1 % and 0.3 % of the rest.
        for (uint256 i = 0; i < 2; i++) {
            HooklessPool[] memory way = _first(_way, 1);
            way[0].protocolFee = i == 0 ? (1000 << 12) | 400 : (400 << 12) | 1000;
            _setProtocolFee(way[0]);
            require(_action.feeOf(abi.encode(way), a, address(tokens[1])) == 3997);
            _sameBothWays(way, a, address(tokens[1]));
        }
    }

    /// What the protocol takes besides is what the policy says, or nothing is traded, sized or allowed: less as more.
    function test_theProtocolsPartIsAsCounted() external {
        uint24[3] memory told = [uint24(1), 1 << 12, 0];
        uint24[3] memory counted = [uint24(0), 0, 1];
        for (uint256 i = 0; i < 3; i++) {
            HooklessPool[] memory way = _first(_way, 2);
            way[1].protocolFee = told[i];
            _setProtocolFee(way[1]);
            way[1].protocolFee = counted[i];
            bytes memory why =
                abi.encodeWithSelector(UniswapV4Action.OtherProtocolFee.selector, _id(way[1]), told[i], counted[i]);
            _refusedEverywhere(way, 0, 2, why);
        }
    }

    /// Another fee, another spacing, a fee that hooks would set: there is no such pool without hooks.
    function test_onlyPoolsThatAreThere() external {
        HooklessPool[] memory way = _first(_way, 2);
        way[1].fee = 501;
        _refusedEverywhere(way, 0, 2, abi.encodeWithSelector(UniswapV4Action.NoPool.selector, _id(way[1])));
        way[1].fee = 0x800000;
        _refusedEverywhere(way, 0, 2, abi.encodeWithSelector(UniswapV4Action.NoPool.selector, _id(way[1])));
        (way[1].fee, way[1].tickSpacing) = (500, 0);
        _refusedEverywhere(way, 0, 2, abi.encodeWithSelector(UniswapV4Action.NoPool.selector, _id(way[1])));
    }

    /// Where a pool's key has its hooks, a way has a number: an address is none.
    function test_hooksHaveNoPlace() external {
        bytes memory way = abi.encode(_first(_way, 1));
        address hooks = address(uint160(uint256(keccak256("hooks"))) | 0x80);
        assembly ("memory-safe") {
            mstore(add(way, 0xe0), hooks)
        }
        _refused(
            address(_action), abi.encodeCall(_action.feeOf, (way, address(tokens[0]), address(tokens[1]))), ""
        );
    }

    function test_liquidityIsThatOfOnePoolThatBearsAsMuch() external view {
        address a = address(tokens[0]);
        require(_action.liquidity(abi.encode(_first(_way, 1)), a) == 1000e18);
        // A depth by the prices behind it, and against those before it: roots of 1.0001 ^ (ticks / 2). And by its part of
        // all fees.
        uint256 first = _by(1000e18, -23_000);
        uint256 second = _by(3000e18, -13_860);
        require(_near(_action.liquidity(abi.encode(_first(_way, 2)), a), _min(first * 6 / 7, second / 7)));
        uint256 third = _by(2000e18, -13_860 + 23_000) * 20 / 27;
        uint256 least = _min(_min(_by(first, 60) * 6 / 27, _by(second, 60) / 27), third);
        require(_near(_action.liquidity(abi.encode(_first(_way, 3)), a), least));
        require(_action.liquidity(abi.encode(_first(_fromEther, 1)), address(weth)) == 700e18);
    }

    /// The narrowest pool, wherever it is.
    function test_theNarrowestCounts() external {
        HooklessPool[] memory way = _first(_way, 3);
        uint24[3] memory fees = [uint24(3000), 500, 10_000];
        for (uint256 i = 0; i < 3; i++) {
            uint256 before = _action.liquidity(abi.encode(way), address(tokens[0]));
            HooklessPool memory narrow = _pool4(address(tokens[i]), address(tokens[i + 1]), fees[i] + 1, 0, 1e18, 0);
            HooklessPool[] memory other = _first(_way, 3);
            other[i] = narrow;
            require(_action.liquidity(abi.encode(other), address(tokens[0])) < before / 10);
        }
    }

    function test_aPoolWithoutLiquidityHasNone() external {
        HooklessPool[] memory way = _only(HooklessPool(ETHER, address(tokens[3]), 100, 1, 0));
        manager.initialize(_key(way[0]), uint160(Q96));
        require(_action.liquidity(abi.encode(way), address(weth)) == 0);
    }

    // ---- ways that are none ----

    function test_aWayLeadsFromTheOneTokenToTheOther() external {
        HooklessPool[] memory way = _first(_way, 2);
        bytes memory why = abi.encodeWithSelector(PathVenue.NotAPath.selector, address(tokens[2]), address(tokens[3]));
        _refused(
            address(_action),
            abi.encodeCall(_action.feeOf, (abi.encode(way), address(tokens[0]), address(tokens[3]))),
            why
        );
        _refusedRun(_action, abi.encode(way), Step(address(tokens[0]), 1e18, address(tokens[3]), 0), why);
        // Ether is no token of a pool that has none.
        why = abi.encodeWithSelector(PathVenue.NotAPath.selector, address(weth), way[0].currency1);
        _refused(
            address(_action), abi.encodeCall(_action.feeOf, (abi.encode(way), address(weth), address(tokens[2]))), why
        );
    }

    /// From ether to wrapped ether and on: the way back could not be told from the way there.
    function test_etherAndItsWrappingAreOne() external {
        _wrapped();
        HooklessPool[] memory way = new HooklessPool[](2);
        way[0] = _fromEther[0];
        way[1] = _pool4(ETHER, address(weth), 100, 0, 1e18, 0);
        _refused(
            address(_action),
            abi.encodeCall(_action.feeOf, (abi.encode(way), address(tokens[1]), address(weth))),
            abi.encodeWithSelector(PathVenue.PassedTwice.selector, address(weth))
        );
    }

    // ---- attacks ----

    function test_nobodyElseCallsBack() external {
        bytes memory data = abi.encode(ANYONE, _step(), _first(_way, 1));
        bytes memory call = abi.encodeCall(_action.unlockCallback, (data));
        tokens[0].mint(ANYONE, 1e18);
        VM.prank(ANYONE);
        tokens[0].approve(address(_action), 1e18);
        _refused(
            address(_action), call, abi.encodeWithSelector(UniswapV4Action.NotHanded.selector, address(this))
        );
        VM.prank(address(manager));
        _refused(
            address(_action), call, abi.encodeWithSelector(UniswapV4Action.NotHanded.selector, address(manager))
        );
        // Nor within somebody's own unlock, where swaps would be carried out.
        Unlocker unlocker = new Unlocker();
        unlocker.unlock(address(manager), address(_action), call);
        require(!unlocker.done() && bytes4(unlocker.answer()) == UniswapV4Action.NotHanded.selector);
        require(tokens[0].balanceOf(ANYONE) == 1e18);
    }

    /// The manager unlocks one at a time: a run within somebody's unlock is none.
    function test_noRunWithinAnUnlock() external {
        Unlocker unlocker = new Unlocker();
        unlocker.unlock(
            address(manager), address(_action), abi.encodeCall(_action.run, (abi.encode(_first(_way, 1)), _step()))
        );
        require(!unlocker.done() && bytes4(unlocker.answer()) == bytes4(keccak256("AlreadyUnlocked()")));
    }

    /// With a manager that is none: what it was handed, once, by itself, in this run.
    function test_aFalseManagerCallsBackOnceWithWhatItWasHanded() external {
        FalseManager false_ = new FalseManager();
        UniswapV4Action action =
            UniswapV4Action(payable(Deployed.ours("UniswapV4Action", abi.encode(false_, weth))));
        bytes memory run = abi.encodeCall(action.run, (abi.encode(_first(_way, 1)), _step()));
        // Of more than the step the manager could take, if it were let.
        _approve(address(action), address(tokens[0]), 100e18);
        FalseManager.Deed[3] memory deeds =
            [FalseManager.Deed.BY_ANOTHER, FalseManager.Deed.OTHER_DATA, FalseManager.Deed.TWICE];
        for (uint256 i = 0; i < 3; i++) {
            false_.will(deeds[i], -1e18, 0);
            (bool done, bytes memory reason) = address(action).call(run);
            require(!done && bytes4(reason) == UniswapV4Action.NotHanded.selector, "called back");
        }
        false_.will(FalseManager.Deed.LATER, -1e18, 0);
        action.run(abi.encode(_first(_way, 1)), _step());
        _refused(
            address(false_),
            abi.encodeCall(false_.again, (Unlocked(address(action)))),
            abi.encodeWithSelector(UniswapV4Action.NotHanded.selector, address(false_))
        );
        // It lies: the step is lost, and nothing else.
        false_.will(FalseManager.Deed.HONEST, -1e18, 1e24);
        uint256 before = tokens[0].balanceOf(address(this));
        action.run(abi.encode(_first(_way, 1)), _step());
        require(before - tokens[0].balanceOf(address(this)) == 1e18 && tokens[1].balanceOf(address(this)) == 0);
        false_.will(FalseManager.Deed.HONEST, -0.5e18, 1e18);
        (bool filled, bytes memory why) = address(action).call(run);
        require(!filled && bytes4(why) == UniswapV4Action.FilledInPart.selector);
        false_.will(FalseManager.Deed.HONEST, -1e18, -1);
        (filled, why) = address(action).call(run);
        require(!filled && bytes4(why) == SafeCast.SafeCastOverflowedIntToUint.selector);
    }

    function test_aTokenThatTakesAFee() external {
        TaxedToken taxed = new TaxedToken();
        HooklessPool[] memory way = _only(_pool4(address(taxed), address(tokens[1]), 500, 0, 1000e18, 0));
        taxed.tax(100);
        _refusedRun(
            _action,
            abi.encode(way),
            Step(address(taxed), 1e18, address(tokens[1]), 0),
            abi.encodeWithSelector(PathVenue.FeeOnTransfer.selector, address(taxed), 1e18, 0.99e18)
        );
    }

    /// While it is paid, the manager is unlocked and a token may do what it likes: not run again, not play the manager,
    /// and not have the payment booked as its own.
    function test_aTokenThatCallsBackGetsNowhere() external {
        CallingToken calling = new CallingToken();
        HooklessPool[] memory way = _only(_pool4(address(calling), address(tokens[1]), 500, 0, 1000e18, 0));
        Step memory step = Step(address(calling), 1e18, address(tokens[1]), 0);
        bytes[2] memory calls = [
            abi.encodeCall(_action.run, (abi.encode(way), step)),
            abi.encodeCall(_action.unlockCallback, (abi.encode(address(this), step, way)))
        ];
        bytes4[2] memory whys =
            [ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, UniswapV4Action.NotHanded.selector];
        for (uint256 i = 0; i < 2; i++) {
            calling.will(address(_action), calls[i]);
            _trade(_action, abi.encode(way), address(calling), 1e18, address(tokens[1]));
            require(calling.calls() == 1 && !calling.done() && bytes4(calling.answer()) == whys[i]);
        }
        calling.will(address(manager), abi.encodeCall(DrivenManager.settle, ()));
        _refusedRun(
            _action,
            abi.encode(way),
            step,
            abi.encodeWithSelector(PathVenue.FeeOnTransfer.selector, address(calling), 1e18, 0)
        );
    }

    /// An amount that would be none of giving but of getting, if its sign turned.
    function test_anAmountBeyondEveryCurrency() external {
        Step memory step = Step(address(tokens[0]), 1 << 255, address(tokens[1]), 0);
        _approve(address(_action), address(tokens[0]), 1 << 255);
        (bool done, bytes memory reason) =
            address(_action).call(abi.encodeCall(_action.run, (abi.encode(_first(_way, 1)), step)));
        require(!done && bytes4(reason) == bytes4(keccak256("SafeCastOverflow()")), "the manager takes it");
    }

    function test_etherOfStrangersIsNotTaken() external {
        PURSE.deal(ANYONE, 1e18);
        VM.prank(ANYONE);
        (bool done, bytes memory reason) = address(_action).call{value: 1e18}("");
        require(!done);
        require(
            keccak256(reason) == keccak256(abi.encodeWithSelector(UniswapV4Action.NoEtherFrom.selector, ANYONE))
        );
    }

    /// Ether and tokens that nobody could refuse stay what they are: neither in the way nor of use.
    function test_whatIsForcedOnItStays() external {
        PURSE.deal(address(_action), 3e18);
        tokens[1].mint(address(_action), 5e18);
        HooklessPool[] memory way = _first(_fromEther, 1);
        for (uint256 i = 0; i < 2; i++) {
            (address from, address to) =
                i == 0 ? (address(weth), address(tokens[1])) : (address(tokens[1]), address(weth));
            _approve(address(_action), from, 1e18);
            uint256 due = _due(way, from, 1e18);
            uint256 before = weth.balanceOf(address(this)) + tokens[1].balanceOf(address(this));
            _action.run(abi.encode(way), Step(from, 1e18, to, 0));
            require(weth.balanceOf(address(this)) + tokens[1].balanceOf(address(this)) == before - 1e18 + due);
            require(address(_action).balance == 3e18 && tokens[1].balanceOf(address(_action)) == 5e18);
        }
    }

    // ---- how ----

    function _sameBothWays(HooklessPool[] memory way, address from, address to) private {
        uint256 due = _due(way, from, 3e18);
        require(_trade(_action, abi.encode(way), from, 3e18, to) == due, "there");
        due = _due(way, to, 2e18);
        require(_trade(_action, abi.encode(way), to, 2e18, from) == due, "back");
    }

    /// What the manager itself gives for it, in a world that is then forgotten.
    function _due(HooklessPool[] memory way, address from, uint256 amount) private returns (uint256) {
        uint256 id = VM.snapshotState();
        uint256 last = way.length - 1;
        address currency = _has(way[0], from) || _has(way[last], from) ? from : ETHER;
        bool back = !_has(way[0], currency);
        for (uint256 i = 0; i <= last; i++) {
            HooklessPool memory pool = way[back ? last - i : i];
            bool zeroForOne = pool.currency0 == currency;
            (int128 amount0, int128 amount1) = driver.swap(_key(pool), zeroForOne, -int256(amount), 0);
            (currency, amount) = zeroForOne
                ? (pool.currency1, uint256(int256(amount1)))
                : (pool.currency0, uint256(int256(amount0)));
        }
        require(VM.revertToState(id));
        return amount;
    }

    function _has(HooklessPool memory pool, address currency) private pure returns (bool) {
        return pool.currency0 == currency || pool.currency1 == currency;
    }

    function _refusedEverywhere(HooklessPool[] memory way, uint256 from, uint256 to, bytes memory why) private {
        (address asset, address numeraire) = (address(tokens[from]), address(tokens[to]));
        _refused(address(_action), abi.encodeCall(_action.feeOf, (abi.encode(way), asset, numeraire)), why);
        _refused(address(_action), abi.encodeCall(_action.liquidity, (abi.encode(way), asset)), why);
        _refusedRun(_action, abi.encode(way), Step(asset, 1e18, numeraire, 0), why);
    }

    function _setProtocolFee(HooklessPool memory pool) private {
        ProtocolFees(address(manager)).setProtocolFee(_key(pool), pool.protocolFee);
    }

    function _id(HooklessPool memory pool) private pure returns (bytes32) {
        return keccak256(abi.encode(_key(pool)));
    }

    /// A depth, times the root of a price.
    function _by(uint256 depth, int24 ticks) private pure returns (uint256) {
        return depth * _root(ticks) / Q96;
    }

    /// Wrapped ether for the driver.
    function _wrapped() private {
        PURSE.deal(address(this), 1e24);
        weth.deposit{value: 1e24}();
        weth.transfer(address(driver), 1e24);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _step() private view returns (Step memory) {
        return Step(address(tokens[0]), 1e18, address(tokens[1]), 0);
    }

    function _only(HooklessPool memory pool) private pure returns (HooklessPool[] memory way) {
        way = new HooklessPool[](1);
        way[0] = pool;
    }

    function _first(HooklessPool[] memory all, uint256 count) private pure returns (HooklessPool[] memory some) {
        some = new HooklessPool[](count);
        for (uint256 i = 0; i < count; i++) {
            some[i] = all[i];
        }
    }
}
