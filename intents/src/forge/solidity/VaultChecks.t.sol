// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TestToken} from "chain/TestToken.sol";
import {Step} from "vault/IAction.sol";
import {HOLD} from "vault/Policy.sol";
import {PolicyEngine} from "vault/PolicyEngine.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {UniswapV3Action} from "vault/UniswapV3Action.sol";
import {UniswapV3Swaps} from "vault/UniswapV3Swaps.sol";
import {Vault} from "vault/Vault.sol";
import {Deployed} from "./Deployed.sol";
import {TrickToken} from "./Doubles.sol";
import {HookToken, NoEther, OddAction, OddSource, OtherDoor, ToldPool, TwoDoors} from "./Odd.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

interface Cheats {
    function etch(address place, bytes calldata code) external;
    function getNonce(address account) external view returns (uint64);
    function computeCreateAddress(address account, uint256 nonce) external pure returns (address);
}

/// What the vault refuses besides, each where it alone does.
contract VaultChecks is World(2_500_000) {
    function _base() internal override returns (TestToken) {
        return TestToken(address(new TrickToken()));
    }

    // ---- who ----

    function test_nobodyIsNobodysRecipientOrOwner() external {
        try this.another(address(0), engine) {
            revert("made");
        } catch (bytes memory reason) {
            require(bytes4(reason) == Vault.ZeroAddress.selector);
        }
        refused(OWNER, abi.encodeCall(vault.renounceOwnership, ()), Vault.ZeroAddress.selector);
        require(vault.owner() == OWNER);
    }

    /// What a wallet needs to show what a proof is bound to (ERC-5267).
    function test_theDomainOfItsDigestsIsTold() external view {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address place,
            bytes32 salt,
            uint256[] memory extensions
        ) = vault.eip712Domain();
        require(fields == 0x0f && chainId == block.chainid && place == address(vault));
        require(salt == 0 && extensions.length == 0);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                place
            )
        );
        Vault.Decision memory d = decision(BUY);
        bytes memory words = abi.encode(
            vault.DECISION_TYPEHASH(),
            d.model,
            vault.state().policyHash,
            d.nonce,
            d.deadline,
            d.asOf,
            d.executor,
            d.maxSlippageBps,
            keccak256(abi.encodePacked(d.outputs))
        );
        require(vault.contextOf(d) == keccak256(abi.encodePacked(hex"1901", domain, keccak256(words))));
    }

    function test_nobodyElseUnpauses() external {
        VM.prank(OWNER);
        vault.pause();
        refused(AGENT, abi.encodeCall(vault.unpause, ()), Ownable.OwnableUnauthorizedAccount.selector);
        require(vault.state().paused && vault.state().nonce == 1);
        VM.startPrank(OWNER);
        vault.pause();
        require(vault.state().nonce == 1, "paused twice");
        vault.unpause();
        VM.stopPrank();
        require(!vault.state().paused);
    }

    /// The place where the policy would be stored is taken.
    function test_aPolicyThatIsNotStoredIsNotInForce() external {
        Cheats cheats = Cheats(address(VM));
        cheats.etch(cheats.computeCreateAddress(address(vault), cheats.getNonce(address(vault))), hex"00");
        refused(OWNER, abi.encodeCall(vault.setPolicy, (abi.encode(policy))), Vault.PolicyNotStored.selector);
    }

    // ---- books ----

    function test_onlyWhatIsListedIsTaken() external {
        TestToken other = new TestToken("Other", "OTHER", 18);
        other.mint(OWNER, 1e18);
        VM.prank(OWNER);
        other.approve(address(vault), 1e18);
        refused(OWNER, abi.encodeCall(vault.deposit, (address(other), 1e18)), Vault.NotAnAsset.selector);
    }

    function test_noMoreIsBookedThanABookHolds() external {
        uint256 much = 1 << 112;
        base.mint(OWNER, much);
        refused(OWNER, abi.encodeCall(vault.deposit, (address(base), much)), Vault.AmountTooLarge.selector);
    }

    function test_noMoreLeavesThanIsBooked() external {
        base.mint(address(vault), 5e18);
        refused(OWNER, abi.encodeCall(vault.exit, (address(base), 50_001e18)), Vault.BalanceTooLow.selector);
        VM.prank(OWNER);
        vault.exit(address(base), type(uint256).max);
        require(base.balanceOf(RECIPIENT) == 50_000e18 && base.balanceOf(address(vault)) == 5e18, "a gift left with it");
    }

    function test_etherThatIsNotTakenStays() external {
        Vault other = another(address(new NoEther()), engine);
        VM.prank(OWNER);
        (bool done, bytes memory reason) = address(other).call(abi.encodeCall(other.sweepEther, ()));
        require(!done && bytes4(reason) == NoEther.NotHere.selector);
    }

    // ---- features ----

    function test_hintsAreAsManyAsSources() external {
        Vault.Decision memory d = decision(BUY);
        bytes memory asked = proven(d);
        bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
        refused(AGENT, abi.encodeCall(vault.execute, (d, hints, new bytes[](3), "")), Vault.WrongHints.selector);
        executed(asked);
    }

    function test_aSourceAnswersInItsWidth() external {
        OddSource odd = new OddSource();
        policy.model.program[0].source = address(odd);
        revise();
        int256[] memory values = new int256[](16);
        odd.tell(false, abi.encode(values));
        require(_features(0).length == 22);
        odd.tell(false, bytes.concat(abi.encode(values), hex"00"));
        _features(Vault.BadFeatures.selector);
        values[3] = int256(type(int32).max) + 1;
        odd.tell(false, abi.encode(values));
        _features(Vault.BadFeatures.selector);
        values[3] = 0;
        bytes memory short = abi.encode(values);
        // Fifteen, and one word too many.
        short[63] = 0x0f;
        odd.tell(false, short);
        _features(Vault.BadFeatures.selector);
        odd.tell(true, "");
        _features(OddSource.OwnWords.selector);
    }

    function test_ownFeaturesHaveTheirBounds() external {
        executed(proven(decision(BUY)));
        VM.warp(block.timestamp + 3 days);
        pass(1);
        int256[] memory x = _at(5000);
        require(x[18] == 4095 && x[20] == 1440, "above");
        require(_at(-5000)[18] == -4095, "below");
        require(_at(0)[18] == 0 && x[21] == 0);
    }

    function test_noMoreThanAllOfAnAllowanceIsUsed() external {
        executed(proven(decision(BUY)));
        policy.limits.numbers.turnover = 20e18;
        revise();
        require(_at(0)[21] == 10_000);
    }

    // ---- actions ----

    function test_anActionGivesWhatItMust() external {
        OddAction odd = new OddAction();
        policy.parts.action = address(odd);
        revise();
        bytes memory asked = proven(decision(SELL));
        odd.will(10_000, 9_900);
        refused(AGENT, asked, Vault.SlippageExceeded.selector);
        odd.will(10_001, 11_000);
        refused(AGENT, asked, Vault.TookTooMuch.selector);
        odd.will(2_499, 9_990);
        refused(AGENT, asked, Vault.FilledTooLittle.selector);
        odd.will(2_501, 9_990);
        executed(asked);
        require(base.allowance(address(vault), address(odd)) == 0, "an approval stands");
    }

    function test_aCrumbIsNotWorthADecision() external {
        OddAction odd = new OddAction();
        policy.parts.action = address(odd);
        policy.limits.numbers.minFillBps = 1;
        revise();
        bytes memory asked = proven(decision(SELL));
        odd.will(100, 10_000);
        refused(AGENT, asked, Vault.FilledTooLittle.selector);
        odd.will(200, 10_000);
        executed(asked);
    }

    // ---- sizes ----

    /// A pool that an earlier step has used up bears nothing, however its use was rounded.
    function test_aPoolThatIsUsedUpBearsNothing() external {
        policy.model.targets = [HOLD, HOLD, HOLD, 3000, 8000, 0];
        policy.limits.numbers.maxSlippageBps = 100;
        for (int24 tick = 1; tick < 12; tick++) {
            uint256 id = VM.snapshotState();
            distantOthers.pushTo(uint160(PriceMath.sqrtRatioX96(tick)));
            VM.warp(block.timestamp + 600);
            revise();
            executed(_wide(KEEP));
            pass(1);
            executed(_wide(KEEP));
            pass(1);
            Vault.Decision memory d = decision(BUY);
            d.maxSlippageBps = 100;
            bytes memory hints = engine.locate(vault.state().policyAt, d.asOf);
            PolicyEngine.Plan memory found = engine.plan(vault.planInput(d.asOf, 100, d.outputs, hints));
            require(found.steps.length == 1 && found.steps[0].sell, "more than a sale");
            require(VM.revertToState(id));
        }
    }

    function _wide(uint256 class) private returns (bytes memory) {
        Vault.Decision memory d = decision(class);
        d.maxSlippageBps = 100;
        return proven(d);
    }

    // ---- how ----

    function _at(int24 tick) private view returns (int256[] memory) {
        int24[] memory refs = new int24[](3);
        refs[1] = tick;
        bytes[] memory hints = new bytes[](2);
        uint32 asOf = uint32(block.timestamp - block.timestamp % 600);
        hints[0] = source.locate(policy.model.program[0].parameters, asOf);
        return vault.featuresAt(asOf, refs, hints);
    }

    function _features(bytes4 why) private view returns (int256[] memory x) {
        uint32 asOf = uint32(block.timestamp - block.timestamp % 600);
        (bool done, bytes memory answer) =
            address(vault).staticcall(abi.encodeCall(vault.featuresAt, (asOf, new int24[](3), new bytes[](2))));
        if (why == 0) return abi.decode(answer, (int256[]));
        require(!done && bytes4(answer) == why, VM.toString(answer));
    }
}

