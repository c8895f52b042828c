// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {IVenue} from "vault/IVenue.sol";
import {PoolLimits, Venue} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyOrder, Part} from "vault/PolicyOrder.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {PriceGuard} from "vault/PriceGuard.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";
import {World} from "./World.sol";

/// A venue that says, takes and gives what it is told to, and meanwhile calls whom it is told to.
contract ToldVenue is IVenue {
    uint256 private _fee = 500;
    uint256 private _liquidity = 2_000_000e18;
    uint256 private _takesBps = 10_000;
    uint256 private _givesBps = 9_990;
    address private _target;
    bytes[] private _calls;
    bytes[] private _answers;

    function says(uint256 fee, uint256 liquidity_) external {
        (_fee, _liquidity) = (fee, liquidity_);
    }

    function does(uint256 takesBps, uint256 givesBps) external {
        (_takesBps, _givesBps) = (takesBps, givesBps);
    }

    function calls(address target, bytes[] calldata calls_) external {
        _target = target;
        for (uint256 i = 0; i < calls_.length; i++) {
            _calls.push(calls_[i]);
        }
    }

    function carry(address target, bytes calldata call) external {
        (bool done,) = target.call(call);
        require(done);
    }

    function answers() external view returns (bytes[] memory) {
        return _answers;
    }

    function feeOf(bytes calldata, address, address) external view returns (uint256) {
        return _fee;
    }

    function liquidity(bytes calldata, address) external view returns (uint256) {
        return _liquidity;
    }

    function run(bytes calldata, Step calldata step) external {
        uint256 taken = step.amountIn * _takesBps / 10_000;
        require(IERC20(step.tokenIn).transferFrom(msg.sender, address(this), taken));
        for (uint256 i = 0; i < _calls.length; i++) {
            (bool done, bytes memory answer) = _target.call(_calls[i]);
            _answers.push(done ? bytes("") : answer);
        }
        TestToken(step.tokenOut).mint(msg.sender, taken * _givesBps / 10_000);
    }
}

