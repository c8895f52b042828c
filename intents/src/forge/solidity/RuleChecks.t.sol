// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {KeyStore} from "vault/KeyStore.sol";
import {Feed, Hop, Numbers, PoolPart} from "vault/Policy.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Pool} from "test/Searcher.sol";
import {Deployed} from "./Deployed.sol";
import {ToldFeed} from "./Doubles.sol";
import {ManyDecimals, ToldPool} from "./Odd.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// What a policy may not be, one thing at a time.
abstract contract Refusing is World(2_500_000) {
    /// The policy as it is now is refused for a number's sake; then it is again what it was.
    function _out(uint256 id, bytes32 field) internal {
        (bool done, bytes memory reason) = _validated(abi.encode(policy));
        require(!done && bytes4(reason) == PolicyRules.PolicyOutOfBounds.selector, string.concat("took ", VM.toString(field)));
        bytes32 named;
        assembly ("memory-safe") {
            named := mload(add(reason, 0x24))
        }
        require(named == field, string.concat("named ", VM.toString(named)));
        require(VM.revertToState(id));
    }

    function _no(uint256 id, bytes4 why) internal {
        (bool done, bytes memory reason) = _validated(abi.encode(policy));
        require(!done && bytes4(reason) == why, VM.toString(reason));
        require(VM.revertToState(id));
    }

    function _validated(bytes memory blob) internal view returns (bool done, bytes memory reason) {
        return address(rules).staticcall(abi.encodeCall(rules.validate, (blob)));
    }
}

contract RuleChecks is Refusing {
    function test_everyOtherNumberHasItsBounds() external {
        uint256 id = VM.snapshotState();
        Numbers storage n = policy.limits.numbers;
        n.minFillBps = 0;
        _out(id, "minFillBps");
        n.minFillBps = 10_001;
        _out(id, "minFillBps");
        n.maxDeviationBps = 10_001;
        _out(id, "maxDeviationBps");
        n.minTrade = 0;
        _out(id, "minTrade");
        n.maxAction = n.minTrade - 1;
        _out(id, "maxAction");
        n.turnover = n.minTrade - 1;
        _out(id, "turnover");
        n.turnoverWindow = n.step - 1;
        _out(id, "turnoverWindow");
        n.dayLoss = n.monthLoss + 1;
        _out(id, "dayLoss");
        n.maxLossPerAction = n.monthLoss + 1;
        _out(id, "maxLossPerAction");
        policy.limits.exposures.pop();
        _out(id, "exposures");
        policy.limits.exposures[1].mostBps = 10_001;
        _out(id, "exposures.mostBps");
        policy.limits.pools.pop();
        _out(id, "limits.pools");
        policy.limits.pools[1].minLiquidity = 0;
        policy.limits.pools[1].countedLiquidity = 0;
        _out(id, "minLiquidity");
    }

    function test_everyListHasItsLength() external {
        uint256 id = VM.snapshotState();
        policy.parts.assets.pop();
        policy.parts.assets.pop();
        _out(id, "assets");
        delete policy.parts.pools;
        _out(id, "pools");
        delete policy.model.program;
        _out(id, "program");
        policy.model.targets.pop();
        _out(id, "targets");
        delete policy.model.directions;
        _out(id, "decisions");
        policy.model.weightStepBps = 1;
        _out(id, "weightStepBps");
        policy.parts.assets[0].route.push(Hop(0, false));
        _out(id, "numeraire route");
        delete policy.parts.assets[1].route;
        _out(id, "route");
        policy.parts.assets[1].route[0].pool = 2;
        _out(id, "route.pool");
        policy.model.directions.push(3);
        _no(id, PolicyRules.WrongModel.selector);
    }

    function test_everyAddressIsSomething() external {
        uint256 id = VM.snapshotState();
        policy.parts.action = address(7);
        _no(id, PolicyRules.NoCode.selector);
        policy.model.code = address(this);
        _no(id, PolicyRules.NoCode.selector);
        policy.model.agent = address(0);
        _no(id, PolicyRules.NoCode.selector);
        policy.model.program[0].source = address(7);
        _no(id, PolicyRules.NoCode.selector);
        policy.parts.pools[1].pool = address(7);
        _no(id, PolicyRules.NoCode.selector);
        policy.parts.assets[2].token = address(7);
        _no(id, PolicyRules.NoCode.selector);
        policy.parts.assets[1].feed = Feed(address(7), 8, 3600, 1, 2);
        _no(id, PolicyRules.NoCode.selector);
        policy.model.digest = 0;
        _no(id, KeyStore.UnknownKey.selector);
    }

    function test_onePolicyIsWrittenInOneWay() external view {
        (bool done, bytes memory reason) = _validated(bytes.concat(abi.encode(policy), hex"00"));
        require(!done && bytes4(reason) == PolicyRules.NotCanonicallyEncoded.selector);
    }

    function test_poolsAreTheFactorysAndRememberEnough() external {
        uint256 id = VM.snapshotState();
        ToldPool pool = new ToldPool(near.token0(), near.token1(), 500);
        policy.parts.pools[0].pool = address(pool);
        _no(id, PolicyRules.NotCanonical.selector);
        address young = IPools(address(factory)).createPool(address(base), address(quote), 10_000);
        Pool(young).initialize(1 << 96);
        Pool(young).increaseObservationCardinalityNext(2);
        policy.parts.pools.push(PoolPart(young, 10_000));
        _no(id, PolicyRules.RingTooSmall.selector);
    }

    function test_tokensAndFeedsCountAsTheySay() external {
        uint256 id = VM.snapshotState();
        policy.parts.assets[1].token = address(new TestToken("Fine", "FINE", 19));
        policy.parts.assets[1].decimals = 19;
        _out(id, "decimals");
        ToldFeed feed = new ToldFeed();
        policy.limits.numbers.maxDeviationBps = 100;
        policy.parts.assets[1].feedInNumeraire = true;
        policy.parts.assets[1].feed = Feed(address(feed), 8, 3600, 1, 2);
        (bool done,) = _validated(abi.encode(policy));
        require(done);
        uint256 fed = VM.snapshotState();
        policy.parts.assets[1].feed.decimals = 7;
        _no(fed, PolicyRules.WrongDecimals.selector);
        policy.parts.assets[1].feed.heartbeat = 0;
        _out(fed, "feed.heartbeat");
        policy.parts.assets[1].feed.least = 0;
        _out(fed, "feed.least");
        policy.parts.assets[1].feed.least = 3;
        _out(fed, "feed.least");
        policy.limits.numbers.maxDeviationBps = 0;
        _out(fed, "maxDeviationBps");
        policy.parts.assets[1].feed.proxy = address(new ManyDecimals());
        policy.parts.assets[1].feed.decimals = 19;
        _out(fed, "feed.decimals");
    }

    function test_aSecondPoolIsAnotherOfTheSameTokens() external {
        uint256 id = VM.snapshotState();
        policy.limits.numbers.maxDeviationBps = 100;
        policy.parts.assets[1].secondPool = 1;
        policy.parts.assets[1].secondInverted = policy.parts.assets[1].route[0].inverted;
        _out(id, "secondPool");
        policy.limits.numbers.maxDeviationBps = 100;
        policy.parts.assets[1].secondPool = 2;
        policy.parts.assets[1].secondInverted = distant.token0() != address(base);
        _no(id, PolicyRules.NotARoute.selector);
    }

    function test_aRouteBeginsWithItsAsset() external {
        uint256 id = VM.snapshotState();
        policy.parts.assets[2].route[0] = policy.parts.assets[2].route[1];
        policy.parts.assets[2].route.pop();
        _no(id, PolicyRules.NotARoute.selector);
    }

    function test_aModelOfNumbersHasAnotherShape() external {
        key = modelKey(22, 2);
        key[1] = bytes1(0x01);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
        delete policy.model.targets;
        delete policy.model.directions;
        policy.model.weightStepBps = 100;
        (bool done,) = _validated(abi.encode(policy));
        require(done);
        uint256 id = VM.snapshotState();
        policy.model.weightStepBps = 0;
        _out(id, "weightStepBps");
        policy.model.targets.push(1);
        _out(id, "targets");
        bytes memory other = modelKey(22, 3);
        other[1] = bytes1(0x01);
        policy.model.digest = keys.store(other);
        policy.model.code = keys.codeOf(policy.model.digest);
        _no(id, PolicyRules.WrongModel.selector);
    }
}

