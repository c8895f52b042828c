// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {Pool} from "test/Searcher.sol";
import {Asset, Exposure, Feed, HOLD, Hop, PoolPart} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {Vault} from "vault/Vault.sol";
import {Attacker} from "./Attacker.sol";
import {ToldFeed} from "./Doubles.sol";
import {Made} from "./Factory.t.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// Cheat codes that only these tests use.
interface Gauge {
    struct Gas {
        uint64 limit;
        uint64 totalUsed;
        uint64 memoryUsed;
        int64 refunded;
        uint64 remaining;
    }

    function lastCallGas() external view returns (Gas memory gas);
    function snapshotValue(string calldata group, string calldata name, uint256 value) external;
    function etch(address place, bytes calldata code) external;
}

/// What a vault's calls cost, in gas, with every slot cold, without what a transaction costs and without the proof's
/// verification. Where gas comes back, a second row has what is left to pay: a transaction's gas limit must carry the
/// first.
///
/// Forge's `cool` leaves accounts warm. A transaction pays 2,500 more for each contract that it touches: with two assets
/// six in a hold (engine, policy, pool, source, model, verifier), nine in a trade (two tokens and the action). WholeGas
/// has the whole of it.
abstract contract Cold is World(2_500_000) {
    Gauge internal constant GAUGE = Gauge(address(VM));

    /// A verifier that costs nothing.
    function _nodding() internal {
        GAUGE.etch(address(verifier), hex"00");
    }

    function _decide(uint256 class, string memory name) internal {
        bytes memory asked = proven(decision(class));
        _cool();
        executed(asked);
        _note(name);
        pass(1);
    }

    function _note(string memory name) internal {
        Gauge.Gas memory gas = GAUGE.lastCallGas();
        GAUGE.snapshotValue("vault", name, gas.totalUsed);
        // A fifth of it comes back at most.
        int256 back = int256(gas.refunded);
        int256 most = int256(uint256(gas.totalUsed)) / 5;
        if (back > most) back = most;
        if (back > 0) {
            GAUGE.snapshotValue("vault", string.concat(name, ", less refunds"), gas.totalUsed - uint256(back));
        }
    }

    function _cool() internal {
        VM.cool(address(vault));
        VM.cool(address(engine));
        VM.cool(address(source));
        VM.cool(address(verifier));
        VM.cool(policy.parts.action);
        VM.cool(policy.model.code);
        VM.cool(vault.state().policyAt);
        VM.cool(address(vault));
        for (uint256 i = 0; i < policy.parts.pools.length; i++) {
            VM.cool(policy.parts.pools[i].pool);
        }
        for (uint256 i = 0; i < policy.parts.assets.length; i++) {
            VM.cool(policy.parts.assets[i].token);
            VM.cool(policy.parts.assets[i].feed.proxy);
        }
        VM.cool(engine.sequencer());
        VM.cool(address(engine));
    }

    /// A model of the same classes for so many assets.
    function _model(uint256 assets) internal {
        policy.model.program[1].width = uint16(2 * assets);
        key = modelKey(uint8(16 + 2 * assets), 3);
        policy.model.digest = keys.store(key);
        policy.model.code = keys.codeOf(policy.model.digest);
    }

    function _fund(TestToken token) internal {
        VM.startPrank(OWNER);
        token.mint(OWNER, 50_000e18);
        token.approve(address(vault), type(uint256).max);
        vault.deposit(address(token), 50_000e18);
        VM.stopPrank();
    }

    /// To other prices than one: a tick of 0 is a slot of 0, and dearer to leave.
    function _moved() internal {
        others.pushTo(uint160(PriceMath.sqrtRatioX96(20)));
        distantOthers.pushTo(uint160(PriceMath.sqrtRatioX96(20)));
        VM.warp(block.timestamp + 3 hours);
        pass(1);
    }

    /// Without FAR.
    function _two() internal {
        policy.parts.assets.pop();
        policy.parts.pools.pop();
        policy.limits.exposures.pop();
        policy.limits.pools.pop();
        policy.model.targets = [0, HOLD, 8000];
        _model(2);
    }
}

