// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {Governor} from "./Governor.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {PolicyEngine} from "./PolicyEngine.sol";
import {Policy} from "./Policy.sol";
import {Part} from "./PolicyOrder.sol";
import {Vault} from "./Vault.sol";
import {VaultFactory} from "./VaultFactory.sol";

/// What only those who look want to know of a vault. It has neither state nor power, and believes the vault that it is
/// asked about: whether that is one, the factory says.
contract VaultLens {
    using PolicyBlob for bytes;

    struct Pending {
        /// `abi.encode` of the part; empty if nothing waits.
        bytes content;
        /// From then on, for the governor's grace, anyone may put it in force.
        uint256 executableAt;
    }

    /// Arrays of three are by Part: limits, model, parts.
    struct Roles {
        /// 0 where the vault's owner is no governor of it: then there are no roles but owner, agent and recipient.
        Governor governor;
        address owner;
        address curator;
        address[] sentinels;
        address agent;
        address recipient;
        bool isSealed;
        /// In seconds; they hold once it is sealed.
        uint256[3] delays;
        Pending[3] pending;
        /// From when on an abdication that waits may be put in force; 0 if none does.
        uint256[3] abdications;
        bool[3] abdicated;
        /// Whether the vault executes nothing now.
        bool paused;
        /// When anyone may end the pause; 0 if only the owner may, or if there is none.
        uint256 pausedUntil;
        /// When curator and sentinels may pause again; 0 if they have not.
        uint256 pauseFreeAt;
    }

    struct Holding {
        address token;
        uint256 booked;
        uint256 held;
    }

    /// No policy lies there.
    error NotAPolicy(address policy);

    /// The policy whose blob lies at `place`.
    function policyAt(address place) external view returns (Policy memory) {
        bytes memory blob = DataAsCode.read(place);
        if (blob.length == 0) revert NotAPolicy(place);
        return abi.decode(blob, (Policy));
    }

    /// Whether a decision would be carried out now, if this caller brought it with enough gas: exactly then, `execute`
    /// would not revert. To be called, not sent: what is tried is undone.
    /// @return fine whether it would
    /// @return refusal what `execute` would revert with; empty if it would not
    /// @return deltas what would be traded, by asset
    /// @return reason why there would be no step
    /// @return gasUsed by `execute`, as far as it went, without what a transaction costs by itself
    function checkIntent(
        Vault vault,
        address caller,
        Vault.Decision calldata d,
        bytes calldata guardHints,
        bytes[] calldata sourceHints,
        bytes calldata proof
    )
        external
        returns (
            bool fine,
            bytes memory refusal,
            int256[] memory deltas,
            PolicyEngine.Reason reason,
            uint256 gasUsed
        )
    {
        bytes memory execution = abi.encodeCall(Vault.execute, (d, guardHints, sourceHints, proof));
        gasUsed = gasleft();
        try vault.tryOut(caller, execution) {
            // It always reverts.
        } catch (bytes memory said) {
            gasUsed -= gasleft();
            bytes memory answer;
            (fine, answer) = _tried(said);
            if (!fine) return (false, answer, deltas, reason, gasUsed);
            (deltas, reason) = abi.decode(answer, (int256[], PolicyEngine.Reason));
        }
    }

    /// Out of `TriedOut`; what is something else, such as too little gas, is a refusal as it is.
    function _tried(bytes memory said) private pure returns (bool done, bytes memory answer) {
        if (bytes4(said) != Vault.TriedOut.selector) return (false, said);
        assembly ("memory-safe") {
            // The selector's place is the length's.
            mstore(add(said, 4), sub(mload(said), 4))
            answer := add(said, 4)
        }
        return abi.decode(answer, (bool, bytes));
    }

    /// What a decision comes to now: its steps, or why there are none. Reverts as the engine would.
    function preview(Vault vault, uint32 asOf, uint16 slippageBps, int256[] calldata outputs, bytes calldata guardHints)
        external
        view
        returns (PolicyEngine.Plan memory)
    {
        return vault.engine().plan(vault.planInput(asOf, slippageBps, outputs, guardHints));
    }

    /// All that is known of a vault on the chain, at once.
    /// @param factory that may have made it; 0 for none
    function inspect(VaultFactory factory, Vault vault)
        external
        view
        returns (
            bool isVault,
            bool isCanonical,
            Vault.State memory state,
            Roles memory roles,
            Holding[] memory holdings
        )
    {
        if (address(factory) != address(0)) {
            (isVault, isCanonical) = (factory.isVault(address(vault)), factory.isCanonical(address(vault)));
        }
        state = vault.state();
        bytes memory policy = DataAsCode.read(state.policyAt);
        (roles.owner, roles.recipient, roles.agent) = (vault.owner(), vault.recipient(), policy.agent());
        roles.paused = state.paused;
        if (_governs(roles.owner, vault)) _governed(roles, Governor(roles.owner));
        holdings = new Holding[](policy.assets());
        for (uint256 i = 0; i < holdings.length; i++) {
            address token = policy.asset(i).token();
            (uint256 booked,,) = vault.book(token);
            holdings[i] = Holding(token, booked, IERC20(token).balanceOf(address(vault)));
        }
    }

    /// Whether an owner says that it governs the vault.
    function _governs(address owner, Vault vault) private view returns (bool) {
        (bool done, bytes memory said) = owner.staticcall(abi.encodeCall(Governor(owner).vault, ()));
        return done && said.length == 32 && bytes32(said) == bytes32(uint256(uint160(address(vault))));
    }

    function _governed(Roles memory roles, Governor governor) private view {
        (roles.governor, roles.owner, roles.curator) = (governor, governor.owner(), governor.curator());
        (roles.sentinels, roles.isSealed) = (governor.sentinels(), governor.isSealed());
        for (uint256 i = 0; i < 3; i++) {
            Part part = Part(i);
            roles.delays[i] = governor.sealedDelayOf(part);
            (roles.pending[i].content, roles.pending[i].executableAt) = governor.pending(part);
            (roles.abdications[i], roles.abdicated[i]) = (governor.pendingAbdication(part), governor.isAbdicated(part));
        }
        roles.pausedUntil = governor.pausedUntil();
        uint256 began = governor.pauseBegan();
        if (began != 0) roles.pauseFreeAt = began + governor.PAUSE_COOLDOWN();
    }
}
