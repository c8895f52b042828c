// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";
import {Bounds} from "./Bounds.sol";
import {Bucket} from "./Bucket.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {IAction, Step} from "./IAction.sol";
import {IFeatureSource} from "./IFeatureSource.sol";
import {ILendingAccount, ILendingDesk, Loan} from "./ILendingDesk.sol";
import {LoanEngine, LoanStep} from "./LoanEngine.sol";
import {Numbers} from "./Policy.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {PolicyEngine} from "./PolicyEngine.sol";
import {PolicyRules} from "./PolicyRules.sol";
import {PriceMath} from "./PriceMath.sol";

/// Holds two to eight assets and trades between them only on proof.
///
/// The proof says that the model which the policy pins, on these features, decided these outputs, for this vault, policy,
/// nonce, deadline, moment, executor and slippage. The vault takes from its caller nothing but that, and hints where to
/// look and where to trade. It computes the features itself, asks the policy's engine what the decision comes to now, and
/// lets actions, and its account with a lending market, carry it out. What they did it reads from its own balances, never
/// from what it is told.
///
/// It keeps books: what a stranger sends counts for nothing. What is lent and owed, the account's books have. Features and decisions read the books as they were at the
/// decision's moment, so that no deposit voids a proof; sizes, limits and exits read the books of now.
///
/// One owner, who is not the agent: sets the policy, deposits, takes out, pauses. Nothing an agent holds does any of it.
contract Vault is Ownable2Step, ReentrancyGuardTransient, IERC5267 {
    using SafeERC20 for IERC20;
    using PolicyBlob for bytes;

    /// Whose the holdings are: an owner's, who has them here; a Safe's, in the Safe; depositors', who have shares.
    enum Kind {
        OWNER,
        SAFE,
        SHARES
    }

    /// What a proof is bound to, besides the features, which are its public inputs, and the policy.
    struct Decision {
        /// keccak256 of the model's key.
        bytes32 model;
        uint256 nonce;
        /// Last timestamp at which it may be used.
        uint256 deadline;
        /// The moment it is of: a multiple of the policy's step, after the last one's.
        uint32 asOf;
        /// Who may execute it; 0 for anyone.
        address executor;
        /// The worst price it accepts; the policy's own if that is tighter.
        uint16 maxSlippageBps;
        int256[] outputs;
    }

    /// One asset's amount, and what it was before the first change of the step in which it last changed.
    struct Book {
        uint112 amount;
        uint112 before;
        uint32 changedAt;
    }

    struct State {
        uint64 nonce;
        bool paused;
        /// asOf of the last decision, which the next must lie after.
        uint32 lastAsOf;
        /// asOf of the last decision that traded; 0 before the first.
        uint32 lastTradeAsOf;
        /// When it was carried out.
        uint32 lastTradeTime;
        bytes32 policyHash;
        address policyAt;
        /// What of the allowances is used, after what has leaked away.
        uint256 turnoverUsed;
        uint256 dayLoss;
        uint256 monthLoss;
        /// The allowance's use as it was written last, and when: what leaks away until a moment follows from it.
        uint256 turnover;
        uint64 turnoverSince;
        /// The reference ticks of the last trade: 24 bits an asset, the numeraire's lowest.
        uint256 lastRefs;
    }

    bytes32 public constant DECISION_TYPEHASH = keccak256(
        "Decision(bytes32 model,bytes32 policy,uint256 nonce,uint256 deadline,uint32 asOf,address executor,uint16 maxSlippageBps,int256[] outputs)"
    );
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes private constant NAME = "Probity";
    bytes private constant VERSION = "2";
    int256 private constant TICK_LIMIT = 4095;
    uint256 private constant BPS = Bounds.BPS;

    IDecisionVerifier public immutable verifier;
    PolicyEngine public immutable engine;
    PolicyRules public immutable rules;
    /// The EIP-712 domain's separator on the chain where it was made.
    bytes32 private immutable _domain;
    uint256 private immutable _chain;

    // A slot that every execution reads and writes.
    address private _policyAt;
    uint56 private _nonce;
    uint32 private _lastAsOf;
    bool private _paused;
    // A slot that every execution reads, and one that trades writes.
    uint128 private _turnover;
    uint64 private _turnoverSince;
    uint32 private _lastTradeAsOf;
    uint32 private _lastTradeTime;
    // A slot that only trades read and write.
    uint96 private _dayLoss;
    uint96 private _monthLoss;
    uint64 private _lossSince;
    // Of the policy, for those to whom it is too long to read.
    address private _agent;
    uint32 private _step;
    /// The reference ticks of the last trade, 24 bits an asset.
    uint256 private _lastRefs;
    mapping(address token => Book) private _books;
    /// Where exits go.
    address public recipient;
    /// Whom the recipient offers its place to.
    address public pendingRecipient;

    /// Tokens were put in during this transaction: nothing is traded or lent in it.
    bool private transient _deposited;
    /// Whose execution is tried out.
    address private transient _triedFor;

    /// A proven decision was carried out, or was found to lead to no step.
    event DecisionExecuted(
        uint256 indexed nonce,
        bytes32 indexed model,
        uint32 indexed asOf,
        address executor,
        int256[] outputs,
        int256[] deltas,
        int24[] refs,
        PolicyEngine.Reason reason
    );
    /// The agent says that its model decided to hold; nobody has looked at the proofs. Each digest is keccak256 of the
    /// 32 bytes of the decision's context, with the agent as executor and the nonce of then, and the proof.
    event HoldsClaimed(uint32[] asOf, bytes32[] proofDigests);
    event LimitsUsed(uint256 indexed nonce, uint256 turnover, uint256 dayLoss, uint256 monthLoss);
    event Deposited(address indexed token, address indexed from, uint256 amount);
    event Exited(address indexed token, address indexed to, uint256 amount);
    event Synced(address indexed token, uint256 booked, uint256 held);
    event Swept(address indexed token, address indexed to, uint256 amount);
    event RecipientOffered(address indexed from, address indexed to);
    event RecipientChanged(address indexed from, address indexed to);
    event PauseChanged(bool paused, uint256 nonce);
    event PolicyChanged(bytes32 indexed policyHash, address policyAt, bytes policy);

    error Paused();
    /// The proof is of another model than the policy pins.
    error ModelChanged(bytes32 pinned, bytes32 given);
    /// The proof is for another step: it was used already, or it came too early.
    error WrongNonce(uint256 expected, uint256 given);
    error Expired(uint256 deadline, uint256 nowSeconds);
    error NotExecutor(address executor, address caller);
    /// The decision's moment has not come.
    error TooEarly(uint256 asOf, uint256 nowSeconds);
    /// The decision is older than the policy allows.
    error Stale(uint256 asOf, uint256 oldest);
    /// asOf is not a multiple of the policy's step.
    error OffSchedule(uint256 asOf, uint256 step);
    /// A decision as of `last`, or a policy of then, came before: asOf must lie after it.
    error OutOfOrder(uint256 asOf, uint256 last);
    /// An execution that traded was less than the policy's interval ago.
    error TooSoon(uint256 nowSeconds, uint256 earliest);
    error DepositInThisTransaction();
    /// The day's losses, or the month's, have reached the policy's capacity: they leak away by the clock.
    error DayLossReached(uint256 loss, uint256 capacity);
    error MonthLossReached(uint256 loss, uint256 capacity);
    /// The steps together lost more than the policy accepts of one decision.
    error ActionLost(uint256 loss, uint256 most);
    /// The step gave less than the worst price allows, for what it took.
    error SlippageExceeded(uint256 received, uint256 minimum);
    /// An action took more than it was offered.
    error TookTooMuch(uint256 taken, uint256 offered);
    /// Too small a part of the step was filled to be worth the decision.
    error FilledTooLittle(uint256 taken, uint256 offered);
    /// The books of this moment are not known any more.
    error NoCheckpoint(address token, uint256 asOf);
    /// A source gave other than its width of signed 32-bit integers.
    error BadFeatures(uint256 source);
    /// The account with the lending market gave less than was to be taken back or borrowed.
    error GaveTooLittle(address token, uint256 given, uint256 wanted);
    /// The health factor would be below the policy's floor, and no better than before; times 10^18.
    error HealthTooLow(uint256 before, uint256 now_, uint256 floor);
    /// The policy lends nothing.
    error NoLending();
    error WrongHints(uint256 expected, uint256 given);
    error NotAnAsset(address token);
    error AmountTooLarge(uint256 amount);
    error BalanceTooLow(address token, uint256 balance, uint256 wanted);
    error ZeroAddress();
    /// How a trial went: what was traded and why no more, `abi.encode(int256[] deltas, PolicyEngine.Reason reason)`, or
    /// the words of the refusal.
    error TriedOut(bool done, bytes answer);
    error NotAgent(address caller);
    error UnequalLengths(uint256 moments, uint256 digests);
    /// The caller is not the recipient, or not whom it offers its place to.
    error NotRecipient(address caller);
    /// The agent's account may not own the vault that it acts for.
    error OwnerIsAgent(address account);
    /// The policy could not be stored as code.
    error PolicyNotStored(uint256 length);

    constructor(
        address owner_,
        address recipient_,
        IDecisionVerifier verifier_,
        PolicyEngine engine_,
        PolicyRules rules_,
        bytes memory policy_
    ) Ownable(owner_) {
        if (recipient_ == address(0)) revert ZeroAddress();
        (verifier, engine, rules, recipient) = (verifier_, engine_, rules_, recipient_);
        (_chain, _domain) = (block.chainid, _domainNow());
        _turnoverSince = _lossSince = uint64(block.timestamp);
        _setPolicy(policy_);
    }

    // ----------------------------------------------------------------------------------------------------- execution

    /// Carries out a proven decision.
    /// @param guardHints see PolicyEngine.PlanInput
    /// @param sourceHints one for each entry of the policy's feature program
    function execute(Decision calldata d, bytes calldata guardHints, bytes[] calldata sourceHints, bytes calldata proof)
        external
        nonReentrant
    {
        bytes memory p = _policy();
        Numbers memory limits = p.numbers();
        _due(d, p.modelDigest(), limits);
        uint256[] memory books = _booksNow(p);
        PolicyEngine.Plan memory plan = engine.plan(
            PolicyEngine.PlanInput(
                _policyAt, d.asOf, d.maxSlippageBps, d.outputs, books, _turnoverLeft(limits), guardHints, address(this)
            )
        );
        if (_deposited && plan.steps.length + plan.before.length + plan.later.length != 0) {
            revert DepositInThisTransaction();
        }
        if (plan.steps.length != 0) _mayTrade(limits);
        _prove(d, p, limits, plan.refs, sourceHints, proof);
        (_nonce, _lastAsOf) = (_nonce + 1, d.asOf);
        int256[] memory deltas = new int256[](books.length);
        if (plan.account != address(0)) _lendAndTrade(d, p, limits, plan, books, deltas);
        else if (plan.steps.length != 0) _trade(d, p, limits, plan, books, deltas);
        _told(d, deltas, plan);
    }

    function _told(Decision calldata d, int256[] memory deltas, PolicyEngine.Plan memory plan) private {
        // The answer of a trial, which is undone with all that came before it.
        if (msg.sender == address(this)) {
            bytes memory answer = abi.encode(deltas, plan.reason);
            assembly ("memory-safe") {
                return(add(answer, 0x20), mload(answer))
            }
        }
        emit DecisionExecuted(d.nonce, d.model, d.asOf, msg.sender, d.outputs, deltas, plan.refs, plan.reason);
    }

    /// What a decision's own words say of whether it may act now.
    function _due(Decision calldata d, bytes32 pinned, Numbers memory limits) private view {
        if (_paused) revert Paused();
        if (d.model != pinned) revert ModelChanged(pinned, d.model);
        if (d.nonce != _nonce) revert WrongNonce(_nonce, d.nonce);
        if (block.timestamp > d.deadline) revert Expired(d.deadline, block.timestamp);
        // It calls itself to try out, and for nothing else.
        address caller = msg.sender == address(this) ? _triedFor : msg.sender;
        if (d.executor != address(0) && d.executor != caller) revert NotExecutor(d.executor, caller);
        if (d.asOf > block.timestamp) revert TooEarly(d.asOf, block.timestamp);
        if (uint256(d.asOf) + limits.maxAge < block.timestamp) revert Stale(d.asOf, block.timestamp - limits.maxAge);
        if (d.asOf % limits.step != 0) revert OffSchedule(d.asOf, limits.step);
        if (d.asOf <= _lastAsOf) revert OutOfOrder(d.asOf, _lastAsOf);
    }

    function _mayTrade(Numbers memory limits) private view {
        uint256 earliest = uint256(_lastTradeTime) + limits.minInterval;
        if (block.timestamp < earliest) revert TooSoon(block.timestamp, earliest);
        (uint256 day, uint256 month) = _losses(limits);
        if (day >= limits.dayLoss) revert DayLossReached(day, limits.dayLoss);
        if (month >= limits.monthLoss) revert MonthLossReached(month, limits.monthLoss);
    }

    function _prove(
        Decision calldata d,
        bytes memory p,
        Numbers memory limits,
        int24[] memory refs,
        bytes[] calldata sourceHints,
        bytes calldata proof
    ) private view {
        int256[] memory x = _features(p, limits, d.asOf, refs, sourceHints);
        verifier.verify(DataAsCode.read(p.modelCode()), x, d.outputs, _contextOf(d, p), proof);
    }

    // -------------------------------------------------------------------------------------------------------- trials

    /// Executes as a caller would, and undoes it: always reverts, with TriedOut. A call of its own is what is tried out,
    /// so that nobody who is called within can speak in its place.
    /// @param execution a call of `execute`
    function tryOut(address caller, bytes calldata execution) external {
        _triedFor = caller;
        (bool done, bytes memory answer) = address(this).call(execution);
        revert TriedOut(done, answer);
    }

    // --------------------------------------------------------------------------------------------------------- holds

    /// Claims, without proving it, that the model decided to hold as of these moments, each after the one before. Moves
    /// nothing, and no proof in flight is void by it.
    function recordHolds(uint32[] calldata asOf, bytes32[] calldata proofDigests) external {
        (address agent, uint256 step) = (_agent, _step);
        if (msg.sender != agent) revert NotAgent(msg.sender);
        if (asOf.length != proofDigests.length) revert UnequalLengths(asOf.length, proofDigests.length);
        uint256 last;
        for (uint256 i = 0; i < asOf.length; i++) {
            uint256 moment = asOf[i];
            if (moment % step != 0) revert OffSchedule(moment, step);
            if (moment <= last) revert OutOfOrder(moment, last);
            last = moment;
        }
        if (last > block.timestamp) revert TooEarly(last, block.timestamp);
        emit HoldsClaimed(asOf, proofDigests);
    }

    // ------------------------------------------------------------------------------------------------------ features

    // What features are made of, in memory.
    struct Moment {
        bytes policy;
        Numbers limits;
        uint32 asOf;
        int24[] refs;
        /// By asset, what is lent included; empty until an entry asks for it.
        uint256[] held;
        int256[] loans;
        int256[] x;
    }

    function _features(bytes memory p, Numbers memory limits, uint32 asOf, int24[] memory refs, bytes[] calldata hints)
        private
        view
        returns (int256[] memory)
    {
        uint256 count = p.features();
        if (hints.length != count) revert WrongHints(count, hints.length);
        uint256 width;
        for (uint256 i = 0; i < count; i++) {
            (, uint256 own,) = p.feature(i);
            width += own;
        }
        Moment memory moment = Moment(p, limits, asOf, refs, new uint256[](0), new int256[](0), new int256[](width));
        _fill(moment, hints);
        return moment.x;
    }

    function _fill(Moment memory moment, bytes[] calldata hints) private view {
        uint256 from;
        for (uint256 i = 0; i < hints.length; i++) {
            (address source, uint256 own, bytes memory parameters) = moment.policy.feature(i);
            if (source != address(0)) {
                _foreign(moment.policy, i, moment.asOf, hints[i], moment.x, from);
            } else {
                if (moment.held.length == 0) _asOf(moment);
                if (parameters.length == 0) _ownFeatures(moment, from);
                else _copy(moment.loans, moment.x, from);
            }
            from += own;
        }
    }

    function _copy(int256[] memory entry, int256[] memory x, uint256 from) private pure {
        for (uint256 i = 0; i < entry.length; i++) {
            x[from + i] = entry[i];
        }
    }

    /// What was held at the moment.
    function _asOf(Moment memory moment) private view {
        uint256[] memory books = new uint256[](moment.policy.assets());
        for (uint256 i = 0; i < books.length; i++) {
            books[i] = _bookAsOf(moment.policy.asset(i).token(), moment.asOf, moment.limits.step);
        }
        moment.held = books;
        if (moment.policy.desk() == address(0)) return;
        (moment.held, moment.loans) = _loans().featuresAt(_policyAt, moment.asOf, moment.refs, books);
    }

    /// No more of an answer is read than its width.
    function _foreign(bytes memory p, uint256 i, uint32 asOf, bytes calldata hints, int256[] memory x, uint256 from)
        private
        view
    {
        (address source, uint256 own, bytes memory parameters) = p.feature(i);
        bytes memory asked = abi.encodeCall(IFeatureSource.features, (parameters, asOf, hints));
        bool done;
        bool fits;
        assembly ("memory-safe") {
            done := staticcall(gas(), source, add(asked, 0x20), mload(asked), 0x00, 0x40)
            // An offset, a length and so many words, each a signed 32-bit number.
            fits := and(eq(mload(0x00), 0x20), eq(mload(0x20), own))
            fits := and(fits, eq(returndatasize(), add(0x40, shl(5, own))))
            if and(done, fits) {
                let place := add(add(x, 0x20), shl(5, from))
                returndatacopy(place, 0x40, shl(5, own))
                for { let end := add(place, shl(5, own)) } lt(place, end) { place := add(place, 0x20) } {
                    fits := and(fits, eq(mload(place), signextend(3, mload(place))))
                }
            }
        }
        if (!done) LowLevelCall.bubbleRevert();
        if (!fits) revert BadFeatures(i);
    }

    /// Of what was held at asOf, for each asset but the numeraire its weight at the reference in basis points,
    /// less 5000, and its reference tick less that of the last trade, clamped to +-4095 (0 before the first); then whole
    /// minutes from the last trade's moment to asOf, at most 1440 (1440 before the first), and the part of the turnover's
    /// allowance that is used as of asOf, in basis points.
    function _ownFeatures(Moment memory moment, uint256 from) private view {
        (uint256[] memory held, int256[] memory x) = (moment.held, moment.x);
        uint256 others = held.length - 1;
        uint256[] memory values = new uint256[](others + 1);
        uint256 total = held[0];
        for (uint256 i = 1; i <= others; i++) {
            values[i] = PriceMath.valueAt(held[i], PriceMath.sqrtRatioX96(moment.refs[i]));
            total += values[i];
        }
        uint256 last = _lastTradeAsOf;
        for (uint256 i = 1; i <= others; i++) {
            x[from + i - 1] = int256(total == 0 ? 0 : values[i] * BPS / total) - 5000;
            x[from + others + i - 1] = last == 0 ? int256(0) : _moved(moment.refs[i], i);
        }
        uint256 minutes_ = last == 0 ? 1440 : (moment.asOf - last) / 60;
        x[from + 2 * others] = int256(minutes_ > 1440 ? 1440 : minutes_);
        x[from + 2 * others + 1] = int256(_usedAsOf(moment.limits, moment.asOf) * BPS / moment.limits.turnover);
    }

    function _moved(int24 ref, uint256 i) private view returns (int256 move) {
        move = int256(ref) - int24(uint24(_lastRefs >> (24 * i)));
        if (move > TICK_LIMIT) move = TICK_LIMIT;
        if (move < -TICK_LIMIT) move = -TICK_LIMIT;
    }

    /// The allowance's use with asOf as now; at most all of it.
    function _usedAsOf(Numbers memory limits, uint32 asOf) private view returns (uint256) {
        uint256 used = Bucket.usedAt(asOf, _turnover, _turnoverSince, limits.turnover, limits.turnoverWindow);
        return Math.min(used, limits.turnover);
    }

    /// What was booked at a moment: what is booked now, unless it changed since.
    function _bookAsOf(address token, uint32 asOf, uint256 step) private view returns (uint256) {
        Book storage kept = _books[token];
        uint256 changedAt = kept.changedAt;
        if (changedAt < asOf) return kept.amount;
        if (changedAt - changedAt % step == asOf) return kept.before;
        revert NoCheckpoint(token, asOf);
    }

    // --------------------------------------------------------------------------------------------------------- loans

    /// What is to be taken back and borrowed comes before the trades, what is to be repaid and supplied after them.
    function _lendAndTrade(
        Decision calldata d,
        bytes memory p,
        Numbers memory limits,
        PolicyEngine.Plan memory plan,
        uint256[] memory books,
        int256[] memory deltas
    ) private {
        bool strains = plan.before.length != 0;
        uint256 health = strains ? _health(p, plan.account) : 0;
        _lend(p, plan.account, plan.before, books);
        if (plan.steps.length != 0) _trade(d, p, limits, plan, books, deltas);
        _lend(p, plan.account, plan.later, books);
        if (strains) _requireHealth(p, plan.account, health);
        _remind(p, plan.account);
    }

    function _lend(bytes memory p, address account, LoanStep[] memory steps, uint256[] memory books) private {
        for (uint256 s = 0; s < steps.length; s++) {
            (uint256 i, Loan loan, uint256 amount) = (steps[s].asset, steps[s].loan, steps[s].amount);
            // A trade may have brought less than it should.
            if (loan >= Loan.REPAY) amount = Math.min(amount, books[i]);
            if (amount == 0) continue;
            address token = p.asset(i).token();
            books[i] = _lent(account, loan, token, amount, books[i]);
            _traded(token, books[i]);
        }
    }

    /// Moves an amount between here and the market, by way of the account.
    /// @return what is free of the token then
    function _lent(address account, Loan loan, address token, uint256 amount, uint256 free) private returns (uint256) {
        uint256 before = _held(token);
        _move(account, loan, token, amount);
        if (loan >= Loan.REPAY) {
            uint256 taken = before - _held(token);
            if (taken > amount) revert TookTooMuch(taken, amount);
            return free - taken;
        }
        uint256 given = _held(token) - before;
        if (given < amount && amount != type(uint256).max) revert GaveTooLittle(token, given, amount);
        return free + given;
    }

    /// Who is below the floor may only get better.
    function _requireHealth(bytes memory p, address account, uint256 before) private view {
        uint256 health = _health(p, account);
        uint256 floor = p.healthFloorBps() * 1e14;
        if (health < floor && health <= before) revert HealthTooLow(before, health, floor);
    }

    function _health(bytes memory p, address account) private view returns (uint256) {
        return ILendingDesk(p.desk()).health(account);
    }

    function _remind(bytes memory p, address account) private {
        ILendingAccount(account).checkpoint(_step, p.reserveTokens());
    }

    /// Remembers where the market's indices are, for features to come. By anyone: neither what is remembered nor, but for
    /// an hour, when is theirs to choose.
    function poke() external nonReentrant {
        bytes memory p = _policy();
        _remind(p, _account(p));
    }

    /// Repays out of the books what is owed of a token, then takes what is supplied of it back into the books, each up to an
    /// amount: `type(uint256).max` for all that can be. Works while paused.
    function unwind(address token, uint256 repay, uint256 withdraw) external onlyOwner nonReentrant {
        bytes memory p = _policy();
        address account = _account(p);
        uint256 health = withdraw == 0 ? 0 : _health(p, account);
        uint256 free = _books[token].amount;
        if (repay == type(uint256).max) repay = free;
        if (repay > free) revert BalanceTooLow(token, free, repay);
        if (repay != 0) free = _lent(account, Loan.REPAY, token, repay, free);
        if (withdraw != 0) {
            free = _lent(account, Loan.WITHDRAW, token, withdraw, free);
            _requireHealth(p, account, health);
        }
        _changed(token, free);
    }

    function _loans() private view returns (LoanEngine) {
        return engine.loans();
    }

    function _account(bytes memory p) private view returns (address) {
        address desk = p.desk();
        if (desk == address(0)) revert NoLending();
        return ILendingDesk(desk).accountOf(address(this), p.lendingPool());
    }

    // -------------------------------------------------------------------------------------------------------- trades

    function _trade(
        Decision calldata d,
        bytes memory p,
        Numbers memory limits,
        PolicyEngine.Plan memory plan,
        uint256[] memory books,
        int256[] memory deltas
    ) private {
        _remember(d.asOf, plan.refs);
        uint256 turned;
        int256 gained;
        uint256 wanted;
        for (uint256 s = 0; s < plan.steps.length; s++) {
            if (!plan.steps[s].sell) wanted += plan.steps[s].amountIn;
        }
        uint256 have;
        for (uint256 s = 0; s < plan.steps.length; s++) {
            PolicyEngine.PlanStep memory step = plan.steps[s];
            if (!step.sell && have == 0) have = uint256(int256(books[0]) + deltas[0]);
            // Buys share, alike, what is there after the sells.
            if (!step.sell && wanted > have) step.amountIn = Math.mulDiv(step.amountIn, have, wanted);
            if (step.amountIn == 0) continue;
            (uint256 value, int256 gain) = _carriedOut(p, limits, step, deltas);
            turned += value;
            gained += gain;
        }
        for (uint256 i = 0; i < books.length; i++) {
            if (deltas[i] == 0) continue;
            books[i] = uint256(int256(books[i]) + deltas[i]);
            _traded(p.asset(i).token(), books[i]);
        }
        _used(d.nonce, limits, turned, gained < 0 ? uint256(-gained) : 0);
    }

    /// For the features of later decisions.
    function _remember(uint32 asOf, int24[] memory refs) private {
        (_lastTradeAsOf, _lastTradeTime) = (asOf, uint32(block.timestamp));
        uint256 packed;
        for (uint256 i = 1; i < refs.length; i++) {
            packed |= uint256(uint24(refs[i])) << (24 * i);
        }
        _lastRefs = packed;
    }

    /// One step, and what it came to.
    /// @return value how much of the allowance it uses
    /// @return gain what it brought at the price that losses are measured with
    function _carriedOut(
        bytes memory p,
        Numbers memory limits,
        PolicyEngine.PlanStep memory step,
        int256[] memory deltas
    ) private returns (uint256 value, int256 gain) {
        (uint256 given, uint256 received) = _run(p, limits, step);
        (int256 ofAsset, int256 ofNumeraire) =
            step.sell ? (-int256(given), int256(received)) : (int256(received), -int256(given));
        deltas[step.asset] += ofAsset;
        deltas[0] += ofNumeraire;
        value = step.sell ? Math.mulDiv(given, step.notional, step.amountIn, Math.Rounding.Ceil) : given;
        // A crumb is not worth the decision.
        if (given < step.amountIn && value < limits.minTrade) revert FilledTooLittle(given, step.amountIn);
        gain = ofNumeraire + _valued(ofAsset, step.priceX96);
    }

    /// The value of a difference, in the vault's disfavour.
    function _valued(int256 amount, uint256 priceX96) private pure returns (int256) {
        return amount < 0
            ? -int256(Math.mulDiv(uint256(-amount), priceX96, 1 << 96, Math.Rounding.Ceil))
            : int256(Math.mulDiv(uint256(amount), priceX96, 1 << 96));
    }

    /// Lets an action of the policy carry a step out, and reads from the balances what it did.
    function _run(bytes memory p, Numbers memory limits, PolicyEngine.PlanStep memory step)
        private
        returns (uint256 given, uint256 received)
    {
        (address asset, address numeraire) = (p.asset(step.asset).token(), p.asset(0).token());
        (address tokenIn, address tokenOut) = step.sell ? (asset, numeraire) : (numeraire, asset);
        (uint256 inBefore, uint256 outBefore) = (_held(tokenIn), _held(tokenOut));
        _act(step.action, step.parameters, Step(tokenIn, step.amountIn, tokenOut, step.limitX96));
        given = inBefore - _held(tokenIn);
        received = _held(tokenOut) - outBefore;
        if (given > step.amountIn) revert TookTooMuch(given, step.amountIn);
        if (given * BPS < step.amountIn * limits.minFillBps) revert FilledTooLittle(given, step.amountIn);
        uint256 minimum = _worst(given, step.worstX96, step.sell);
        if (received < minimum) revert SlippageExceeded(received, minimum);
    }

    /// What must be received for what was given, at the worst mean price, rounded up.
    function _worst(uint256 given, uint256 root, bool sell) private pure returns (uint256) {
        (uint256 by, uint256 over) = sell ? (root, uint256(1 << 96)) : (uint256(1 << 96), root);
        return Math.mulDiv(Math.mulDiv(given, by, over, Math.Rounding.Ceil), by, over, Math.Rounding.Ceil);
    }

    /// Counts what was traded and lost.
    function _used(uint256 nonce, Numbers memory limits, uint256 turned, uint256 lost) private {
        if (lost > limits.maxLossPerAction) revert ActionLost(lost, limits.maxLossPerAction);
        (uint256 day, uint256 month) = _losses(limits);
        _turnover = uint128(_turnoverNow(limits) + turned);
        _turnoverSince = uint64(block.timestamp);
        (_dayLoss, _monthLoss, _lossSince) = (uint96(day + lost), uint96(month + lost), uint64(block.timestamp));
        emit LimitsUsed(nonce, _turnover, _dayLoss, _monthLoss);
    }

    function _turnoverNow(Numbers memory limits) private view returns (uint256) {
        return Bucket.usedNow(_turnover, _turnoverSince, limits.turnover, limits.turnoverWindow);
    }

    function _turnoverLeft(Numbers memory limits) private view returns (uint256) {
        uint256 used = _turnoverNow(limits);
        return used >= limits.turnover ? 0 : limits.turnover - used;
    }

    function _losses(Numbers memory limits) private view returns (uint256 day, uint256 month) {
        day = Bucket.usedNow(_dayLoss, _lossSince, limits.dayLoss, 1 days);
        month = Bucket.usedNow(_monthLoss, _lossSince, limits.monthLoss, 30 days);
    }

    // --------------------------------------------------------------------------------- who holds, and how it is moved

    function _holder() internal view virtual returns (address) {
        return address(this);
    }

    function _held(address token) private view returns (uint256) {
        return IERC20(token).balanceOf(_holder());
    }

    /// Approves exactly what a step may take, calls, and leaves no approval behind.
    function _act(address action, bytes memory parameters, Step memory step) internal virtual {
        IERC20(step.tokenIn).forceApprove(action, step.amountIn);
        IAction(action).run(parameters, step);
        _disapprove(step.tokenIn, action);
    }

    /// The same, for what is repaid or supplied.
    function _move(address account, Loan loan, address token, uint256 amount) internal virtual {
        bool gives = loan >= Loan.REPAY;
        if (gives) IERC20(token).forceApprove(account, amount);
        ILendingAccount(account).move(loan, token, amount, _step);
        if (gives) _disapprove(token, account);
    }

    function _disapprove(address token, address spender) private {
        // Some tokens refuse to approve 0 where nothing is approved.
        if (IERC20(token).allowance(address(this), spender) != 0) IERC20(token).forceApprove(spender, 0);
    }

    function _transfer(address token, address to, uint256 amount) internal virtual {
        IERC20(token).safeTransfer(to, amount);
    }

    // --------------------------------------------------------------------------------------------------------- books

    function _booksNow(bytes memory p) private view returns (uint256[] memory books) {
        books = new uint256[](p.assets());
        for (uint256 i = 0; i < books.length; i++) {
            books[i] = _books[p.asset(i).token()].amount;
        }
    }

    /// An execution falls before the next moment, so nobody will ask what was before it.
    function _traded(address token, uint256 amount) private {
        Book storage kept = _books[token];
        (kept.amount, kept.changedAt) = (_checked(amount), uint32(block.timestamp));
    }

    /// Every other change keeps what was booked at the step's moment.
    function _changed(address token, uint256 amount) private {
        Book storage kept = _books[token];
        uint256 moment = block.timestamp - block.timestamp % _step;
        if (kept.changedAt < moment) kept.before = kept.amount;
        (kept.amount, kept.changedAt) = (_checked(amount), uint32(block.timestamp));
    }

    function _checked(uint256 amount) private pure returns (uint112) {
        if (amount > Bounds.BOOK_MOST) revert AmountTooLarge(amount);
        return uint112(amount);
    }

    // --------------------------------------------------------------------------------------------------------- owner

    /// Moves tokens of the owner, who must have approved them, into the books: what arrives is what counts.
    function deposit(address token, uint256 amount) external onlyOwner nonReentrant {
        if (!_isAsset(_policy(), token)) revert NotAnAsset(token);
        _deposited = true;
        uint256 before = _held(token);
        IERC20(token).safeTransferFrom(msg.sender, _holder(), amount);
        uint256 arrived = _held(token) - before;
        _changed(token, _books[token].amount + arrived);
        emit Deposited(token, msg.sender, arrived);
    }

    /// Gives back what is booked of one token, or with `type(uint256).max` all of it that is there. Needs no price, no
    /// model, no pool and no other token, and works while paused.
    function exit(address token, uint256 amount) external onlyOwner nonReentrant {
        uint256 booked = _books[token].amount;
        if (amount == type(uint256).max) amount = Math.min(booked, _held(token));
        if (amount > booked) revert BalanceTooLow(token, booked, amount);
        _changed(token, booked - amount);
        _transfer(token, recipient, amount);
        emit Exited(token, recipient, amount);
    }

    /// Lowers the books of a token to what is held of it, and its account's to what is there; never raises them.
    function sync(address token) external onlyOwner nonReentrant {
        bytes memory p = _policy();
        if (p.desk() != address(0)) ILendingAccount(_account(p)).sync(token, _step);
        uint256 booked = _books[token].amount;
        uint256 held = _held(token);
        if (held >= booked) return;
        _changed(token, held);
        emit Synced(token, booked, held);
    }

    /// Hands out what is held of a token beyond the books: gifts, mistakes.
    function sweep(address token) external onlyOwner nonReentrant {
        uint256 held = _held(token);
        uint256 booked = _books[token].amount;
        uint256 amount = held > booked ? held - booked : 0;
        if (amount != 0) _transfer(token, recipient, amount);
        // A token may have two addresses.
        bytes memory p = _policy();
        for (uint256 i = 0; i < p.assets(); i++) {
            address asset = p.asset(i).token();
            uint256 left = _held(asset);
            if (left < _books[asset].amount && amount != 0) revert BalanceTooLow(asset, left, _books[asset].amount);
        }
        emit Swept(token, recipient, amount);
    }

    /// Hands out ether that was forced in.
    function sweepEther() external onlyOwner nonReentrant {
        uint256 amount = address(this).balance;
        (bool done,) = recipient.call{value: amount}("");
        if (!done) LowLevelCall.bubbleRevert();
        emit Swept(address(0), recipient, amount);
    }

    /// The recipient offers its place: where a token refuses to pay it, what is here of that token would stay for ever.
    /// @param to 0 to take the offer back
    function offerRecipient(address to) external {
        if (msg.sender != recipient) revert NotRecipient(msg.sender);
        pendingRecipient = to;
        emit RecipientOffered(msg.sender, to);
    }

    function acceptRecipient() external {
        if (msg.sender != pendingRecipient) revert NotRecipient(msg.sender);
        emit RecipientChanged(recipient, msg.sender);
        (recipient, pendingRecipient) = (msg.sender, address(0));
    }

    /// Stops executions. Spends a nonce: what was proven before is void.
    function pause() external onlyOwner nonReentrant {
        if (_paused) return;
        _paused = true;
        _nonce++;
        emit PauseChanged(true, _nonce);
    }

    function unpause() external onlyOwner nonReentrant {
        _paused = false;
        emit PauseChanged(false, _nonce);
    }

    /// Replaces the policy. What was proven under another is void by its hash; what its allowances were used stays used;
    /// the next decision must be of a moment after now.
    function setPolicy(bytes calldata policy_) external onlyOwner nonReentrant {
        (address oldAt, bytes memory old) = (_policyAt, _policy());
        Numbers memory before = old.numbers();
        (uint256 day, uint256 month) = _losses(before);
        _turnover = uint128(_turnoverNow(before));
        _turnoverSince = uint64(block.timestamp);
        (_dayLoss, _monthLoss, _lossSince) = (uint96(day), uint96(month), uint64(block.timestamp));
        _setPolicy(policy_);
        _loans().requireKnown(oldAt, _policyAt);
        // Prices are remembered by an asset's place, and what was used in units of the numeraire.
        if (!old.sameAssets(_policy())) _lastTradeAsOf = 0;
        if (old.asset(0).token() != _policy().asset(0).token()) (_turnover, _dayLoss, _monthLoss) = (0, 0, 0);
    }

    function _setPolicy(bytes memory blob) private {
        rules.validate(blob);
        (_step, _agent) = (blob.numbers().step, blob.agent());
        if (_agent == owner()) revert OwnerIsAgent(_agent);
        _policyAt = DataAsCode.store(blob);
        if (_policyAt == address(0)) revert PolicyNotStored(blob.length);
        _lastAsOf = uint32(block.timestamp);
        address desk = blob.desk();
        if (desk != address(0)) ILendingDesk(desk).open(blob.lendingPool(), blob.eMode(), _step, blob.reserveTokens());
        emit PolicyChanged(keccak256(blob), _policyAt, blob);
    }

    function _policy() private view returns (bytes memory) {
        return DataAsCode.read(_policyAt);
    }

    /// A vault without an owner would keep what it holds for ever.
    function renounceOwnership() public pure override {
        revert ZeroAddress();
    }

    /// The agent owns nothing, now and later.
    function _transferOwnership(address next) internal override {
        if (next == _agent && next != address(0)) revert OwnerIsAgent(next);
        super._transferOwnership(next);
    }

    // --------------------------------------------------------------------------------------------------------- views

    function kind() external pure virtual returns (Kind) {
        return Kind.OWNER;
    }

    /// What decisions, sizes and the context depend on.
    function state() external view nonReentrantView returns (State memory) {
        bytes memory p = _policy();
        Numbers memory limits = p.numbers();
        (uint256 day, uint256 month) = _losses(limits);
        return State({
            nonce: _nonce,
            paused: _paused,
            lastAsOf: _lastAsOf,
            lastTradeAsOf: _lastTradeAsOf,
            lastTradeTime: _lastTradeTime,
            policyHash: keccak256(p),
            policyAt: _policyAt,
            turnoverUsed: _turnoverNow(limits),
            dayLoss: day,
            monthLoss: month,
            turnover: _turnover,
            turnoverSince: _turnoverSince,
            lastRefs: _lastRefs
        });
    }

    /// What is booked of a token: now, before the first change of the step in which it last changed, and when that was.
    function book(address token) external view nonReentrantView returns (uint256 amount, uint256 before, uint32 changedAt) {
        Book memory found = _books[token];
        return (found.amount, found.before, found.changedAt);
    }

    /// The features of a decision as of a moment, as `execute` would compute them.
    function featuresAt(uint32 asOf, int24[] calldata refs, bytes[] calldata sourceHints)
        external
        view
        nonReentrantView
        returns (int256[] memory)
    {
        bytes memory p = _policy();
        return _features(p, p.numbers(), asOf, refs, sourceHints);
    }

    /// What `execute` asks the engine.
    function planInput(uint32 asOf, uint16 slippageBps, int256[] calldata outputs, bytes calldata guardHints)
        external
        view
        nonReentrantView
        returns (PolicyEngine.PlanInput memory)
    {
        bytes memory p = _policy();
        return PolicyEngine.PlanInput(
            _policyAt, asOf, slippageBps, outputs, _booksNow(p), _turnoverLeft(p.numbers()), guardHints, address(this)
        );
    }

    /// The EIP-712 digest that a proof is bound to, under the policy of now.
    function contextOf(Decision calldata d) external view returns (bytes32) {
        return _contextOf(d, _policy());
    }

    /// The policy's hash is dearer to keep than to make.
    function _contextOf(Decision calldata d, bytes memory p) private view returns (bytes32) {
        bytes32 outputs = keccak256(abi.encodePacked(d.outputs));
        bytes memory words = abi.encode(
            DECISION_TYPEHASH, d.model, keccak256(p), d.nonce, d.deadline, d.asOf, d.executor, d.maxSlippageBps, outputs
        );
        return MessageHashUtils.toTypedDataHash(block.chainid == _chain ? _domain : _domainNow(), keccak256(words));
    }

    function _domainNow() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256(NAME), keccak256(VERSION), block.chainid, address(this)));
    }

    /// What a wallet needs to show what a proof is bound to (ERC-5267).
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        // All fields but a salt, and no extensions.
        return (hex"0f", string(NAME), string(VERSION), block.chainid, address(this), 0, new uint256[](0));
    }

    function _isAsset(bytes memory p, address token) private pure returns (bool) {
        for (uint256 i = 0; i < p.assets(); i++) {
            if (p.asset(i).token() == token) return true;
        }
        return false;
    }
}