contract ThreeAssetsGas is Cold {
    function test_deciding() external {
        _nodding();
        _moved();
        _decide(KEEP, "three assets: hold");
        _decide(BUY, "three assets: buy, the first ever");
        executed(proven(decision(SELL)));
        pass(1);
        _decide(BUY, "three assets: buy");
        _decide(SELL, "three assets: sell");
    }

    function test_refusing() external {
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        VM.warp(block.timestamp + 121);
        _cool();
        refused(AGENT, asked, Vault.Stale.selector);
        _note("three assets: refused as stale");
    }

    function test_planning() external {
        _plan(KEEP);
        _note("plan: hold");
        _plan(BUY);
        _note("plan: buy");
    }

    function _plan(uint256 class) private {
        bytes memory hints = engine.locate(vault.state().policyAt, decision(class).asOf);
        PolicyEngine.PlanInput memory input = vault.planInput(decision(class).asOf, 50, decision(class).outputs, hints);
        _cool();
        engine.plan(input);
    }

    function test_features() external {
        bytes memory parameters = policy.model.program[0].parameters;
        bytes memory hints = source.locate(parameters, uint32(block.timestamp));
        _cool();
        source.features(parameters, uint32(block.timestamp), hints);
        _note("features: 18 points, one stretch");
        for (uint256 i = 0; i < 125; i++) {
            VM.warp(block.timestamp + 60);
            others.provide(-FULL, FULL, 1e18);
        }
        VM.warp(block.timestamp + 30);
        hints = source.locate(parameters, uint32(block.timestamp));
        _cool();
        source.features(parameters, uint32(block.timestamp), hints);
        _note("features: 18 points, 18 stretches");
        uint32[] memory horizons = _horizons();
        // As a policy with eleven of them.
        assembly ("memory-safe") {
            mstore(horizons, 11)
        }
        parameters = abi.encode(address(near), address(base) > address(quote), horizons);
        hints = source.locate(parameters, uint32(block.timestamp));
        _cool();
        source.features(parameters, uint32(block.timestamp), hints);
        _note("features: 12 points, 12 stretches");
    }

    /// The first change of a step keeps what was booked at its moment.
    function test_depositing() external {
        VM.startPrank(OWNER);
        quote.mint(OWNER, 2e18);
        _cool();
        vault.deposit(address(quote), 1e18);
        _note("deposit: first of its step");
        _cool();
        vault.deposit(address(quote), 1e18);
        _note("deposit: second of its step");
        VM.stopPrank();
    }
}

contract TwoAssetsGas is Cold {
    function test_deciding() external {
        _nodding();
        _moved();
        _two();
        revise();
        _decide(KEEP, "two assets: hold");
        _decide(BUY, "two assets: buy, the first ever");
        executed(proven(decision(SELL)));
        pass(1);
        _decide(BUY, "two assets: buy");
        _decide(SELL, "two assets: sell");
    }

    function test_decidingWithAFeed() external {
        _nodding();
        _moved();
        ToldFeed feed = new ToldFeed();
        feed.tell(1e8, 1, block.timestamp);
        policy.parts.assets[1].feed = Feed(address(feed), 8, 86_400, 5e7, 2e8);
        policy.parts.assets[1].feedInNumeraire = true;
        policy.limits.numbers.maxDeviationBps = 100;
        _two();
        revise();
        executed(proven(decision(BUY)));
        pass(1);
        _decide(BUY, "two assets, a feed: buy");
    }
}

contract SequencedGas is Cold {
    ToldFeed private _uptime;

    function _sequencer() internal override returns (address) {
        _uptime = new ToldFeed();
        _uptime.tell(0, 1, 1);
        policy.limits.numbers.sequencerGrace = 3600;
        return address(_uptime);
    }

    function test_deciding() external {
        _nodding();
        _moved();
        _two();
        revise();
        executed(proven(decision(BUY)));
        pass(1);
        _decide(BUY, "two assets, a sequencer: buy");
    }
}

