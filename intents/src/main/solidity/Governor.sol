// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {Part, PolicyOrder} from "./PolicyOrder.sol";
import {Vault} from "./Vault.sol";

/// Who may do what to one vault, and how long the others have to see it coming. It is the vault's owner, for good.
///
/// The *owner* here names the others, deposits, takes out, pauses. The *curator* proposes what loosens: one part of the
/// policy at a time, which waits. *Sentinels* veto. Curator and sentinels tighten at once, and stop the vault for a week.
/// The *agent*, whom the policy names, has no power here. Exits go to the vault's own recipient.
///
/// What waits has its moment fixed when it is submitted, and is void fourteen days later; anyone may put it in force in
/// between. Nothing that waits outlives a sealing or another owner, and no proposal another curator. Before `seal` all
/// delays are 0. Exits, pauses, vetoes and tightening cannot be given away, and exits work in every state.
contract Governor {
    using EnumerableSet for EnumerableSet.AddressSet;
    using PolicyBlob for bytes;
    using SafeERC20 for IERC20;

    /// What the owner changes: each waits for `ROLE_DELAY`, the removal of a sentinel for `REMOVAL_DELAY`, and a delay
    /// that is lowered for itself.
    enum Change {
        CURATOR,
        ADD_SENTINEL,
        REMOVE_SENTINEL,
        OWNER,
        LIMITS_DELAY,
        MODEL_DELAY,
        PARTS_DELAY
    }

    /// A part of a policy that waits.
    struct Proposal {
        /// Where it lies as code, `abi.encode` of the part; 0 if nothing waits.
        address content;
        uint64 executableAt;
    }

    uint256 public constant LIMITS_DELAY_LEAST = 2 days;
    uint256 public constant MODEL_DELAY_LEAST = 2 days;
    uint256 public constant PARTS_DELAY_LEAST = 7 days;
    uint256 public constant DELAY_MOST = 60 days;
    uint256 public constant ROLE_DELAY = 2 days;
    uint256 public constant REMOVAL_DELAY = 7 days;
    /// How long what may be put in force stays so.
    uint256 public constant GRACE = 14 days;
    /// How long a pause by curator or sentinel lasts.
    uint256 public constant PAUSE = 7 days;
    /// From the beginning of such a pause to the next, whoever makes it.
    uint256 public constant PAUSE_COOLDOWN = 14 days;
    uint256 public constant SENTINELS_MOST = 8;

    Vault public immutable vault;
    PolicyOrder public immutable order;

    address public owner;
    /// Whether delays hold.
    bool public isSealed;
    address public curator;
    /// When the last pause by curator or sentinel began.
    uint64 public pauseBegan;
    /// When the pause of now ends by itself; 0 if it does not, or if there is none.
    uint64 public pausedUntil;
    /// Counts what makes void the owner's changes that wait.
    uint256 private _era;

    EnumerableSet.AddressSet private _sentinels;
    mapping(Part => uint256) private _delays;
    mapping(Part => Proposal) private _proposals;
    mapping(Part => uint64) private _abdications;
    mapping(Part => bool) public isAbdicated;
    mapping(bytes32 => uint64) private _changes;

    event Proposed(Part indexed part, address indexed by, uint256 executableAt, address content);
    event Accepted(Part indexed part, address indexed by, bytes32 policyHash);
    event Vetoed(Part indexed part, address indexed by);
    event Tightened(Part indexed part, address indexed by, bytes32 policyHash);
    event ChangeSubmitted(Change indexed change, address account, uint256 value, uint256 executableAt);
    event ChangeRevoked(Change indexed change, address account, uint256 value);
    event Changed(Change indexed change, address account, uint256 value);
    event AbdicationSubmitted(Part indexed part, address indexed by, uint256 executableAt);
    event AbdicationVetoed(Part indexed part, address indexed by);
    event Abdicated(Part indexed part);
    /// No proposal and no abdication waits any more.
    event AllVoided();
    event Sealed();
    /// @param until 0 if it does not end by itself
    event PausedBy(address indexed by, uint256 until);
    event UnpausedBy(address indexed by);

    error NotOwner(address caller);
    error NotCurator(address caller);
    error NotOwnerOrCurator(address caller);
    error NotCuratorOrSentinel(address caller);
    error NotOfTheRoles(address caller);
    error ZeroAddress();
    /// Exits would end here.
    error GovernorIsRecipient();
    /// One account may not have both roles.
    error RolesClash(address account);
    /// Nothing of this kind waits.
    error NothingPending();
    error NotYet(uint256 executableAt, uint256 nowSeconds);
    /// It waited for longer than the grace: submit it again.
    error TooLate(uint256 until, uint256 nowSeconds);
    /// The vault is paused: nothing is put in force.
    error PausedNow();
    /// No pause ends by itself now.
    error NoPauseToEnd();
    /// Curator and sentinels together pause once in fourteen days.
    error PauseCooldown(uint256 until);
    error PartAbdicated(Part part);
    error AlreadySealed();
    error NoSentinel();
    error TooManySentinels();
    error DelayOutOfBounds(uint256 seconds_, uint256 least, uint256 most);
    /// It changes nothing.
    error NoChange();

    /// Takes the vault over: it was made with this contract's address as its owner's, which is known before this
    /// contract is made, or its ownership was offered to it. So there is no moment at which a stranger may put another
    /// vault in its place.
    constructor(Vault vault_, address owner_, PolicyOrder order_) {
        (vault, order) = (vault_, order_);
        if (owner_ == address(0)) revert ZeroAddress();
        if (vault_.recipient() == address(this)) revert GovernorIsRecipient();
        if (vault_.owner() != address(this)) vault_.acceptOwnership();
        (owner, curator) = (owner_, owner_);
        _delays[Part.LIMITS] = LIMITS_DELAY_LEAST;
        _delays[Part.MODEL] = MODEL_DELAY_LEAST;
        _delays[Part.PARTS] = PARTS_DELAY_LEAST;
        _requireApart(DataAsCode.read(vault_.state().policyAt).agent());
    }

    modifier onlyOwner() {
        _checkOwner();
        _;
    }

    // ------------------------------------------------------------------------------------------------------- money

    /// Moves tokens of the owner, who must have approved them to this contract, into the vault's books: what arrives
    /// there is what counts, and nothing stays here.
    function deposit(address token, uint256 amount) external onlyOwner {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 arrived = IERC20(token).balanceOf(address(this)) - before;
        IERC20(token).forceApprove(address(vault), arrived);
        vault.deposit(token, arrived);
    }

    /// Gives what is booked of a token to the recipient; all of it with `type(uint256).max`. In every state.
    function exit(address token, uint256 amount) external onlyOwner {
        vault.exit(token, amount);
    }

    /// Repays what is owed of a token out of the vault's books, then takes what is supplied of it back into them; as much as
    /// can be with `type(uint256).max`. In every state.
    function unwind(address token, uint256 repay, uint256 withdraw) external onlyOwner {
        vault.unwind(token, repay, withdraw);
    }

    /// Gives to the recipient what is held of a token beyond the books, and what was sent here by mistake; of ether with
    /// 0.
    function sweep(address token) external onlyOwner {
        if (token == address(0)) {
            vault.sweepEther();
            return;
        }
        uint256 strayed = IERC20(token).balanceOf(address(this));
        if (strayed != 0) IERC20(token).safeTransfer(vault.recipient(), strayed);
        vault.sweep(token);
    }

    /// Lowers the books of a token to what is held of it.
    function sync(address token) external {
        _requireRole();
        vault.sync(token);
    }

    // ------------------------------------------------------------------------------------------------------- pause

    /// Stops executions: by the owner until he says otherwise, by curator or sentinel for a week. Where it is paused
    /// already, curator and sentinels change nothing.
    function pause() external {
        _requireRole();
        // One that is over, though nobody has ended it, makes way: a new one spends a nonce.
        if (pausedUntil != 0 && block.timestamp >= pausedUntil) _unpause();
        if (msg.sender == owner) {
            vault.pause();
            pausedUntil = 0;
            emit PausedBy(msg.sender, 0);
            return;
        }
        if (isPaused()) return;
        uint256 free = pauseBegan == 0 ? 0 : pauseBegan + PAUSE_COOLDOWN;
        if (block.timestamp < free) revert PauseCooldown(free);
        vault.pause();
        (pauseBegan, pausedUntil) = (uint64(block.timestamp), uint64(block.timestamp + PAUSE));
        emit PausedBy(msg.sender, pausedUntil);
    }

    function unpause() external onlyOwner {
        _unpause();
    }

    /// Ends a pause by curator or sentinel after its week. By anyone.
    function endPause() external {
        if (pausedUntil == 0) revert NoPauseToEnd();
        if (block.timestamp < pausedUntil) revert NotYet(pausedUntil, block.timestamp);
        _unpause();
    }

    function _unpause() private {
        vault.unpause();
        pausedUntil = 0;
        emit UnpausedBy(msg.sender);
    }

    /// Whether the vault is paused, by a pause that is not over.
    function isPaused() public view returns (bool) {
        return vault.state().paused && (pausedUntil == 0 || block.timestamp < pausedUntil);
    }

    // ------------------------------------------------------------------------------------------------------ policy

    /// Proposes another part, `abi.encode` of it. What waits for the same part makes way and its wait begins anew.
    function propose(Part part, bytes calldata content) external {
        if (msg.sender != curator) revert NotCurator(msg.sender);
        if (isAbdicated[part]) revert PartAbdicated(part);
        bytes memory next = order.replaced(_policy(), part, content);
        vault.rules().validate(next);
        _requireApart(next.agent());
        uint256 executableAt = block.timestamp + delayOf(part);
        address place = DataAsCode.store(content);
        if (place == address(0)) revert Vault.PolicyNotStored(content.length);
        _proposals[part] = Proposal(place, uint64(executableAt));
        emit Proposed(part, msg.sender, executableAt, place);
    }

    /// Puts a part that has waited in force, together with the other parts as they are now. By anyone.
    function accept(Part part) external {
        Proposal memory waiting = _proposals[part];
        _requireRipe(waiting.executableAt);
        if (isPaused()) revert PausedNow();
        delete _proposals[part];
        bytes memory next = order.replaced(_policy(), part, DataAsCode.read(waiting.content));
        _requireApart(next.agent());
        vault.setPolicy(next);
        emit Accepted(part, msg.sender, keccak256(next));
    }

    /// Takes away what waits for a part.
    function veto(Part part) external {
        _requireRole();
        if (_proposals[part].content == address(0)) revert NothingPending();
        delete _proposals[part];
        emit Vetoed(part, msg.sender);
    }

    /// Puts a tighter part in force at once, and takes away what waits for it.
    function tighten(Part part, bytes calldata content) external {
        if (msg.sender != curator && !_sentinels.contains(msg.sender)) revert NotCuratorOrSentinel(msg.sender);
        bytes memory before = _policy();
        bytes memory next = order.replaced(before, part, content);
        if (keccak256(before) == keccak256(next)) revert NoChange();
        order.requireTighter(before, next, part);
        if (_proposals[part].content != address(0)) {
            delete _proposals[part];
            emit Vetoed(part, msg.sender);
        }
        vault.setPolicy(next);
        emit Tightened(part, msg.sender, keccak256(next));
    }

    // -------------------------------------------------------------------------------------------------- abdication

    /// Begins to give up, for good, that a part can be loosened; waits for the part's delay.
    function abdicate(Part part) external {
        if (msg.sender != owner && msg.sender != curator) revert NotOwnerOrCurator(msg.sender);
        if (isAbdicated[part]) revert PartAbdicated(part);
        uint256 executableAt = block.timestamp + delayOf(part);
        _abdications[part] = uint64(executableAt);
        emit AbdicationSubmitted(part, msg.sender, executableAt);
    }

    function vetoAbdication(Part part) external {
        _requireRole();
        if (_abdications[part] == 0) revert NothingPending();
        delete _abdications[part];
        emit AbdicationVetoed(part, msg.sender);
    }

    /// By anyone. What waits for the part is void.
    function acceptAbdication(Part part) external {
        _requireRipe(_abdications[part]);
        delete _abdications[part];
        delete _proposals[part];
        isAbdicated[part] = true;
        emit Abdicated(part);
    }

    // ------------------------------------------------------------------------------------------- the owner's changes

    /// Submits a change; with nothing to wait for it is in force at once. To raise a delay waits for nothing.
    /// @param account who becomes what; 0 for a delay
    /// @param value of a delay in seconds; else 0
    function submit(Change change, address account, uint256 value) external onlyOwner {
        _requireChange(change, account, value);
        uint256 wait = _waits(change, value);
        // Ownership is taken by who is to have it.
        if (wait == 0 && change != Change.OWNER) {
            _apply(change, account, value);
            return;
        }
        uint256 executableAt = block.timestamp + wait;
        _changes[_key(change, account, value)] = uint64(executableAt);
        emit ChangeSubmitted(change, account, value, executableAt);
    }

    /// By the owner alone: nobody else can stop what he changes of the roles.
    function revoke(Change change, address account, uint256 value) external onlyOwner {
        bytes32 key = _key(change, account, value);
        if (_changes[key] == 0) revert NothingPending();
        delete _changes[key];
        emit ChangeRevoked(change, account, value);
    }

    /// By anyone; ownership by who is to have it.
    function confirm(Change change, address account, uint256 value) external {
        bytes32 key = _key(change, account, value);
        _requireRipe(_changes[key]);
        if (change == Change.OWNER && msg.sender != account) revert NotOwner(msg.sender);
        delete _changes[key];
        _requireChange(change, account, value);
        // A sealed vault keeps one who can say no.
        if (change == Change.REMOVE_SENTINEL && _sentinels.length() == 1) revert NoSentinel();
        _apply(change, account, value);
    }

    /// Ends the set-up: from here on delays hold, for all that is submitted from here on.
    function seal() external onlyOwner {
        if (isSealed) revert AlreadySealed();
        if (_sentinels.length() == 0) revert NoSentinel();
        isSealed = true;
        _era++;
        _void();
        emit Sealed();
    }

    /// What was submitted under another owner, another curator or without a delay is not put in force any more.
    function _void() private {
        for (uint256 i = 0; i <= uint256(type(Part).max); i++) {
            delete _proposals[Part(i)];
            delete _abdications[Part(i)];
        }
        emit AllVoided();
    }

    function _waits(Change change, uint256 value) private view returns (uint256) {
        if (!isSealed) return 0;
        if (change >= Change.LIMITS_DELAY) {
            uint256 before = _delays[_partOf(change)];
            return value > before ? 0 : before;
        }
        return change == Change.REMOVE_SENTINEL ? REMOVAL_DELAY : ROLE_DELAY;
    }

    function _requireChange(Change change, address account, uint256 value) private view {
        if (change >= Change.LIMITS_DELAY) {
            uint256 least = change == Change.PARTS_DELAY ? PARTS_DELAY_LEAST : LIMITS_DELAY_LEAST;
            if (value < least || value > DELAY_MOST) revert DelayOutOfBounds(value, least, DELAY_MOST);
            if (account != address(0) || value == _delays[_partOf(change)]) revert NoChange();
            return;
        }
        if (account == address(0)) revert ZeroAddress();
        if (value != 0) revert NoChange();
        bool guards = _sentinels.contains(account);
        if (change == Change.REMOVE_SENTINEL) {
            if (!guards) revert NoChange();
            return;
        }
        if (account == _policy().agent()) revert RolesClash(account);
        if (change == Change.ADD_SENTINEL) {
            if (guards) revert NoChange();
            if (account == owner || account == curator) revert RolesClash(account);
            if (_sentinels.length() == SENTINELS_MOST) revert TooManySentinels();
        } else {
            if (guards) revert RolesClash(account);
            if (account == (change == Change.OWNER ? owner : curator)) revert NoChange();
        }
    }

    function _apply(Change change, address account, uint256 value) private {
        if (change == Change.CURATOR) {
            curator = account;
            _void();
        } else if (change == Change.ADD_SENTINEL) {
            _sentinels.add(account);
        } else if (change == Change.REMOVE_SENTINEL) {
            _sentinels.remove(account);
        } else if (change == Change.OWNER) {
            owner = account;
            _era++;
            _void();
        } else {
            _delays[_partOf(change)] = value;
        }
        emit Changed(change, account, value);
    }

    function _partOf(Change change) private pure returns (Part) {
        return Part(uint8(change) - uint8(Change.LIMITS_DELAY));
    }

    /// A delay that is lowered is lowered from what it was when that was submitted: raised meanwhile, it waits anew.
    function _key(Change change, address account, uint256 value) private view returns (bytes32) {
        uint256 from = change >= Change.LIMITS_DELAY ? _delays[_partOf(change)] : 0;
        return keccak256(abi.encode(_era, change, account, value, from));
    }

    // ------------------------------------------------------------------------------------------------------- views

    /// How long a proposal for a part waits now.
    function delayOf(Part part) public view returns (uint256) {
        return isSealed ? _delays[part] : 0;
    }

    /// How long it waits once the vault is sealed.
    function sealedDelayOf(Part part) external view returns (uint256) {
        return _delays[part];
    }

    /// What waits for a part: its `abi.encode`, empty if nothing does, and from when on it may be put in force.
    function pending(Part part) external view returns (bytes memory content, uint256 executableAt) {
        Proposal memory waiting = _proposals[part];
        return (DataAsCode.read(waiting.content), waiting.executableAt);
    }

    /// From when on a part's abdication may be put in force; 0 if none waits.
    function pendingAbdication(Part part) external view returns (uint256) {
        return _abdications[part];
    }

    /// From when on a change may be put in force; 0 if it does not wait.
    function pendingChange(Change change, address account, uint256 value) external view returns (uint256) {
        return _changes[_key(change, account, value)];
    }

    function sentinels() external view returns (address[] memory) {
        return _sentinels.values();
    }

    function isSentinel(address account) external view returns (bool) {
        return _sentinels.contains(account);
    }

    function _policy() private view returns (bytes memory) {
        return DataAsCode.read(vault.state().policyAt);
    }

    function _requireRipe(uint256 executableAt) private view {
        if (executableAt == 0) revert NothingPending();
        if (block.timestamp < executableAt) revert NotYet(executableAt, block.timestamp);
        if (block.timestamp > executableAt + GRACE) revert TooLate(executableAt + GRACE, block.timestamp);
    }

    function _checkOwner() private view {
        if (msg.sender != owner) revert NotOwner(msg.sender);
    }

    /// Owner, curator or sentinel.
    function _requireRole() private view {
        if (msg.sender != owner && msg.sender != curator && !_sentinels.contains(msg.sender)) {
            revert NotOfTheRoles(msg.sender);
        }
    }

    /// The agent has no other role.
    function _requireApart(address agent) private view {
        if (agent == owner || agent == curator || _sentinels.contains(agent)) revert RolesClash(agent);
    }
}
