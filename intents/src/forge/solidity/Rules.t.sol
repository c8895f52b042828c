// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {KeyStore} from "vault/KeyStore.sol";
import {Exposure, Feature, Feed, HOLD, Hop, PoolLimits, PoolPart} from "vault/Policy.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {FalsePool, ToldFeed} from "./Doubles.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// What a policy may not be. Each row makes one edit to a policy that is fine, and says what is refused then.
contract Rules is World(2_500_000) {
    uint256 private constant BOOK = type(uint112).max;
    /// No bound but the type's.
    uint256 private constant NONE = type(uint256).max;

    ToldFeed private _feed = new ToldFeed();

    function test_theComposedPolicyIsOne() external view {
        rules.validate(abi.encode(policy));
    }

    // ---- bounds: field, edit, least, most

    function test_everyNumberHasItsBounds() external {
        _bounds("step", _step, 60, 86_400);
        _bounds("maxAge", _maxAge, 1, 300);
        _bounds("minInterval", _minInterval, 0, 480);
        _bounds("window", _window, 300, 3600);
        _bounds("settle", _settle, 1, 300);
        // Less does not pay the longest route's fees: 30 + 1 and 5 + 1 ticks.
        _bounds("maxSlippageBps", _maxSlippage, 38, 300);
        _bounds("maxDrift", _maxDrift, 1, 300);
        _bounds("maxSlippageBps + maxDrift", _driftWithMostSlippage, 0, 200);
        _bounds("impactMargin", _impactMargin, 0, 30);
        _bounds("depthShareBps", _depthShare, 1, 10_000);
        _bounds("minFillBps", _minFill, 1, 10_000);
        _bounds("maxDeviationBps", _maxDeviation, 0, 10_000);
        _bounds("maxDeviationBps", _maxDeviationOfAFeed, 1, 10_000);
        _bounds("minTrade", _minTrade, 1, BOOK);
        _bounds("maxAction", _maxAction, 10e18, BOOK);
        _bounds("turnover", _turnover, 10e18, BOOK);
        _bounds("turnoverWindow", _turnoverWindow, 600, 366 days);
        _bounds("monthLoss", _monthLoss, 1, 1 << 95);
        _bounds("dayLoss", _dayLoss, 1, 2500e18);
        _bounds("maxLossPerAction", _maxLoss, 1, 2500e18);
    }

    function test_everyListHasItsLength() external {
        _bounds("assets", _assets, 2, 8);
        _bounds("pools", _pools, 1, 12);
        _bounds("exposures", _exposures, 2, 2);
        _bounds("limits.pools", _poolLimits, 2, 2);
        _bounds("route", _route, 1, 3);
        _bounds("decisions", _decisions, 1, 16);
        _bounds("targets", _targets, 6, 6);
        _bounds("program", _program, 1, 8);
    }

    function test_everyPartHasItsBounds() external {
        _bounds("exposures.mostBps", _exposureBps, 0, 10_000);
        _bounds("minLiquidity", _minLiquidity, 1, NONE);
        _bounds("countedLiquidity", _countedLiquidity, 1, policy.limits.pools[0].minLiquidity);
        _bounds("decimals", _decimals, 0, 18);
        _bounds("feed.decimals", _feedDecimals, 0, 18);
        _bounds("feed.heartbeat", _heartbeat, 1, NONE);
        _bounds("feed.least", _feedLeast, 1, 2e8);
        _bounds("pool.fee", _fee, 500, 500);
        _bounds("numeraire route", _secondPoolOfTheNumeraire, 0, 0);
        _bounds("route.pool", _hop, 0, 1);
        _bounds("targets", _target, 0, 10_000);
        _bounds("directions", _direction, 1, 3);
        _bounds("weightStepBps", _weightStep, 0, 0);
        _bounds("weightStepBps", _weightStepOfNumbers, 1, 10_000);
        _bounds("targets", _targetsOfNumbers, 0, 0);
        // The pool that an asset is traded in says nothing independent of it.
        require(_complaint(_secondPool, 1) == "secondPool");
    }

    // ---- refusals: edit, error, what it names first

    function test_everyPartIsThere() external {
        _refused(_noAction, 0, PolicyRules.NoCode.selector, "action");
        _refused(_noPool, 0, PolicyRules.NoCode.selector, "pool");
        _refused(_noToken, 0, PolicyRules.NoCode.selector, "token");
        _refused(_noFeed, 0, PolicyRules.NoCode.selector, "feed");
        _refused(_noFeedOfTheNumeraire, 0, PolicyRules.NoCode.selector, "numeraire feed");
        _refused(_noKey, 0, PolicyRules.NoCode.selector, "key");
        _refused(_noAgent, 0, PolicyRules.NoCode.selector, "agent");
        _refused(_noSource, 0, PolicyRules.NoCode.selector, "source");
        _refused(_unknownKey, 0, KeyStore.UnknownKey.selector, bytes32(uint256(1)));
    }

    function test_everyPartIsWhatItSays() external {
        _refused(_poolTwice, 0, PolicyRules.PoolTwice.selector, _of(address(near)));
        _refused(_tokenTwice, 0, PolicyRules.TokenTwice.selector, _of(address(base)));
        _refused(_wrongDecimals, 0, PolicyRules.WrongDecimals.selector, _of(address(base)));
        _refused(_wrongDecimalsOfAFeed, 0, PolicyRules.WrongDecimals.selector, _of(address(_feed)));
        _refused(_turnedHop, 0, PolicyRules.NotARoute.selector, _of(address(near)));
        _refused(_endOfARoute, 0, PolicyRules.NotARoute.selector, 0);
        _refused(_secondPool, 2, PolicyRules.NotARoute.selector, _of(address(distant)));
        FalsePool pool = new FalsePool(near.token0(), near.token1());
        _refused(_poolAt, uint160(address(pool)), PolicyRules.NotCanonical.selector, _of(address(pool)));
    }

    function test_aPoolThatLogsTooLittleIsRefused() external {
        TestToken other = new TestToken("Other", "OTHER", 18);
        address young = address(_pool(other, quote, 500));
        // Its ring is longer from the first entry on that is a block younger.
        _refused(_poolAt, uint160(young), PolicyRules.RingTooSmall.selector, _of(young));
    }

    function test_aModelMustFit() external {
        _refused(_width, 15, PolicyRules.WrongWidth.selector, _of(address(source)));
        _refused(_ownWidth, 5, PolicyRules.WrongWidth.selector, 0);
        _refused(_program, 1, PolicyRules.WrongModel.selector, "inputs");
        _refused(_decisions, 4, PolicyRules.WrongModel.selector, "outputs");
        _refused(_numbers, 1, PolicyRules.WrongModel.selector, "outputs");
        _use(_linearKey(2));
        (policy.model.weightStepBps, policy.model.targets, policy.model.directions) = (1, new uint16[](0), new uint8[](0));
        rules.validate(abi.encode(policy));
    }

    function test_aPolicyIsWrittenInOneWay() external view {
        bytes memory blob = bytes.concat(abi.encode(policy), bytes32(0));
        (bool done, bytes memory reason) = address(rules).staticcall(abi.encodeCall(rules.validate, (blob)));
        require(!done && bytes4(reason) == PolicyRules.NotCanonicallyEncoded.selector);
    }

    // ---- edits of numbers

    function _step(uint256 v) private {
        policy.limits.numbers.step = uint32(v);
    }

    function _maxAge(uint256 v) private {
        policy.limits.numbers.maxAge = uint32(v);
    }

    function _minInterval(uint256 v) private {
        policy.limits.numbers.minInterval = uint32(v);
    }

    function _window(uint256 v) private {
        policy.limits.numbers.window = uint32(v);
    }

    function _settle(uint256 v) private {
        policy.limits.numbers.settle = uint32(v);
    }

    function _maxSlippage(uint256 v) private {
        policy.limits.numbers.maxSlippageBps = uint16(v);
    }

    function _maxDrift(uint256 v) private {
        policy.limits.numbers.maxDrift = uint16(v);
    }

    function _driftWithMostSlippage(uint256 v) private {
        (policy.limits.numbers.maxSlippageBps, policy.limits.numbers.maxDrift) = (300, uint16(v));
    }

    function _impactMargin(uint256 v) private {
        policy.limits.numbers.impactMargin = uint16(v);
    }

    function _depthShare(uint256 v) private {
        policy.limits.numbers.depthShareBps = uint16(v);
    }

    function _minFill(uint256 v) private {
        policy.limits.numbers.minFillBps = uint16(v);
    }

    function _maxDeviation(uint256 v) private {
        policy.limits.numbers.maxDeviationBps = uint16(v);
    }

    function _maxDeviationOfAFeed(uint256 v) private {
        _withFeed();
        policy.limits.numbers.maxDeviationBps = uint16(v);
    }

    function _minTrade(uint256 v) private {
        policy.limits.numbers.minTrade = uint128(v);
    }

    function _maxAction(uint256 v) private {
        policy.limits.numbers.maxAction = uint128(v);
    }

    function _turnover(uint256 v) private {
        policy.limits.numbers.turnover = uint128(v);
    }

    function _turnoverWindow(uint256 v) private {
        policy.limits.numbers.turnoverWindow = uint32(v);
    }

    function _dayLoss(uint256 v) private {
        policy.limits.numbers.dayLoss = uint96(v);
    }

    function _monthLoss(uint256 v) private {
        policy.limits.numbers.monthLoss = uint96(v);
    }

    function _maxLoss(uint256 v) private {
        policy.limits.numbers.maxLossPerAction = uint96(v);
    }

    // ---- edits of lists

    function _assets(uint256 v) private {
        while (policy.parts.assets.length > v) policy.parts.assets.pop();
        while (policy.parts.assets.length < v) policy.parts.assets.push();
    }

    function _pools(uint256 v) private {
        while (policy.parts.pools.length > v) policy.parts.pools.pop();
        while (policy.parts.pools.length < v) policy.parts.pools.push(PoolPart(address(near), 500));
    }

    function _exposures(uint256 v) private {
        while (policy.limits.exposures.length > v) policy.limits.exposures.pop();
        while (policy.limits.exposures.length < v) policy.limits.exposures.push(Exposure(1, 1));
    }

    function _poolLimits(uint256 v) private {
        while (policy.limits.pools.length > v) policy.limits.pools.pop();
        while (policy.limits.pools.length < v) policy.limits.pools.push(PoolLimits(1, 1));
    }

    function _route(uint256 v) private {
        Hop[] storage route = policy.parts.assets[1].route;
        while (route.length > v) route.pop();
        while (route.length < v) route.push(Hop(0, false));
    }

    function _decisions(uint256 v) private {
        while (policy.model.directions.length > v) policy.model.directions.pop();
        while (policy.model.directions.length < v) policy.model.directions.push(3);
    }

    function _targets(uint256 v) private {
        while (policy.model.targets.length > v) policy.model.targets.pop();
        while (policy.model.targets.length < v) policy.model.targets.push(HOLD);
    }

    function _program(uint256 v) private {
        while (policy.model.program.length > v) policy.model.program.pop();
        while (policy.model.program.length < v) policy.model.program.push(Feature(address(0), 6, ""));
    }

    // ---- edits of parts

    function _exposureBps(uint256 v) private {
        policy.limits.exposures[1].mostBps = uint16(v);
    }

    function _minLiquidity(uint256 v) private {
        policy.limits.pools[1].minLiquidity = uint128(v);
    }

    function _countedLiquidity(uint256 v) private {
        policy.limits.pools[0].countedLiquidity = uint128(v);
    }

    function _decimals(uint256 v) private {
        policy.parts.assets[1].token = address(new TestToken("Other", "OTHER", uint8(v)));
        policy.parts.assets[1].decimals = uint8(v);
    }

    function _withFeed() private {
        policy.parts.assets[1].feed = Feed(address(_feed), 8, 3600, 5e7, 2e8);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
    }

    function _feedDecimals(uint256 v) private {
        _withFeed();
        _feed.scale(uint8(v));
        policy.parts.assets[1].feed.decimals = uint8(v);
    }

    function _heartbeat(uint256 v) private {
        _withFeed();
        policy.parts.assets[1].feed.heartbeat = uint32(v);
    }

    function _feedLeast(uint256 v) private {
        _withFeed();
        policy.parts.assets[1].feed.least = uint128(v);
    }

    function _fee(uint256 v) private {
        policy.parts.pools[0].fee = uint24(v);
    }

    function _secondPoolOfTheNumeraire(uint256 v) private {
        policy.parts.assets[0].secondPool = uint8(v);
    }

    function _secondPool(uint256 v) private {
        policy.limits.numbers.maxDeviationBps = 100;
        policy.parts.assets[1].secondPool = uint8(v);
    }

    function _hop(uint256 v) private {
        policy.parts.assets[1].route[0].pool = uint8(v);
    }

    function _target(uint256 v) private {
        policy.model.targets[2] = uint16(v);
    }

    function _direction(uint256 v) private {
        policy.model.directions[0] = uint8(v);
    }

    function _weightStep(uint256 v) private {
        policy.model.weightStepBps = uint16(v);
    }

    // ---- edits of models that give numbers

    function _linearKey(uint8 outputs) private pure returns (bytes memory made) {
        made = modelKey(22, outputs);
        made[1] = 0x01;
    }

    function _use(bytes memory made) private {
        policy.model.digest = keys.store(made);
        policy.model.code = keys.codeOf(policy.model.digest);
    }

    function _numbers(uint256 outputs) private {
        _use(_linearKey(uint8(outputs)));
        policy.model.weightStepBps = 1;
    }

    function _weightStepOfNumbers(uint256 v) private {
        _numbers(2);
        policy.model.weightStepBps = uint16(v);
    }

    function _targetsOfNumbers(uint256 v) private {
        _numbers(2);
        _targets(v);
        _decisions(0);
    }

    // ---- edits after which a part is missing, or another

    function _noAction(uint256) private {
        policy.parts.action = STRANGER;
    }

    function _noPool(uint256) private {
        policy.parts.pools[1].pool = STRANGER;
    }

    function _noToken(uint256) private {
        policy.parts.assets[2].token = STRANGER;
    }

    function _noFeed(uint256) private {
        _withFeed();
        policy.parts.assets[1].feed.proxy = STRANGER;
    }

    function _noFeedOfTheNumeraire(uint256) private {
        _withFeed();
        policy.parts.assets[1].feedInNumeraire = false;
    }

    function _noKey(uint256) private {
        policy.model.code = STRANGER;
    }

    function _noAgent(uint256) private {
        policy.model.agent = address(0);
    }

    function _noSource(uint256) private {
        policy.model.program[0].source = STRANGER;
    }

    function _unknownKey(uint256) private {
        policy.model.digest = bytes32(uint256(1));
    }

    function _poolTwice(uint256) private {
        policy.parts.pools[1] = policy.parts.pools[0];
    }

    function _tokenTwice(uint256) private {
        policy.parts.assets[2].token = address(base);
    }

    function _wrongDecimals(uint256) private {
        policy.parts.assets[1].decimals = 6;
    }

    function _wrongDecimalsOfAFeed(uint256) private {
        _withFeed();
        policy.parts.assets[1].feed.decimals = 18;
    }

    function _turnedHop(uint256) private {
        policy.parts.assets[1].route[0].inverted = !policy.parts.assets[1].route[0].inverted;
    }

    /// It ends at BASE.
    function _endOfARoute(uint256) private {
        policy.parts.assets[2].route.pop();
    }

    function _poolAt(uint256 v) private {
        policy.parts.pools[0] = PoolPart(address(uint160(v)), 500);
    }

    function _width(uint256 v) private {
        policy.model.program[0].width = uint16(v);
    }

    function _ownWidth(uint256 v) private {
        policy.model.program[1].width = uint16(v);
    }

    // ---- how

    /// What lies beyond is refused by name; the bounds themselves are not.
    function _bounds(bytes32 field, function(uint256) internal edit, uint256 least, uint256 most) private {
        string memory name = string(abi.encodePacked(field));
        if (least != 0) require(_complaint(edit, least - 1) == field, string.concat("took too little: ", name));
        require(_complaint(edit, least) != field, string.concat("refused the least: ", name));
        if (most == NONE) return;
        require(_complaint(edit, most) != field, string.concat("refused the most: ", name));
        require(_complaint(edit, most + 1) == field, string.concat("took too much: ", name));
    }

    /// The field that is named as out of its bounds after an edit; 0 for none.
    function _complaint(function(uint256) internal edit, uint256 value) private returns (bytes32) {
        (bytes4 why, bytes32 named) = _answer(edit, value);
        return why == PolicyRules.PolicyOutOfBounds.selector ? named : bytes32(0);
    }

    function _refused(function(uint256) internal edit, uint256 value, bytes4 why, bytes32 what) private {
        (bytes4 given, bytes32 named) = _answer(edit, value);
        require(given == why && named == what, string.concat(VM.toString(bytes32(given)), " ", VM.toString(named)));
    }

    /// The error and its first word after an edit, which is taken back.
    function _answer(function(uint256) internal edit, uint256 value) private returns (bytes4 why, bytes32 what) {
        uint256 id = VM.snapshotState();
        edit(value);
        (bool done, bytes memory reason) = address(rules).staticcall(abi.encodeCall(rules.validate, (abi.encode(policy))));
        require(VM.revertToState(id));
        if (done) return (0, 0);
        why = bytes4(reason);
        assembly ("memory-safe") {
            what := mload(add(reason, 0x24))
        }
    }

    function _of(address place) private pure returns (bytes32) {
        return bytes32(uint256(uint160(place)));
    }
}
