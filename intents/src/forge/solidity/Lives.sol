// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {ProofBoundVault} from "vault/ProofBoundVault.sol";
import {World} from "./World.sol";
import {VM, Vm} from "./Vm.sol";

/// What may happen to a vault, each in an order and with numbers that forge invents: an agent that decides, a thief who
/// has seen its proofs, somebody with any amount of money, providers who come and go, an owner, and time. No call here
/// reverts: what the vault must refuse is asked for and seen to be refused, for a reason that is there.
contract Lives is World {
    string private constant TRACE = "target/forge/sequences.jsonl";
    address private constant NEXT = address(uint160(uint256(keccak256("next owner"))));
    address private constant STRANGER = address(uint160(uint256(keccak256("stranger"))));

    /// What the vault must hold by what was told of it: events of decisions, and what its owner moved.
    int256 public toldBase;
    int256 public toldQuote;
    uint256 public giftsBase;
    uint256 public giftsQuote;
    uint256 public decided;
    uint256 public policies;

    address public owner = OWNER;
    bool private _paused;
    uint8 private _model;
    uint128 private _provided;
    int24 private _lower;
    bytes private _lastCall;
    bool private immutable _traced;
    bool private _begun;

    constructor(bool traced) {
        toldBase = int256(FUNDS);
        toldQuote = int256(FUNDS);
        _traced = traced;
    }

    // ---- an agent, and who has seen its proofs ----

    /// An ordinary quarter of an hour: the market moves a little, and the agent decides in time.
    function live(uint16 wait, bool zeroForOne, uint96 amount, uint8 decision) external {
        _pass(wait % 900);
        _swap(zeroForOne, amount % 1e22);
        _pass(wait % 60);
        _decide(decision % 3, 0, 60);
    }

    function decide(uint16 wait, uint8 decision, uint8 age, uint8 late) external {
        _pass(wait % 1200);
        _decide(decision % 3, age % 150, late);
    }

    function _decide(uint8 decision, uint32 age, uint256 late) private {
        ProofBoundVault.State memory before = vault.state();
        // A replay reads the block before.
        uint32 asOf = uint32(block.timestamp) - age - (_traced ? 1 : 0);
        asOf -= asOf % before.stepSeconds;
        uint256 deadline = block.timestamp + late;
        bytes memory asked = _authorised(deadline, asOf, decision);

        VM.recordLogs();
        (bool done, bytes memory reason) = address(vault).call(asked);
        Vm.Log[] memory logs = VM.getRecordedLogs();
        if (done) {
            _executed(before, logs, asOf);
            _lastCall = asked;
        } else {
            _explain(bytes4(reason), before, asOf);
        }
        _tell("decide", _three(asOf, deadline, decision), logs, reason);
    }

    /// Old calls, and new ones with one word changed.
    function steal(uint16 wait, uint8 kind, uint64 change) external {
        _pass(wait % 600);
        if (_lastCall.length != 0) _refuses(STRANGER, _lastCall);
        ProofBoundVault.State memory state = vault.state();
        uint32 asOf = uint32(block.timestamp);
        asOf -= asOf % state.stepSeconds;
        bytes memory asked = _authorised(block.timestamp, asOf, 2);
        if (kind % 6 == 5) {
            // A model is replaced: what the old one decided holds no longer.
            this.retrain(0);
        } else {
            // nonce, deadline, asOf, (the offset of the indices), decision: words 0, 1, 2 and 4 of the arguments.
            uint256 word = kind % 6 == 3 ? 4 : kind % 6 == 4 ? 1 : kind % 6;
            uint256 place = 4 + 32 * word + 32;
            uint256 by = 1 + uint256(change);
            assembly ("memory-safe") {
                let changed := add(asked, place)
                mstore(changed, add(mload(changed), by))
            }
        }
        _refuses(STRANGER, asked);
    }

    function retrain(uint16 wait) external {
        _pass(wait % 600);
        _model++;
        VM.startPrank(OWNER);
        registry.propose(modelId, modelKey(_model));
        registry.activate(modelId);
        VM.stopPrank();
    }

    // ---- the market, and money ----

    function swap(uint16 wait, bool zeroForOne, uint96 amount) external {
        _pass(wait % 600);
        _swap(zeroForOne, amount % 3e23);
    }

    function _swap(bool zeroForOne, uint256 amount) private {
        uint256 paid = 1e15 + amount;
        (uint160 price,,,,,,) = pool.slot0();
        bool spent = zeroForOne ? price < 1 << 64 : price > 1 << 128;
        if (spent || pool.liquidity() == 0) return;
        searcher.swap(zeroForOne, paid);
        _tell("swap", _three(zeroForOne ? 1 : 0, paid, 0), new Vm.Log[](0), "");
    }

    function provide(uint16 wait, int16 where, uint96 amount) external {
        _pass(wait % 600);
        if (_provided != 0) return;
        _lower = int24(where) / 100 * 10;
        _provided = 1e18 + uint128(amount) % 1e26;
        searcher.provide(_lower, _lower + 10, _provided);
        _tell("provide", _range(_lower, _lower + 10, _provided), new Vm.Log[](0), "");
    }

    function depart(uint16 wait) external {
        _pass(wait % 600);
        if (_provided == 0) return;
        searcher.depart(_lower, _lower + 10, _provided);
        _tell("depart", _range(_lower, _lower + 10, _provided), new Vm.Log[](0), "");
        _provided = 0;
    }

    /// The provider of nearly all depth goes, and comes back.
    function drain(uint16 wait) external {
        _pass(wait % 600);
        uint128 most = DEPTH - 1e18;
        searcher.depart(-FULL, FULL, most);
        _tell("depart", _range(-FULL, FULL, most), new Vm.Log[](0), "");
        _pass(1 + wait % 300);
        searcher.provide(-FULL, FULL, most);
        _tell("provide", _range(-FULL, FULL, most), new Vm.Log[](0), "");
    }

    function give(uint16 wait, bool ofBase, uint96 amount) external {
        _pass(wait % 600);
        if (ofBase) giftsBase += amount;
        else giftsQuote += amount;
        (ofBase ? base : quote).mint(address(vault), amount);
        _tell("give", _three(ofBase ? 1 : 0, amount, 0), new Vm.Log[](0), "");
    }

    // ---- the owner ----

    function deposit(uint16 wait, uint80 ofBase, uint80 ofQuote) external {
        _pass(wait % 600);
        if (owner != OWNER) return;
        toldBase += int256(uint256(ofBase));
        toldQuote += int256(uint256(ofQuote));
        _byOwner(abi.encodeCall(vault.deposit, (ofBase, ofQuote)));
    }

    function withdraw(uint16 wait, uint8 ofBase, uint8 ofQuote) external {
        _pass(wait % 600);
        ProofBoundVault.State memory state = vault.state();
        uint256 takenBase = uint256(state.baseBalance) * (ofBase % 32) / 64;
        uint256 takenQuote = uint256(state.quoteBalance) * (ofQuote % 32) / 64;
        toldBase -= int256(takenBase);
        toldQuote -= int256(takenQuote);
        _byOwner(abi.encodeCall(vault.withdraw, (takenBase, takenQuote, OWNER)));
    }

    function sweep(uint16 wait, bool ofBase) external {
        _pass(wait % 600);
        if (ofBase) giftsBase = 0;
        else giftsQuote = 0;
        _byOwner(abi.encodeCall(vault.sweep, (address(ofBase ? base : quote), OWNER)));
    }

    function pause(uint16 wait, bool on) external {
        _pass(wait % 600);
        _paused = on;
        _byOwner(on ? abi.encodeCall(vault.pause, ()) : abi.encodeCall(vault.unpause, ()));
    }

    function setPolicy(uint16 wait, uint16 slippage, uint16 step, uint32 epoch, uint80 minTrade, uint80 budget) external {
        _pass(wait % 600);
        uint128 least = 1e18 + minTrade % 1e21;
        policies++;
        _byOwner(
            abi.encodeCall(
                vault.setPolicy,
                (policy(10 + slippage % 1990, 1 + step % 300, 60 + epoch % 90_000, least, least + budget))
            )
        );
    }

    function handOver(uint16 wait) external {
        _pass(wait % 600);
        address next = owner == OWNER ? NEXT : OWNER;
        _byOwner(abi.encodeCall(vault.transferOwnership, (next)));
        _refuses(owner, abi.encodeCall(vault.acceptOwnership, ()));
        VM.prank(next);
        vault.acceptOwnership();
        owner = next;
    }

    /// Nobody but the owner does what is the owner's, and nobody but the pool asks for money.
    function trespass(uint16 wait, uint80 amount) external {
        _pass(wait % 60);
        ProofBoundVault.Policy memory wide = policy(2000, 1, 60, 1, type(uint128).max);
        _refuses(STRANGER, abi.encodeCall(vault.withdraw, (amount, amount, STRANGER)));
        _refuses(STRANGER, abi.encodeCall(vault.deposit, (amount, amount)));
        _refuses(STRANGER, abi.encodeCall(vault.sweep, (address(base), STRANGER)));
        _refuses(STRANGER, abi.encodeCall(vault.pause, ()));
        _refuses(STRANGER, abi.encodeCall(vault.unpause, ()));
        _refuses(STRANGER, abi.encodeCall(vault.setPolicy, (wide)));
        _refuses(STRANGER, abi.encodeCall(vault.transferOwnership, (STRANGER)));
        _refuses(STRANGER, abi.encodeCall(vault.acceptOwnership, ()));
        int256 wanted = int256(uint256(amount));
        _refuses(STRANGER, abi.encodeCall(vault.uniswapV3SwapCallback, (wanted, wanted, "")));
        _refuses(address(pool), abi.encodeCall(vault.uniswapV3SwapCallback, (wanted, wanted, "")));
    }

    // ---- what is so after each of them ----

    /// Books are what was told, and the vault holds them, and gifts besides.
    function booksAreHeld() external view {
        ProofBoundVault.State memory state = vault.state();
        require(int256(uint256(state.baseBalance)) == toldBase, "base is not what was told");
        require(int256(uint256(state.quoteBalance)) == toldQuote, "quote is not what was told");
        require(base.balanceOf(address(vault)) == state.baseBalance + giftsBase, "base is not held");
        require(quote.balanceOf(address(vault)) == state.quoteBalance + giftsQuote, "quote is not held");
    }

    /// Whatever happened, the owner can take all of it, at once.
    function ownerCanLeave() external {
        uint256 id = VM.snapshotState();
        ProofBoundVault.State memory state = vault.state();
        VM.startPrank(owner);
        vault.withdraw(state.baseBalance, state.quoteBalance, NEXT);
        vault.sweep(address(base), NEXT);
        vault.sweep(address(quote), NEXT);
        VM.stopPrank();
        require(base.balanceOf(address(vault)) == 0 && quote.balanceOf(address(vault)) == 0, "something stays behind");
        require(VM.revertToState(id));
    }

    /// One for each decision that was carried out, one for each policy, and never back.
    function nonceOnlyGrows() external view {
        require(vault.state().nonce == decided + policies, "the nonce is not what was done");
    }

    // ---- how ----

    function _pass(uint256 seconds_) private {
        if (_traced && !_begun) {
            _begun = true;
            VM.writeLine(
                TRACE,
                string.concat(
                    '{"base":"', VM.toString(address(base)), '","quote":"', VM.toString(address(quote)), '"}'
                )
            );
        }
        // A replay needs moments between.
        VM.warp(block.timestamp + 4 + seconds_);
    }

    function _executed(ProofBoundVault.State memory before, Vm.Log[] memory logs, uint32 asOf) private {
        require(!_paused, "executed while paused");
        ProofBoundVault.Policy memory rules = vault.policy();
        require(asOf + rules.maxAgeSeconds >= block.timestamp, "executed on stale features");
        ProofBoundVault.State memory state = vault.state();
        require(state.nonce == before.nonce + 1 && state.lastAsOf == asOf && asOf > before.lastAsOf, "no step forward");
        decided++;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(vault)) continue;
            (, int256 ofBase, int256 ofQuote, int24 tick) = abi.decode(logs[i].data, (uint32, int256, int256, int24));
            toldBase += ofBase;
            toldQuote += ofQuote;
            if (ofBase == 0 && ofQuote == 0) continue;
            uint256 sqrtX96 = PriceMath.sqrtRatioX96(tick);
            uint256 moved = PriceMath.valueAt(uint256(ofBase < 0 ? -ofBase : ofBase), sqrtX96);
            (uint256 given, uint256 got) =
                ofBase < 0 ? (moved, uint256(ofQuote)) : (uint256(-ofQuote), moved);
            require(got >= given * (10_000 - rules.maxSlippageBps) / 10_000, "slipped beyond the policy");
            uint256 spent = asOf / before.epochSeconds > before.epoch ? 0 : before.spent;
            require(state.spent == spent + given && state.spent <= rules.maxNotionalPerEpoch, "beyond the budget");
        }
    }

    /// A refusal has its cause in what was asked, and a fair pool never gives too little.
    function _explain(bytes4 reason, ProofBoundVault.State memory before, uint32 asOf) private view {
        if (reason == ProofBoundVault.Paused.selector) {
            require(_paused);
        } else if (reason == ProofBoundVault.Stale.selector) {
            require(asOf + vault.policy().maxAgeSeconds < block.timestamp);
        } else if (reason == ProofBoundVault.OutOfOrder.selector) {
            require(asOf <= before.lastAsOf);
        } else {
            require(
                reason == ProofBoundVault.BudgetSpent.selector || reason == ProofBoundVault.TradeTooSmall.selector
                    || reason == ProofBoundVault.PriceBeyondLimit.selector,
                "refused without a cause"
            );
        }
    }

    function _refuses(address from, bytes memory asked) private {
        VM.prank(from);
        (bool done,) = address(vault).call(asked);
        require(!done, "the vault did what it must refuse");
    }

    function _byOwner(bytes memory asked) private {
        VM.recordLogs();
        VM.prank(owner);
        (bool done,) = address(vault).call(asked);
        require(done, "the owner was refused");
        Vm.Log[] memory logs = VM.getRecordedLogs();
        if (_traced) _tell("owner", string.concat('"', VM.toString(asked), '"'), logs, "");
    }

    // ---- the trace that a replay reads ----

    function _three(uint256 a, uint256 b, uint256 c) private view returns (string memory) {
        if (!_traced) return "";
        return string.concat('"', VM.toString(a), '","', VM.toString(b), '","', VM.toString(c), '"');
    }

    function _range(int24 lower, int24 upper, uint128 amount) private view returns (string memory) {
        if (!_traced) return "";
        return string.concat(
            '"', VM.toString(int256(lower)), '","', VM.toString(int256(upper)), '","', VM.toString(uint256(amount)), '"'
        );
    }

    function _tell(string memory action, string memory arguments, Vm.Log[] memory logs, bytes memory reason) private {
        if (!_traced) return;
        string memory events = "";
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter != address(vault)) continue;
            string memory topics = "";
            for (uint256 t = 0; t < logs[i].topics.length; t++) {
                topics = string.concat(topics, t == 0 ? '"' : ',"', VM.toString(logs[i].topics[t]), '"');
            }
            events = string.concat(
                events,
                bytes(events).length == 0 ? "" : ",",
                string.concat('{"topics":[', topics, '],"data":"', VM.toString(logs[i].data), '"}')
            );
        }
        (uint160 price,,,,,,) = pool.slot0();
        VM.writeLine(
            TRACE,
            string.concat(
                string.concat('{"price":"', VM.toString(uint256(price)), '","at":', VM.toString(block.timestamp), ',"action":"', action, '","arguments":[', arguments),
                string.concat('],"refused":"', VM.toString(reason), '","events":[', events, "]}")
            )
        );
    }
}