interface IPools {
    function createPool(address a, address b, uint24 fee) external returns (address pool);
}

/// On a chain with a sequencer.
contract SequencedRules is Refusing {
    function _sequencer() internal override returns (address) {
        policy.limits.numbers.sequencerGrace = 1800;
        return address(new ToldFeed());
    }

    function test_aSequencerHasItsGrace() external {
        uint256 id = VM.snapshotState();
        policy.limits.numbers.sequencerGrace = 1799;
        _out(id, "sequencerGrace");
    }
}

/// Keys that are none.
contract KeyChecks {
    KeyStore private immutable _keys = KeyStore(Deployed.ours("KeyStore", ""));

    function test_aKeyIsAsLongAsItsHeaderSays() external {
        _refuses(hex"01000203000000", KeyStore.WrongKeyLength.selector);
        bytes memory key = _key(2, 3);
        _refuses(bytes.concat(key, hex"00"), KeyStore.WrongKeyLength.selector);
        key[1] = 0x02;
        _refuses(key, KeyStore.MalformedKeyHeader.selector);
        key[1] = 0x01;
        key[7] = 0;
        _refuses(key, KeyStore.MalformedKeyHeader.selector);
        key[7] = 0x01;
        _keys.store(key);
        _refuses(_key(9, 1), KeyStore.MalformedKeyHeader.selector);
    }

    /// The longest key there is: one that its gas does not pay for is not stored as nothing.
    function test_aKeyThatIsNotStoredHasNoDigest() external {
        bytes memory key = _key(8, 255);
        uint256 id = VM.snapshotState();
        (bool done, bytes memory reason) = address(_keys).call{gas: 3_000_000}(abi.encodeCall(_keys.store, (key)));
        require(!done && bytes4(reason) == KeyStore.KeyNotStored.selector, VM.toString(reason));
        require(VM.revertToState(id));
        _keys.store(key);
    }

    function _refuses(bytes memory key, bytes4 why) private {
        (bool done, bytes memory reason) = address(_keys).call(abi.encodeCall(_keys.store, (key)));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }

    function _key(uint8 logRows, uint8 layers) private pure returns (bytes memory key) {
        key = new bytes(8 + 4 * uint256(layers) + (64 << logRows));
        (key[0], key[2], key[3], key[7]) = (bytes1(0x01), bytes1(logRows), bytes1(layers), bytes1(0x01));
    }
}
