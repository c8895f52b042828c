// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Governor} from "vault/Governor.sol";
import {HOLD, PoolLimits, Reserve, ReserveLimits, Venue} from "vault/Policy.sol";
import {PolicyRules} from "vault/PolicyRules.sol";
import {Part, PolicyOrder} from "vault/PolicyOrder.sol";
import {Vault} from "vault/Vault.sol";
import {VaultFactory} from "vault/VaultFactory.sol";
import {Deployed} from "./Deployed.sol";
import {ToldSource} from "./Doubles.sol";
import {VM, Vm} from "./Vm.sol";
import {World} from "./World.sol";

/// A factory of one release, for the world's policy.
contract Made is World(2_500_000) {
    bytes32 internal constant SALT = keccak256("salt");

    VaultFactory internal makes;
    PolicyOrder internal order;
    bytes internal vaultCode = Deployed.code("Vault");
    bytes internal governorCode = Deployed.code("Governor");

    constructor() {
        order = PolicyOrder(Deployed.ours("PolicyOrder", ""));
        makes = VaultFactory(Deployed.ours("VaultFactory", abi.encode(release())));
        policy.limits.numbers.sequencerGrace = 1800;
    }

    function release() internal view returns (VaultFactory.Release memory made) {
        made.verifier = verifier;
        (made.engine, made.rules, made.order) = (engine, rules, order);
        (made.sources, made.actions) = (new address[](1), new address[](1));
        (made.sources[0], made.actions[0]) = (address(source), policy.parts.action);
        (made.vaultCode, made.governorCode) = (keccak256(vaultCode), keccak256(governorCode));
    }

    function create() internal returns (Vault, Governor) {
        return create(OWNER, OWNER, RECIPIENT);
    }

    function create(address sender, address owner, address recipient) internal returns (Vault, Governor) {
        bytes memory blob = abi.encode(policy);
        VM.prank(sender);
        return makes.create(SALT, owner, recipient, blob, vaultCode, governorCode);
    }
}

/// A venue and a desk that refuse nothing.
contract Elsewhere {
    function feeOf(bytes calldata, address, address) external pure returns (uint256) {
        return 500;
    }

    function check(address, uint256, address[] calldata, uint256[] calldata, bool[] calldata) external view {}

    function open(address, uint256, uint256, address[] calldata) external view returns (address) {
        return address(this);
    }
}