/// What a policy, its engine and the vault refuse of a venue, each where it alone does.
contract VenueChecks is World(2_500_000) {
    ToldVenue private _told = new ToldVenue();

    function setUp() external {
        policy.parts.venues.push(Venue(1, address(_told), 500, "the way"));
        policy.limits.venues.push(PoolLimits(2_000_000e18, 1_000_000e18));
        revise();
    }

    // ---- the choice ----

    function test_aVenueIsOfItsAssetAndThere() external {
        _refusesToPlan(BUY, hex"0200", abi.encodeWithSelector(PolicyEngine.NotAVenueOf.selector, 1, 2));
        _refusesToPlan(BUY, hex"0001", abi.encodeWithSelector(PolicyEngine.NotAVenueOf.selector, 2, 1));
        // Whether it is traded or not.
        _refusesToPlan(KEEP, hex"0001", abi.encodeWithSelector(PolicyEngine.NotAVenueOf.selector, 2, 1));
        policy.parts.venues[0].asset = 2;
        revise();
        _refusesToPlan(BUY, hex"0100", abi.encodeWithSelector(PolicyEngine.NotAVenueOf.selector, 1, 1));
    }

    function test_hintsHaveAChoiceForEachAsset() external {
        _refusesToPlan(BUY, "", abi.encodeWithSelector(PolicyEngine.WrongHintLength.selector, 14, 12));
        _refusesToPlan(BUY, hex"01", abi.encodeWithSelector(PolicyEngine.WrongHintLength.selector, 14, 13));
        _refusesToPlan(BUY, hex"010000", abi.encodeWithSelector(PolicyEngine.WrongHintLength.selector, 14, 15));
        require(engine.locate(vault.state().policyAt, decision(BUY).asOf).length == 14);
    }

    function test_aStepAtAVenueIsHeldAgainstTheRoutesPrices() external view {
        PolicyEngine.PlanStep memory there = _plan(BUY, hex"0100").steps[0];
        PolicyEngine.PlanStep memory route = _plan(BUY, hex"0000").steps[0];
        require(there.venue == 1 && there.action == address(_told) && route.venue == 0);
        require(route.action == policy.parts.action && keccak256(there.parameters) == keccak256("the way"));
        require(there.limitX96 == 0 && route.limitX96 != 0);
        // Of the same fee.
        require(there.worstX96 == route.worstX96 && there.priceX96 == route.priceX96);
        // Half of fee times what is counted on, at a price of one.
        require(there.amountIn == 250e18 && route.amountIn > 600e18);
        require(_plan(SELL, hex"0100").steps[0].amountIn == 250e18);
    }

    function test_aVenuesOwnFeeCounts() external {
        _told.says(2000, 2_000_000e18);
        policy.parts.venues[0].fee = 2000;
        revise();
        PolicyEngine.PlanStep memory there = _plan(BUY, hex"0100").steps[0];
        // A dearer venue bears more, and its fee is in the worst price.
        require(there.amountIn == 1000e18 && there.worstX96 != _plan(BUY, hex"0000").steps[0].worstX96);
        Vault.Decision memory d = decision(BUY);
        PolicyEngine.PlanInput memory input = vault.planInput(d.asOf, 20, d.outputs, _hints(d.asOf, hex"0100"));
        VM.expectRevert(abi.encodeWithSelector(PriceGuard.SlippageBelowFees.selector, 20, 21));
        engine.plan(input);
        input.hints = _hints(d.asOf, hex"0000");
        require(engine.plan(input).steps.length == 1);
    }

    // ---- the size ----

    /// What is there now may be an attacker's own: it refuses, and raises nothing.
    function test_whatIsThereOnlyRefuses() external {
        uint256 size = _plan(BUY, hex"0100").steps[0].amountIn;
        _told.says(500, type(uint128).max);
        require(_plan(BUY, hex"0100").steps[0].amountIn == size);
        _told.says(500, 2_000_000e18 - 1);
        bytes memory why = abi.encodeWithSelector(
            PriceGuard.TooLittleLiquidity.selector, address(_told), 2_000_000e18 - 1, 2_000_000e18
        );
        _refusesToPlan(BUY, hex"0100", why);
        // It is asked only where something is traded there.
        require(_plan(BUY, hex"0000").steps.length == 1 && _plan(KEEP, hex"0100").steps.length == 0);
    }

    function test_aVenueThatBearsTooLittleIsRefused() external {
        (policy.limits.venues[0].minLiquidity, policy.limits.venues[0].countedLiquidity) = (1e18, 1e18);
        revise();
        bytes memory why = abi.encodeWithSelector(PolicyEngine.TooLargeForDepth.selector, 25e13, 10e18);
        _refusesToPlan(BUY, hex"0100", why);
    }

    // ---- what it does ----

    function test_aFairVenueIsTraded() external {
        executed(_proven(BUY, hex"0100"));
        require(booked(quote) == 50_000e18 - 250e18 && booked(base) == 50_000e18 + 249_750e15);
        require(quote.allowance(address(vault), address(_told)) == 0);
    }

    function test_aLiarLosesNothingButItsWord() external {
        // Half a percent, and no more.
        _told.does(10_000, 9_940);
        refused(AGENT, _proven(BUY, hex"0100"), Vault.SlippageExceeded.selector);
        refused(AGENT, _proven(SELL, hex"0100"), Vault.SlippageExceeded.selector);
        _told.does(10_000, 0);
        refused(AGENT, _proven(BUY, hex"0100"), Vault.SlippageExceeded.selector);
        _told.does(2_000, 9_990);
        refused(AGENT, _proven(BUY, hex"0100"), Vault.FilledTooLittle.selector);
        _told.does(10_001, 20_000);
        (bool done,) = execute(AGENT, _proven(BUY, hex"0100"));
        require(!done && booked(quote) == 50_000e18);
        // What it leaves stays here, and so does no approval.
        _told.does(9_000, 9_990);
        executed(_proven(BUY, hex"0100"));
        require(booked(quote) == 50_000e18 - 225e18 && quote.allowance(address(vault), address(_told)) == 0);
    }

    /// The venue owns the vault, too.
    function test_nothingOfTheVaultCanBeEnteredWhileAVenueTrades() external {
        VM.prank(OWNER);
        vault.transferOwnership(address(_told));
        _told.carry(address(vault), abi.encodeCall(vault.acceptOwnership, ()));
        bytes memory asked = _proven(BUY, hex"0100");
        bytes[] memory calls = new bytes[](13);
        calls[0] = asked;
        calls[1] = abi.encodeCall(vault.poke, ());
        calls[2] = abi.encodeCall(vault.unwind, (address(base), 1, 1));
        calls[3] = abi.encodeCall(vault.deposit, (address(base), 1));
        calls[4] = abi.encodeCall(vault.exit, (address(base), 1));
        calls[5] = abi.encodeCall(vault.sync, (address(base)));
        calls[6] = abi.encodeCall(vault.sweep, (address(base)));
        calls[7] = abi.encodeCall(vault.sweepEther, ());
        calls[8] = abi.encodeCall(vault.pause, ());
        calls[9] = abi.encodeCall(vault.unpause, ());
        calls[10] = abi.encodeCall(vault.setPolicy, (abi.encode(policy)));
        calls[11] = abi.encodeCall(vault.state, ());
        calls[12] = abi.encodeCall(vault.book, (address(base)));
        _told.calls(address(vault), calls);
        executed(asked);
        bytes[] memory answers = _told.answers();
        require(answers.length == calls.length);
        for (uint256 i = 0; i < answers.length; i++) {
            require(
                bytes4(answers[i]) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector, VM.toString(i)
            );
        }
    }

    // ---- the policy ----

    function test_aVenueIsWhatThePolicySays() external {
        _told.says(501, 2_000_000e18);
        _refusesPolicy(abi.encodeWithSelector(PolicyRules.WrongFee.selector, 0, 500, 501));
        _told.says(500, 2_000_000e18);
        rules.validate(abi.encode(policy));

        Venue storage venue = policy.parts.venues[0];
        (venue.asset, venue.fee) = (0, 500);
        _refusesPolicy(_outside("venue.asset", 0));
        venue.asset = 3;
        _refusesPolicy(_outside("venue.asset", 3));
        (venue.asset, venue.fee) = (1, 0);
        _refusesPolicy(_outside("venue.fee", 0));
        venue.fee = 10_001;
        _refusesPolicy(_outside("venue.fee", 10_001));
        // As dear as the worst price: nothing could ever be traded there.
        venue.fee = 4900;
        _refusesPolicy(_outside("maxSlippageBps", 50));
        venue.fee = 500;
        venue.action = STRANGER;
        _refusesPolicy(abi.encodeWithSelector(PolicyRules.NoCode.selector, bytes32("venue"), STRANGER));
    }

    function test_aVenueIsThereOnce() external {
        policy.parts.venues.push(Venue(1, address(_told), 500, "the way"));
        policy.limits.venues.push(PoolLimits(2, 1));
        _refusesPolicy(abi.encodeWithSelector(PolicyRules.VenueTwice.selector, 0, 1));
        policy.parts.venues[1].parameters = "another way";
        rules.validate(abi.encode(policy));
        (policy.parts.venues[1].parameters, policy.parts.venues[1].asset) = ("the way", 2);
        rules.validate(abi.encode(policy));
    }

    function test_eachVenueHasItsLimitsAndThereAreNotTooMany() external {
        policy.limits.venues[0].countedLiquidity = 2_000_001e18;
        _refusesPolicy(_outside("countedLiquidity", 2_000_001e18));
        policy.limits.venues[0] = PoolLimits(0, 0);
        _refusesPolicy(_outside("minLiquidity", 0));
        policy.limits.venues.pop();
        _refusesPolicy(_outside("limits.venues", 0));
        policy.limits.venues.push(PoolLimits(2, 1));
        for (uint256 i = 1; i < 17; i++) {
            policy.parts.venues.push(Venue(1, address(_told), 500, abi.encode(i)));
            policy.limits.venues.push(PoolLimits(2, 1));
        }
        _refusesPolicy(_outside("venues", 17));
        policy.parts.venues.pop();
        policy.limits.venues.pop();
        rules.validate(abi.encode(policy));
    }

    function test_aVenuesFloorRisesAndWhatCountsFalls() external {
        PolicyOrder order = PolicyOrder(Deployed.ours("PolicyOrder", ""));
        bytes memory before = abi.encode(policy);
        policy.limits.venues[0] = PoolLimits(2_000_001e18, 999_999e18);
        order.requireTighter(before, abi.encode(policy), Part.LIMITS);
        policy.limits.venues[0] = PoolLimits(1_999_999e18, 1_000_000e18);
        _notTighter(order, before, Part.LIMITS, "minLiquidity");
        policy.limits.venues[0] = PoolLimits(2_000_000e18, 1_000_001e18);
        _notTighter(order, before, Part.LIMITS, "countedLiquidity");
        policy.limits.venues.pop();
        _notTighter(order, before, Part.LIMITS, "limits.venues");
        policy.limits.venues.push(PoolLimits(2_000_000e18, 1_000_000e18));
        policy.parts.venues[0].parameters = "another way";
        _notTighter(order, before, Part.PARTS, "venues");
    }

    // ---- how ----

    function _notTighter(PolicyOrder order, bytes memory before, Part part, bytes32 field) private {
        bytes memory next = abi.encode(policy);
        VM.expectRevert(abi.encodeWithSelector(PolicyOrder.NotTighter.selector, field));
        order.requireTighter(before, next, part);
    }

    function _outside(bytes32 field, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PolicyRules.PolicyOutOfBounds.selector, field, value);
    }

    function _refusesPolicy(bytes memory why) private {
        bytes memory blob = abi.encode(policy);
        VM.expectRevert(why);
        rules.validate(blob);
    }

    function _hints(uint32 asOf, bytes memory choices) private view returns (bytes memory hints) {
        hints = engine.locate(vault.state().policyAt, asOf);
        assembly ("memory-safe") {
            mstore(hints, 12)
        }
        return bytes.concat(hints, choices);
    }

    function _plan(uint256 class, bytes memory choices) private view returns (PolicyEngine.Plan memory) {
        Vault.Decision memory d = decision(class);
        return engine.plan(vault.planInput(d.asOf, 50, d.outputs, _hints(d.asOf, choices)));
    }

    function _refusesToPlan(uint256 class, bytes memory choices, bytes memory why) private {
        Vault.Decision memory d = decision(class);
        PolicyEngine.PlanInput memory input = vault.planInput(d.asOf, 50, d.outputs, _hints(d.asOf, choices));
        VM.expectRevert(why);
        engine.plan(input);
    }

    /// The proof is the same wherever it is to be carried out.
    function _proven(uint256 class, bytes memory choices) private returns (bytes memory) {
        Vault.Decision memory d = decision(class);
        proven(d);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        return abi.encodeCall(vault.execute, (d, _hints(d.asOf, choices), sourceHints, ""));
    }
}