/// Seven assets in pools of their own with the numeraire, all held.
contract EightAssetsGas is Cold {
    function setUp() external {
        _two();
        TestToken[6] memory tokens;
        Attacker[6] memory makers;
        for (uint256 i = 0; i < 6; i++) {
            tokens[i] = _token("Other", "OTHER");
            Pool pool = _pool(tokens[i], quote, 500);
            makers[i] = new Attacker(pool);
            policy.limits.exposures.push(Exposure(90_000e18, 9000));
            policy.limits.pools.push(policy.limits.pools[0]);
            policy.parts.pools.push(PoolPart(address(pool), 500));
            Asset storage asset = policy.parts.assets.push();
            (asset.token, asset.decimals) = (address(tokens[i]), 18);
            asset.route.push(Hop(uint8(1 + i), pool.token0() == address(quote)));
        }
        for (uint256 i = 0; i < 24; i++) {
            if (i % 6 == 0) VM.warp(block.timestamp + 60);
            makers[i % 6].provide(-FULL, FULL, 625_000e18);
        }
        for (uint256 i = 0; i < 6; i++) {
            makers[i].pushTo(uint160(PriceMath.sqrtRatioX96(20)));
        }
        _moved();
        delete policy.model.targets;
        for (uint256 i = 0; i < 21; i++) {
            policy.model.targets.push(i < 7 ? 0 : i == 14 ? 8000 : HOLD);
        }
        _model(8);
        revise();
        for (uint256 i = 0; i < 6; i++) {
            _fund(tokens[i]);
        }
        pass(1);
    }

    function test_deciding() external {
        _nodding();
        _decide(KEEP, "eight assets: hold");
        _decide(SELL, "eight assets: seven sold, the first ever");
        _decide(SELL, "eight assets: seven sold");
        _decide(BUY, "eight assets: one bought");
    }
}

/// Each call a transaction of its own: all that its sender pays, less refunds, but for the proof.
/// forge-config: default.isolate = true
contract WholeGas is Cold {
    function test_deciding() external {
        _nodding();
        _moved();
        _two();
        revise();
        _whole(KEEP, "transaction, two assets: hold");
        _whole(BUY, "transaction, two assets: buy, the first ever");
        executed(proven(decision(SELL)));
        pass(1);
        _whole(BUY, "transaction, two assets: buy");
    }

    function _whole(uint256 class, string memory name) private {
        executed(proven(decision(class)));
        GAUGE.snapshotValue("vault", name, GAUGE.lastCallGas().totalUsed);
        pass(1);
    }
}

/// With what a transaction pays for its call data.
contract ClaimGas is Cold {
    function test_claiming() external {
        uint32[] memory moments = new uint32[](100);
        bytes32[] memory digests = new bytes32[](100);
        uint256 last = block.timestamp - block.timestamp % 600;
        for (uint256 i = 0; i < 100; i++) {
            (moments[i], digests[i]) = (uint32(last - 600 * (99 - i)), keccak256(abi.encode(i)));
        }
        _cool();
        VM.prank(AGENT);
        vault.recordHolds(moments, digests);
        uint256 paid = paidFor(abi.encodeCall(vault.recordHolds, (moments, digests)), GAUGE.lastCallGas().totalUsed);
        GAUGE.snapshotValue("vault", "transaction, 100 holds claimed: each", paid / 100);
        require(paid <= 220_000, "more than 2,200 a hold");
    }
}

contract CreationGas is Made {
    /// A transaction may have 2^24 gas, by EIP-7825.
    function test_making() external {
        bytes memory call =
            abi.encodeCall(makes.create, (SALT, OWNER, RECIPIENT, abi.encode(policy), vaultCode, governorCode));
        VM.cool(address(makes));
        create();
        uint256 paid = paidFor(call, Gauge(address(VM)).lastCallGas().totalUsed);
        Gauge(address(VM)).snapshotValue("vault", "transaction, a vault and its governor made", paid);
        require(paid <= 1 << 24, "more than a transaction may have");
    }
}

/// By EIP-7623: four tokens a byte, one a byte that is 0; a token costs 4 besides what is done, and 10 at least.
function paidFor(bytes memory data, uint256 done) pure returns (uint256) {
    uint256 tokens;
    for (uint256 i = 0; i < data.length; i++) {
        tokens += data[i] == 0 ? 1 : 4;
    }
    uint256 least = 21_000 + 10 * tokens;
    uint256 used = 21_000 + 4 * tokens + done;
    return used > least ? used : least;
}