/// What a factory makes, what it refuses, and what it says of a vault.
contract FactoryTest is Made {
    function test_aVaultAndItsGovernorAreMadeAtOnce() external {
        VM.recordLogs();
        (Vault made, Governor its) = create(STRANGER, OWNER, RECIPIENT);
        Vm.Log[] memory logs = VM.getRecordedLogs();
        Vm.Log memory last = logs[logs.length - 1];
        require(last.emitter == address(makes) && last.topics[0] == VaultFactory.VaultCreated.selector);
        require(address(uint160(uint256(last.topics[1]))) == address(made), "another vault");
        require(address(uint160(uint256(last.topics[2]))) == address(its), "another governor");
        require(address(uint160(uint256(last.topics[3]))) == OWNER, "another owner");
        require(keccak256(last.data) == keccak256(abi.encode(RECIPIENT, STRANGER, SALT)), "another sender or recipient");
        require(made.owner() == address(its) && made.pendingOwner() == address(0), "the vault is not its governor's");
        require(made.recipient() == RECIPIENT && made.kind() == Vault.Kind.OWNER);
        require(address(made.verifier()) == address(verifier) && address(made.engine()) == address(engine));
        require(address(made.rules()) == address(rules));
        require(made.state().policyHash == keccak256(abi.encode(policy)));
        require(address(its.vault()) == address(made) && address(its.order()) == address(order));
        require(its.owner() == OWNER && its.curator() == OWNER && !its.isSealed());
        require(makes.isVault(address(made)) && address(makes.governorOf(address(made))) == address(its));
        require(makes.isCanonical(address(made)));
    }

    /// Nothing but the release's code, down to the last byte.
    function test_otherCodeIsNotTaken() external {
        bytes32[2] memory hashes = [makes.vaultCode(), makes.governorCode()];
        for (uint256 i = 0; i < 2; i++) {
            bytes[2] memory codes = [vaultCode, governorCode];
            codes[i] = bytes.concat(codes[i], hex"00");
            _refused(
                abi.encodeCall(makes.create, (SALT, OWNER, RECIPIENT, abi.encode(policy), codes[0], codes[1])),
                abi.encodeWithSelector(VaultFactory.WrongCode.selector, hashes[i], keccak256(codes[i]))
            );
        }
    }

    /// Whoever sees a creation coming, and is quicker, gets an address of his own.
    function test_nobodyTakesAnothersAddress() external {
        uint256 id = VM.snapshotState();
        (address meant, address its) = _places(OWNER, OWNER, RECIPIENT);
        require(VM.revertToState(id));
        (address other, address others_) = _places(STRANGER, OWNER, RECIPIENT);
        require(other != meant && others_ != its, "taken by another sender");
        (other, others_) = _places(OWNER, STRANGER, RECIPIENT);
        require(other != meant && others_ != its, "taken for another owner");
        (other, others_) = _places(OWNER, OWNER, STRANGER);
        require(other != meant && others_ != its, "taken for another recipient");
        policy.limits.numbers.maxAction--;
        (other, others_) = _places(OWNER, OWNER, RECIPIENT);
        require(other != meant && others_ != its, "taken with another policy");
        policy.limits.numbers.maxAction++;
        (other, others_) = _places(OWNER, OWNER, RECIPIENT);
        require(other == meant && others_ == its, "the address was not kept free");
    }

    function test_theSameIsMadeOnce() external {
        (Vault made,) = create();
        _refused(_call(OWNER, RECIPIENT), abi.encodeWithSelector(VaultFactory.VaultExists.selector, made));
    }

    /// In its own words; and nothing stands half made.
    function test_aConstructorThatRefusesTakesAllWithIt() external {
        uint64 made = _nonce();
        _refused(_call(AGENT, RECIPIENT), abi.encodeWithSelector(Governor.RolesClash.selector, AGENT));
        _refused(_call(address(0), RECIPIENT), abi.encodeWithSelector(Governor.ZeroAddress.selector));
        _refused(_call(OWNER, address(0)), abi.encodeWithSelector(Vault.ZeroAddress.selector));
        uint128 most = policy.limits.numbers.maxAction;
        policy.limits.numbers.maxAction = 1;
        bytes memory told =
            abi.encodeWithSelector(PolicyRules.PolicyOutOfBounds.selector, bytes32("maxAction"), uint256(1));
        _refused(_call(OWNER, RECIPIENT), told);
        policy.limits.numbers.maxAction = most;
        require(_nonce() == made, "half made");
        create();
        require(_nonce() == made + 2);
    }

    function test_aVaultThatReadsOrTradesThroughWhatIsNotOfTheReleaseIsNotCanonical() external {
        (Vault made, Governor its) = create();
        bytes memory models = abi.encode(policy.model);
        policy.model.program[0].source = address(new ToldSource(16));
        _puts(its, Part.MODEL, abi.encode(policy.model));
        require(makes.isVault(address(made)) && !makes.isCanonical(address(made)), "a source of its own");
        _puts(its, Part.MODEL, models);
        require(makes.isCanonical(address(made)), "the source of the release again");
        bytes memory parts = abi.encode(policy.parts);
        policy.parts.action = Deployed.ours("UniswapV3Action", "");
        _puts(its, Part.PARTS, abi.encode(policy.parts));
        require(makes.isVault(address(made)) && !makes.isCanonical(address(made)), "an action of its own");
        _puts(its, Part.PARTS, parts);
        require(makes.isCanonical(address(made)), "the action of the release again");
    }

    function test_aVaultThatTradesOrLendsElsewhereIsNotCanonical() external {
        address elsewhere = address(new Elsewhere());
        VaultFactory.Release memory wider = release();
        wider.actions = new address[](2);
        (wider.actions[0], wider.actions[1]) = (policy.parts.action, elsewhere);
        VaultFactory knows = VaultFactory(Deployed.ours("VaultFactory", abi.encode(wider)));
        VaultFactory narrow = makes;

        policy.parts.venues.push(Venue(1, elsewhere, 500, ""));
        policy.limits.venues.push(PoolLimits(2, 1));
        (Vault made,) = create();
        require(narrow.isVault(address(made)) && !narrow.isCanonical(address(made)), "a venue of its own");
        makes = knows;
        (made,) = create();
        require(knows.isCanonical(address(made)), "the release's venue");

        policy.parts.venues.pop();
        policy.limits.venues.pop();
        (policy.parts.lending.desk, policy.parts.lending.pool) = (elsewhere, elsewhere);
        policy.parts.lending.reserves.push(Reserve(1, false));
        policy.limits.reserves.push(ReserveLimits(1, 0));
        policy.limits.healthFloorBps = 15_000;
        policy.model.lendingTargets = [HOLD, HOLD, HOLD, HOLD, HOLD, HOLD];
        (made,) = create();
        require(knows.isCanonical(address(made)), "the release's desk");
        makes = narrow;
        (made,) = create();
        require(narrow.isVault(address(made)) && !narrow.isCanonical(address(made)), "a desk of its own");
    }

    /// A source is no action, and an action no source.
    function test_aSourceIsOfTheReleaseAsASource() external view {
        require(makes.isSource(address(source)) && !makes.isAction(address(source)));
        require(makes.isAction(policy.parts.action) && !makes.isSource(policy.parts.action));
    }

    function test_whatWasMadeElsewhereIsNone() external view {
        address[3] memory strangers = [address(vault), STRANGER, address(0)];
        for (uint256 i = 0; i < 3; i++) {
            require(!makes.isVault(strangers[i]) && !makes.isCanonical(strangers[i]));
            require(address(makes.governorOf(strangers[i])) == address(0));
        }
    }

    function test_aReleaseNamesNobody() external {
        VaultFactory.Release memory wrong = release();
        wrong.sources[0] = address(0);
        _notMade(wrong);
        wrong = release();
        wrong.actions[0] = address(0);
        _notMade(wrong);
    }

    // ---- how

    function _places(address sender, address owner, address recipient) private returns (address, address) {
        (Vault made, Governor its) = create(sender, owner, recipient);
        return (address(made), address(its));
    }

    function made_(VaultFactory.Release memory of_) external returns (address) {
        return Deployed.ours("VaultFactory", abi.encode(of_));
    }

    function _notMade(VaultFactory.Release memory wrong) private {
        try this.made_(wrong) {
            revert("made");
        } catch (bytes memory reason) {
            require(bytes4(reason) == VaultFactory.ZeroAddress.selector, VM.toString(reason));
        }
    }

    function _call(address owner, address recipient) private view returns (bytes memory) {
        return abi.encodeCall(makes.create, (SALT, owner, recipient, abi.encode(policy), vaultCode, governorCode));
    }

    function _refused(bytes memory call, bytes memory words) private {
        VM.prank(OWNER);
        (bool done, bytes memory reason) = address(makes).call(call);
        require(!done, "not refused");
        require(keccak256(reason) == keccak256(words), string.concat("for another reason: ", VM.toString(reason)));
    }

    function _puts(Governor its, Part part, bytes memory content) private {
        VM.prank(OWNER);
        its.propose(part, content);
        its.accept(part);
    }

    function _nonce() private view returns (uint64) {
        return Nonces(address(VM)).getNonce(address(makes));
    }
}

interface Nonces {
    function getNonce(address account) external view returns (uint64);
}
