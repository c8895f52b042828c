// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";
import {KeyStore} from "vault/KeyStore.sol";
import {IUniswapV3Factory} from "vault/IUniswapV3Pool.sol";
import {
    Asset, Exposure, Feature, Feed, HOLD, Hop, Limits, Model, Numbers, Parts, Policy, PoolLimits, PoolPart
} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {TwapReturns} from "vault/TwapReturns.sol";
import {Vault} from "vault/Vault.sol";
import {Authorised} from "./Authorised.sol";
import {Attacker} from "./Attacker.sol";
import {Deployed} from "./Deployed.sol";
import {Pool} from "test/Searcher.sol";
import {VM} from "./Vm.sol";

interface Factory {
    function createPool(address a, address b, uint24 fee) external returns (address pool);
}

/// A vault over three assets: QUOTE, the numeraire; BASE, in a pool with it; FAR, in a pool with BASE alone. The pools are
/// Uniswap's published byte code with hours of history at a price of one.
contract World {
    uint256 internal constant BEGIN = 1_750_000_200;
    int24 internal constant FULL = 887_220;
    uint16 internal constant SELL = 0;
    uint16 internal constant KEEP = 1;
    uint16 internal constant BUY = 2;

    address internal constant OWNER = address(uint160(uint256(keccak256("owner"))));
    address internal constant RECIPIENT = address(uint160(uint256(keccak256("recipient"))));
    address internal constant AGENT = address(uint160(uint256(keccak256("agent"))));
    address internal constant STRANGER = address(uint160(uint256(keccak256("stranger"))));

    TestToken internal quote;
    TestToken internal base;
    TestToken internal far;
    Pool internal near;
    Pool internal distant;
    /// Everybody else in the market.
    Attacker internal others;
    Attacker internal distantOthers;
    Attacker internal attacker;
    IUniswapV3Factory internal factory;
    KeyStore internal keys;
    PolicyEngine internal engine;
    PolicyRules internal rules;
    TwapReturns internal source;
    Authorised internal verifier;
    Vault internal vault;
    bytes internal key;
    Policy internal policy;

    /// @param depth of one side of each pool, in units
    constructor(uint128 depth) {
        VM.warp(BEGIN);
        quote = _token("Quote", "QUOTE");
        base = _base();
        far = _token("Far", "FAR");
        factory = IUniswapV3Factory(Deployed.uniswap("UniswapV3Factory"));
        near = _pool(base, quote, 500);
        distant = _pool(far, base, 3000);
        others = new Attacker(near);
        distantOthers = new Attacker(distant);
        attacker = new Attacker(near);
        for (uint256 i = 0; i < 4; i++) {
            VM.warp(BEGIN + 60 * (i + 1));
            others.provide(-FULL, FULL, depth * 1e18 / 4);
            distantOthers.provide(-FULL, FULL, depth * 1e18 / 4);
        }
        VM.warp(BEGIN + 3 hours);

        keys = KeyStore(Deployed.ours("KeyStore", ""));
        address uptime = _sequencer();
        engine = PolicyEngine(Deployed.ours("PolicyEngine", abi.encode(uptime, Deployed.ours("LoanEngine", ""))));
        rules = PolicyRules(Deployed.ours("PolicyRules", abi.encode(keys, factory, uptime)));
        source = TwapReturns(Deployed.ours("TwapReturns", ""));
        verifier = new Authorised();
        key = modelKey(22, 3);
        bytes32 digest = keys.store(key);
        _compose(depth * 1e18, digest, Deployed.ours("UniswapV3Action", ""));
        vault = another(RECIPIENT, engine);
        VM.startPrank(OWNER);
        quote.mint(OWNER, 1e30);
        base.mint(OWNER, 1e30);
        quote.approve(address(vault), type(uint256).max);
        base.approve(address(vault), type(uint256).max);
        vault.deposit(address(quote), 50_000e18);
        vault.deposit(address(base), 50_000e18);
        VM.stopPrank();
        VM.warp(BEGIN + 3 hours + 1200);
    }

    /// Steps of ten minutes; 50 basis points of slippage, 50 ticks of drift.
    function _compose(uint128 depth, bytes32 digest, address action) private {
        Numbers storage n = policy.limits.numbers;
        (n.step, n.maxAge, n.minInterval, n.window, n.settle) = (600, 120, 400, 300, 60);
        (n.maxSlippageBps, n.maxDrift, n.impactMargin, n.depthShareBps, n.minFillBps) = (50, 50, 5, 5000, 2500);
        (n.minTrade, n.maxAction, n.turnover, n.turnoverWindow) = (10e18, 10_000e18, 50_000e18, 1 days);
        (n.dayLoss, n.monthLoss, n.maxLossPerAction) = (500e18, 2500e18, 100e18);
        for (uint256 i = 0; i < 2; i++) {
            policy.limits.exposures.push(Exposure(90_000e18, 9000));
            policy.limits.pools.push(PoolLimits(depth * 99 / 100, depth * 99 / 100));
        }
        Model storage m = policy.model;
        (m.digest, m.code, m.agent) = (digest, keys.codeOf(digest), AGENT);
        m.targets = [0, HOLD, HOLD, HOLD, 8000, HOLD];
        m.directions = [3, 3, 3];
        m.program.push(Feature(address(source), 16, abi.encode(address(near), address(base) > address(quote), _horizons())));
        m.program.push(Feature(address(0), 6, ""));
        Parts storage p = policy.parts;
        p.action = action;
        p.pools.push(PoolPart(address(near), 500));
        p.pools.push(PoolPart(address(distant), 3000));
        for (uint256 i = 0; i < 3; i++) {
            p.assets.push();
            p.assets[i].decimals = 18;
        }
        (p.assets[0].token, p.assets[1].token, p.assets[2].token) = (address(quote), address(base), address(far));
        p.assets[1].route.push(Hop(0, near.token0() == address(quote)));
        p.assets[2].route.push(Hop(1, distant.token0() == address(base)));
        p.assets[2].route.push(Hop(0, near.token0() == address(quote)));
    }

    /// A key of the right shape: an ARGMAX head, four rows, three layers.
    function modelKey(uint8 inputs, uint8 classes) internal pure returns (bytes memory made) {
        made = new bytes(8 + 3 * 4 + 4 * 64);
        (made[0], made[2], made[3], made[7]) = (bytes1(0x01), bytes1(0x02), bytes1(0x03), bytes1(inputs));
        (made[10], made[14], made[18]) = (bytes1(0x08), bytes1(0x08), bytes1(classes));
    }

    /// Under the policy as it is now.
    function another(address recipient, PolicyEngine by) public returns (Vault) {
        return Vault(
            Deployed.ours("Vault", abi.encode(OWNER, recipient, verifier, by, rules, abi.encode(policy)))
        );
    }

    // ---- deciding ----

    function decision(uint256 class) internal view returns (Vault.Decision memory d) {
        d.model = keccak256(key);
        d.nonce = vault.state().nonce;
        d.deadline = block.timestamp + 600;
        d.asOf = uint32(block.timestamp - block.timestamp % 600);
        d.maxSlippageBps = 50;
        d.outputs = new int256[](1);
        d.outputs[0] = int256(class);
    }

    /// The call of a decision that somebody has proven.
    function proven(Vault.Decision memory d) internal returns (bytes memory) {
        address place = vault.state().policyAt;
        bytes memory hints = engine.locate(place, d.asOf);
        bytes[] memory sourceHints = new bytes[](2);
        sourceHints[0] = source.locate(policy.model.program[0].parameters, d.asOf);
        PolicyEngine.Plan memory plan = engine.plan(vault.planInput(d.asOf, d.maxSlippageBps, d.outputs, hints));
        int256[] memory x = vault.featuresAt(d.asOf, plan.refs, sourceHints);
        verifier.authorise(key, x, d.outputs, vault.contextOf(d));
        return abi.encodeCall(vault.execute, (d, hints, sourceHints, ""));
    }

    function execute(address from, bytes memory asked) internal returns (bool done, bytes memory reason) {
        VM.prank(from);
        (done, reason) = address(vault).call(asked);
    }

    function executed(bytes memory asked) internal {
        (bool done, bytes memory reason) = execute(AGENT, asked);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(reason, 0x20), mload(reason))
            }
        }
    }

    function refused(address from, bytes memory asked, bytes4 why) internal {
        (bool done, bytes memory reason) = execute(from, asked);
        require(!done, "not refused");
        require(bytes4(reason) == why, string.concat("refused for another reason: ", VM.toString(reason)));
    }

    function booked(TestToken token) internal view returns (uint256 amount) {
        (amount,,) = vault.book(address(token));
    }

    /// Puts the policy as it is now in force, and waits for a moment that may be decided for.
    function revise() internal {
        VM.prank(OWNER);
        vault.setPolicy(abi.encode(policy));
        pass(1);
    }

    /// To so many moments from now.
    function pass(uint256 steps) internal {
        uint256 step = policy.limits.numbers.step;
        VM.warp(block.timestamp - block.timestamp % step + step * steps);
    }

    // ---- how ----

    function _base() internal virtual returns (TestToken) {
        return _token("Base", "BASE");
    }

    function _token(string memory name, string memory symbol) internal returns (TestToken) {
        return TestToken(Deployed.token(name, symbol));
    }

    function _sequencer() internal virtual returns (address) {
        return address(0);
    }

    function _pool(TestToken a, TestToken b, uint24 fee) internal returns (Pool made) {
        made = Pool(Factory(address(factory)).createPool(address(a), address(b), fee));
        made.initialize(1 << 96);
        made.increaseObservationCardinalityNext(200);
    }

    function _horizons() internal pure returns (uint32[] memory list) {
        uint8[17] memory minutes_ = [1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 105, 120];
        list = new uint32[](17);
        for (uint256 i = 0; i < 17; i++) {
            list[i] = uint32(minutes_[i]) * 60;
        }
    }
}
