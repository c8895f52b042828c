// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {IVenue} from "vault/IVenue.sol";
import {IUniswapV2Pair} from "vault/IUniswapV2.sol";
import {HOLD, PoolLimits, Venue} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PoolPathVenue} from "vault/PathVenue.sol";
import {HooklessPool, UniswapV4Action} from "vault/UniswapV4Action.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {FalseManager} from "./VenueDoubles.sol";
import {ProtocolFees, VenueMarkets, WrappedEther} from "./VenueMarkets.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

/// Wrapped ether that anyone may have more of.
contract PlentifulEther is WrappedEther {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// A vault whose BASE, wrapped ether, is also traded against QUOTE in a pair of Uniswap v2, in a pool of v4 with ether and
/// in another pool of v3, and FAR along two pairs; all at a price of one.
abstract contract VenueWorld is World(2_500_000), VenueMarkets {
    uint128 internal constant SIDE = 1_500_000e18;
    uint8 internal constant ROUTE = 0;
    uint8 internal constant V2 = 1;
    uint8 internal constant V4 = 2;
    uint8 internal constant V3 = 3;
    uint8 internal constant FAR_V2 = 4;

    address internal pair;
    address internal farPair;
    address internal other;
    HooklessPool internal pool;

    function _open() internal {
        _deploy();
        // Ether for all that was minted.
        PURSE.deal(address(base), 1e40);
        pair = _pair(address(base), SIDE, address(quote), SIDE);
        farPair = _pair(address(far), SIDE, address(base), SIDE);
        pool = _pool4(address(0), address(quote), 500, 0, SIDE, 0);
        pools = factory;
        other = address(_pool3(address(base), address(quote), 3000, 0, SIDE));
        IVenue v2 = IVenue(Deployed.ours("UniswapV2Action", abi.encode(pairs, 3000)));
        IVenue v4 = IVenue(Deployed.ours("UniswapV4Action", abi.encode(manager, base)));
        IVenue v3 = IVenue(Deployed.ours("UniswapV3PathAction", abi.encode(factory)));
        HooklessPool[] memory way = new HooklessPool[](1);
        way[0] = pool;
        address[] memory two = new address[](2);
        (two[0], two[1]) = (farPair, pair);
        _venue(1, v2, 3000, abi.encode(_one(pair)));
        _venue(1, v4, 500, abi.encode(way));
        _venue(1, v3, 3000, abi.encode(_one(other)));
        _venue(2, v2, 6000, abi.encode(two));
        // Of two pairs, each of which charges half.
        policy.limits.venues[3] = PoolLimits(SIDE * 9 / 20, SIDE * 9 / 20);
        policy.limits.numbers.maxSlippageBps = 100;
        // FAR is traded as BASE is.
        policy.model.targets = [0, 0, HOLD, HOLD, 8000, HOLD];
        revise();
    }

    function _venue(uint8 asset, IVenue action, uint24 fee, bytes memory way) internal {
        policy.parts.venues.push(Venue(asset, address(action), fee, way));
        policy.limits.venues.push(PoolLimits(SIDE * 9 / 10, SIDE * 9 / 10));
    }

    function _base() internal override returns (TestToken) {
        return TestToken(address(new PlentifulEther()));
    }

    /// The call of a proven decision, to be carried out there: the proof is the same wherever that is.
    function chosen(uint256 class, uint8 ofBase, uint8 ofFar) internal returns (bytes memory) {
        Vault.Decision memory d = _wanted(class);
        bytes memory hints = _hints(d.asOf, ofBase, ofFar);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        PolicyEngine.Plan memory plan = planned(class, ROUTE, ROUTE);
        int256[] memory x = vault.featuresAt(d.asOf, plan.refs, sourceHints);
        verifier.authorise(key, x, d.outputs, vault.contextOf(d));
        return abi.encodeCall(vault.execute, (d, hints, sourceHints, ""));
    }

    function planned(uint256 class, uint8 ofBase, uint8 ofFar) internal view returns (PolicyEngine.Plan memory) {
        Vault.Decision memory d = _wanted(class);
        return engine.plan(vault.planInput(d.asOf, 100, d.outputs, _hints(d.asOf, ofBase, ofFar)));
    }

    function _wanted(uint256 class) private view returns (Vault.Decision memory d) {
        d = decision(class);
        d.maxSlippageBps = 100;
    }

    function _hints(uint32 asOf, uint8 ofBase, uint8 ofFar) private view returns (bytes memory hints) {
        hints = engine.locate(vault.state().policyAt, asOf);
        (hints[hints.length - 2], hints[hints.length - 1]) = (bytes1(ofBase), bytes1(ofFar));
    }

    function _push(uint8 place, bool dearer, uint256 amount) internal {
        (address from, address to) = dearer ? (address(quote), address(base)) : (address(base), address(quote));
        TestToken(from).mint(address(this), amount);
        TestToken(from).approve(policy.parts.venues[place - 1].action, amount);
        _run(place, from, amount, to);
    }

    function _due(uint8 place, bool sell, uint256 amount) internal returns (uint256 due) {
        if (place == ROUTE) return 0;
        if (place == V2) return _ofPair(pair, sell ? address(base) : address(quote), amount);
        uint256 id = VM.snapshotState();
        if (place == V4) {
            bool zeroForOne = sell == (pool.currency0 == address(0));
            (int128 amount0, int128 amount1) = driver.swap(_key(pool), zeroForOne, -int256(amount), 0);
            due = uint256(int256(zeroForOne ? amount1 : amount0));
        } else {
            (address from, address to) = sell ? (address(base), address(quote)) : (address(quote), address(base));
            TestToken(from).mint(address(this), amount);
            TestToken(from).approve(policy.parts.venues[place - 1].action, amount);
            due = _run(place, from, amount, to);
        }
        require(VM.revertToState(id));
    }

    /// Half of fee times depth, at a price of one.
    function _bears(uint8 place) internal view returns (uint256) {
        return uint256(SIDE) * 9 / 10 * policy.parts.venues[place - 1].fee * 5000 / 1e10;
    }

    function _twice(uint256 amount) internal view returns (uint256) {
        return _ofPair(pair, address(base), _ofPair(farPair, address(far), amount));
    }

    function _run(uint8 place, address from, uint256 amount, address to) internal returns (uint256) {
        uint256 before = TestToken(to).balanceOf(address(this));
        Venue memory venue = policy.parts.venues[place - 1];
        IVenue(venue.action).run(venue.parameters, Step(from, amount, to, 0));
        return TestToken(to).balanceOf(address(this)) - before;
    }

    function _ofPair(address from, address tokenIn, uint256 amount) internal view returns (uint256) {
        (uint256 x, uint256 y,) = IUniswapV2Pair(from).getReserves();
        if (IUniswapV2Pair(from).token0() != tokenIn) (x, y) = (y, x);
        return amount * 997 * y / (x * 1000 + amount * 997);
    }

    /// The books are what is there, and no action has a token or an approval.
    function _whole() internal view {
        TestToken[3] memory all = [quote, base, far];
        for (uint256 i = 0; i < 3; i++) {
            require(all[i].balanceOf(address(vault)) == booked(all[i]), "booked something else");
            for (uint256 v = 0; v < 4; v++) {
                address action = policy.parts.venues[v].action;
                require(all[i].balanceOf(action) == 0 && all[i].allowance(address(vault), action) == 0, "left over");
                require(action.balance == 0, "ether left over");
            }
        }
    }
}

/// Whole decisions at each venue.
contract VenueLife is VenueWorld {
    function setUp() external {
        _open();
    }

    /// One proof, four places: whoever sends it chooses, and the vault gets there what the market itself gives.
    function test_aProvenDecisionIsCarriedOutAtAnyVenue() external {
        for (uint8 place = ROUTE; place <= V3; place++) {
            uint256 id = VM.snapshotState();
            uint256 amount = planned(BUY, place, ROUTE).steps[0].amountIn;
            require(place == ROUTE || amount == _bears(place), "sized by something else than its own depth");
            uint256 due = _due(place, false, amount);
            executed(chosen(BUY, place, ROUTE));
            require(50_000e18 - booked(quote) == amount, "gave something else");
            if (place != ROUTE) require(booked(base) - 50_000e18 == due, "got something else");
            _whole();
            pass(1);
            amount = planned(SELL, place, ROUTE).steps[0].amountIn;
            require(place == ROUTE || amount == _bears(place), "sold by something else than its own depth");
            due = _due(place, true, amount);
            uint256 before = booked(quote);
            executed(chosen(SELL, place, ROUTE));
            if (place != ROUTE) require(booked(quote) - before == due, "got something else back");
            _whole();
            require(VM.revertToState(id));
        }
    }

    /// A pair is pushed right before: nothing else that is looked at knows of it, and the worst price holds.
    function test_aPushedPairIsRefusedByItsPriceAlone() external {
        _pushed(V2, 40_000e18);
    }

    function test_aPushedPoolIsRefusedByItsPriceAlone() external {
        _pushed(V4, 60_000e18);
    }

    /// What the protocol begins to take is in no worst price and no size: the venue is refused, the route is not.
    function test_aPartOfTheProtocolsIsRefusedUntilThePolicyCountsIt() external {
        bytes memory asked = chosen(BUY, V4, ROUTE);
        ProtocolFees(address(manager)).setProtocolFee(_key(pool), (500 << 12) | 500);
        refused(AGENT, asked, UniswapV4Action.OtherProtocolFee.selector);
        uint256 id = VM.snapshotState();
        executed(chosen(BUY, ROUTE, ROUTE));
        require(VM.revertToState(id));
        HooklessPool[] memory way = new HooklessPool[](1);
        way[0] = pool;
        way[0].protocolFee = (500 << 12) | 500;
        (policy.parts.venues[1].parameters, policy.parts.venues[1].fee) = (abi.encode(way), 1000);
        revise();
        executed(chosen(BUY, V4, ROUTE));
    }

    /// A manager that takes all and gives nothing, and says that it gave: what is left to the vault is its worst price.
    function test_aManagerThatLiesGetsNothing() external {
        FalseManager lying = new FalseManager();
        policy.parts.venues[1].action = Deployed.ours("UniswapV4Action", abi.encode(lying, base));
        revise();
        bytes memory asked = chosen(SELL, V4, ROUTE);
        uint256 amount = planned(SELL, V4, ROUTE).steps[0].amountIn;
        // Ether is paid with the call.
        lying.will(FalseManager.Deed.HONEST, -int128(uint128(amount)), int128(uint128(2 * amount)));
        refused(AGENT, asked, Vault.SlippageExceeded.selector);
        require(base.balanceOf(address(vault)) == 50_000e18 && address(lying).balance == 0);
    }

    /// An owner can put no way into a policy that its action would not go.
    function test_aPolicyHasNoForeignPairAndNoPoolThatIsNotThere() external {
        bytes memory way = policy.parts.venues[0].parameters;
        policy.parts.venues[0].parameters = abi.encode(_one(other));
        _refusedPolicy(PoolPathVenue.ForeignPool.selector);
        policy.parts.venues[0].parameters = way;
        HooklessPool[] memory none = new HooklessPool[](1);
        none[0] = pool;
        none[0].fee = 501;
        policy.parts.venues[1].parameters = abi.encode(none);
        _refusedPolicy(UniswapV4Action.NoPool.selector);
    }

    // ---- how ----

    function _refusedPolicy(bytes4 why) private {
        VM.prank(OWNER);
        (bool done, bytes memory reason) = address(vault).call(abi.encodeCall(vault.setPolicy, (abi.encode(policy))));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }

    /// Somebody makes BASE dearer there by so much of QUOTE, before a purchase of the vault's.
    function _pushed(uint8 place, uint256 amount) private {
        uint256 id = VM.snapshotState();
        executed(chosen(BUY, place, ROUTE));
        require(VM.revertToState(id));
        bytes memory asked = chosen(BUY, place, ROUTE);
        _push(place, true, amount);
        refused(AGENT, asked, Vault.SlippageExceeded.selector);
        // At its route the same decision holds, and so it does once the venue is back.
        id = VM.snapshotState();
        executed(chosen(BUY, ROUTE, ROUTE));
        require(VM.revertToState(id));
        _push(place, false, amount);
        executed(asked);
    }
}

/// Two assets at two venues in one decision, the longer of them over two pairs.
contract VenuesLife is VenueWorld {
    function setUp() external {
        _open();
        VM.startPrank(OWNER);
        far.mint(OWNER, 50_000e18);
        far.approve(address(vault), type(uint256).max);
        vault.deposit(address(far), 50_000e18);
        VM.stopPrank();
        pass(1);
    }

    function test_eachAssetAtItsOwn() external {
        PolicyEngine.PlanStep[] memory steps = planned(SELL, V4, FAR_V2).steps;
        require(steps.length == 2 && steps[0].venue == V4 && steps[1].venue == FAR_V2);
        uint256 due = _due(V4, true, steps[0].amountIn) + _twice(steps[1].amountIn);
        executed(chosen(SELL, V4, FAR_V2));
        require(booked(quote) - 50_000e18 == due);
        _whole();
    }
}
