// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {Governor} from "./Governor.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {PolicyEngine} from "./PolicyEngine.sol";
import {PolicyOrder} from "./PolicyOrder.sol";
import {PolicyRules} from "./PolicyRules.sol";
import {Vault} from "./Vault.sol";

/// Makes vaults of one release, each under a governor of its own, and knows which ones it made. It has no owner, and no
/// power over what it made.
///
/// Whoever makes one hands over the code of both, which must be the release's: a factory that held them would be larger
/// than a contract may be, and clones would cost each decision the way through a proxy.
contract VaultFactory {
    using PolicyBlob for bytes;

    /// What vaults are made of.
    struct Release {
        IDecisionVerifier verifier;
        PolicyEngine engine;
        PolicyRules rules;
        PolicyOrder order;
        /// IFeatureSource: those that there are besides a vault's own books.
        address[] sources;
        /// IAction and ILendingDesk: whom vaults hand tokens to.
        address[] actions;
        /// keccak256 of the creation code of `Vault`, without the constructor's arguments.
        bytes32 vaultCode;
        /// The same of `Governor`.
        bytes32 governorCode;
    }

    IDecisionVerifier public immutable verifier;
    PolicyEngine public immutable engine;
    PolicyRules public immutable rules;
    PolicyOrder public immutable order;
    bytes32 public immutable vaultCode;
    bytes32 public immutable governorCode;
    /// keccak256 of `abi.encode` of all that it was given: two factories of one code are of one release.
    bytes32 public immutable releaseHash;

    mapping(address source => bool) public isSource;
    mapping(address action => bool) public isAction;
    /// 0 for what was not made here.
    mapping(address vault => Governor) public governorOf;

    event VaultCreated(
        address indexed vault,
        address indexed governor,
        address indexed owner,
        address recipient,
        address sender,
        bytes32 salt
    );

    /// The code is not the release's.
    error WrongCode(bytes32 expected, bytes32 given);
    /// The same account has made the same vault with the same salt.
    error VaultExists(address vault);
    error ZeroAddress();

    constructor(Release memory release) {
        (verifier, engine, rules, order) = (release.verifier, release.engine, release.rules, release.order);
        (vaultCode, governorCode) = (release.vaultCode, release.governorCode);
        releaseHash = keccak256(abi.encode(release));
        for (uint256 i = 0; i < release.sources.length; i++) {
            // A policy's source 0 is the vault's own books.
            if (release.sources[i] == address(0)) revert ZeroAddress();
            isSource[release.sources[i]] = true;
        }
        for (uint256 i = 0; i < release.actions.length; i++) {
            if (release.actions[i] == address(0)) revert ZeroAddress();
            isAction[release.actions[i]] = true;
        }
    }

    /// Makes a vault and its governor, or neither: what a constructor refuses is refused in its words. The vault's
    /// address is nobody else's to take: it follows from the sender and from all that is given here.
    /// @param owner of the governor, and its curator at first
    /// @param recipient where exits go
    /// @param policy `abi.encode(Policy)`
    /// @param vaultCode_ creation code, without the constructor's arguments
    /// @param governorCode_ the same
    function create(
        bytes32 salt,
        address owner,
        address recipient,
        bytes calldata policy,
        bytes calldata vaultCode_,
        bytes calldata governorCode_
    ) external returns (Vault vault, Governor governor) {
        bytes32 own = keccak256(abi.encode(msg.sender, salt, owner, recipient, keccak256(policy)));
        vault = _vault(own, vaultCode_, recipient, policy);
        governor = _governor(own, governorCode_, vault, owner);
        _told(salt, owner, recipient, vault, governor);
    }

    function _told(bytes32 salt, address owner, address recipient, Vault vault, Governor governor) private {
        emit VaultCreated(address(vault), address(governor), owner, recipient, msg.sender, salt);
    }

    function _vault(bytes32 salt, bytes calldata code, address recipient, bytes calldata policy) private returns (Vault) {
        if (keccak256(code) != vaultCode) revert WrongCode(vaultCode, keccak256(code));
        bytes memory arguments = abi.encode(address(this), recipient, verifier, engine, rules, policy);
        bytes memory creation = bytes.concat(code, arguments);
        address place = Create2.computeAddress(salt, keccak256(creation));
        if (isVault(place)) revert VaultExists(place);
        return Vault(Create2.deploy(0, salt, creation));
    }

    /// Each is to know the other's address. The vault, which comes first, is this contract's until the governor takes it
    /// over in its constructor.
    function _governor(bytes32 salt, bytes calldata code, Vault vault, address owner) private returns (Governor governor) {
        if (keccak256(code) != governorCode) revert WrongCode(governorCode, keccak256(code));
        bytes memory creation = bytes.concat(code, abi.encode(vault, owner, order));
        governor = Governor(Create2.computeAddress(salt, keccak256(creation)));
        governorOf[address(vault)] = governor;
        vault.transferOwnership(address(governor));
        Create2.deploy(0, salt, creation);
    }

    /// Whether a vault was made here. It may still read, and trade through, what its owner brought.
    function isVault(address vault) public view returns (bool) {
        return address(governorOf[vault]) != address(0);
    }

    /// Whether a vault was made here, and of its policy, as it is now, each source, each action and the desk is of the
    /// release. Of tokens, pools, markets and feeds it says nothing.
    function isCanonical(address vault) external view returns (bool) {
        if (!isVault(vault)) return false;
        bytes memory policy = DataAsCode.read(Vault(vault).state().policyAt);
        for (uint256 i = 0; i < policy.features(); i++) {
            (address source,,) = policy.feature(i);
            if (source != address(0) && !isSource[source]) return false;
        }
        for (uint256 v = 0; v < policy.venues(); v++) {
            (, address action,,) = policy.venue(v);
            if (!isAction[action]) return false;
        }
        address desk = policy.desk();
        return isAction[policy.action()] && (desk == address(0) || isAction[desk]);
    }
}