/// A token that has two addresses, of which one is listed.
contract Doors is World(2_500_000) {
    function _base() internal override returns (TestToken) {
        return TestToken(address(new TwoDoors()));
    }

    function test_nothingBookedIsSweptThroughTheOtherDoor() external {
        OtherDoor other = new OtherDoor(TwoDoors(address(base)));
        refused(OWNER, abi.encodeCall(vault.sweep, (address(other))), Vault.BalanceTooLow.selector);
        VM.prank(OWNER);
        vault.sweep(address(base));
        require(base.balanceOf(RECIPIENT) == 0);
    }
}

/// A token that calls back while it is moved, and owns the vault.
contract Reentrance is World(2_500_000) {
    function _base() internal override returns (TestToken) {
        return TestToken(address(new HookToken()));
    }

    function test_nothingIsDoneWithinSomethingElse() external {
        HookToken hook = HookToken(address(base));
        VM.prank(OWNER);
        vault.transferOwnership(address(hook));
        hook.forward(address(vault), abi.encodeCall(vault.acceptOwnership, ()));
        require(vault.owner() == address(hook));
        hook.mint(address(hook), 1e30);
        hook.forward(address(base), abi.encodeCall(base.approve, (address(vault), type(uint256).max)));
        bytes memory deposit = abi.encodeCall(vault.deposit, (address(base), 1e18));
        Vault.Decision memory d = decision(BUY);
        bytes[13] memory calls = [
            abi.encodeCall(vault.execute, (d, "", new bytes[](2), "")),
            abi.encodeCall(vault.exit, (address(quote), 1)),
            abi.encodeCall(vault.sync, (address(quote))),
            abi.encodeCall(vault.sweep, (address(quote))),
            abi.encodeCall(vault.sweepEther, ()),
            abi.encodeCall(vault.unpause, ()),
            abi.encodeCall(vault.setPolicy, (abi.encode(policy))),
            abi.encodeCall(vault.pause, ()),
            abi.encodeCall(vault.state, ()),
            abi.encodeCall(vault.book, (address(quote))),
            abi.encodeCall(vault.featuresAt, (d.asOf, new int24[](3), new bytes[](2))),
            abi.encodeCall(vault.planInput, (d.asOf, 50, d.outputs, "")),
            deposit
        ];
        for (uint256 i = 0; i < calls.length; i++) {
            hook.hook(address(vault), calls[i]);
            bytes memory outer = i + 1 < calls.length ? deposit : abi.encodeCall(vault.exit, (address(base), 1e18));
            (bool done,) = hook.forward(address(vault), outer);
            require(done && hook.called(), "not called back");
            require(
                !hook.done() && bytes4(hook.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector,
                string.concat("done within another: ", VM.toString(i))
            );
        }
    }
}

/// The action, and pools that are none of Uniswap's.
contract ActionChecks {
    UniswapV3Action private immutable _action = UniswapV3Action(Deployed.ours("UniswapV3Action", ""));
    TrickToken private immutable _first = new TrickToken();
    TrickToken private immutable _middle = new TrickToken();
    TrickToken private immutable _last = new TrickToken();
    ToldPool private immutable _one = new ToldPool(address(_first), address(_middle), 500);
    ToldPool private immutable _two = new ToldPool(address(_middle), address(_last), 500);

    constructor() {
        _first.mint(address(this), 1e30);
        _first.approve(address(_action), type(uint256).max);
        _two.will(ToldPool.Deed.PAY);
    }

    function test_aPoolGetsWhatItIsOwedOnce() external {
        _refuses(ToldPool.Deed.ASK_TOO_MUCH, false, UniswapV3Swaps.NotOwed.selector);
        _refuses(ToldPool.Deed.ASK_NOTHING, false, UniswapV3Swaps.NotOwed.selector);
        _refuses(ToldPool.Deed.ASK_TWICE, false, UniswapV3Swaps.NotPool.selector);
        _one.will(ToldPool.Deed.PAY);
        _run(false);
        require(_first.balanceOf(address(_one)) == 1e18 && _middle.balanceOf(address(this)) == 1e18);
    }

    function test_aPoolGetsNothingLater() external {
        _one.will(ToldPool.Deed.NOTHING);
        _run(false);
        (bool done, bytes memory reason) = address(_one).call(abi.encodeCall(_one.ask, (address(_action), true, 1)));
        require(!done && bytes4(reason) == UniswapV3Swaps.NotPool.selector);
        (done, reason) = address(_action).call(abi.encodeCall(_action.uniswapV3SwapCallback, (1, 1, "")));
        require(!done && bytes4(reason) == UniswapV3Swaps.NotPool.selector);
    }

    function test_aRouteIsFilledWhole() external {
        _refuses(ToldPool.Deed.ASK_HALF, true, UniswapV3Swaps.FilledInPart.selector);
        _refuses(ToldPool.Deed.PAY_NOTHING, true, UniswapV3Swaps.NothingGot.selector);
        _one.will(ToldPool.Deed.PAY);
        _run(true);
        require(_last.balanceOf(address(this)) == 1e18 && _middle.balanceOf(address(_action)) == 0);
    }

    function test_aRouteLeadsWhereItShould() external {
        address[] memory pools = new address[](1);
        pools[0] = address(_two);
        _refuses(pools, address(_first), address(_middle), UniswapV3Swaps.NotARoute.selector);
        _refuses(pools, address(_middle), address(_first), UniswapV3Swaps.NotARoute.selector);
    }

    function test_aSwapIsNotWithinAnother() external {
        HookToken hook = new HookToken();
        hook.mint(address(this), 1e18);
        hook.approve(address(_action), 1e18);
        ToldPool pool = new ToldPool(address(hook), address(_last), 500);
        pool.will(ToldPool.Deed.PAY);
        address[] memory pools = new address[](1);
        pools[0] = address(pool);
        bytes memory asked =
            abi.encodeCall(_action.run, (abi.encode(pools), Step(address(hook), 1e18, address(_last), 0)));
        hook.hook(address(_action), asked);
        (bool done,) = address(_action).call(asked);
        require(done && hook.called() && !hook.done());
        require(bytes4(hook.answer()) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function _refuses(ToldPool.Deed deed, bool both, bytes4 why) private {
        _one.will(deed);
        address[] memory pools = _route(both);
        _refuses(pools, address(_first), address(both ? _last : _middle), why);
    }

    function _refuses(address[] memory pools, address from, address to, bytes4 why) private {
        (bool done, bytes memory reason) =
            address(_action).call(abi.encodeCall(_action.run, (abi.encode(pools), Step(from, 1e18, to, 0))));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }

    function _run(bool both) private {
        _action.run(abi.encode(_route(both)), Step(address(_first), 1e18, address(both ? _last : _middle), 0));
    }

    function _route(bool both) private view returns (address[] memory pools) {
        pools = new address[](both ? 2 : 1);
        pools[0] = address(_one);
        if (both) pools[1] = address(_two);
    }
}
