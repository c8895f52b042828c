// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDecisionVerifier} from "probity/IDecisionVerifier.sol";
import {IERC20} from "./IERC20.sol";
import {IUniswapV3Pool} from "./IUniswapV3Pool.sol";
import {ModelRegistry} from "./ModelRegistry.sol";
import {PriceMath} from "./PriceMath.sol";
import {TwapFeatureSource} from "./TwapFeatureSource.sol";

/// Holds two assets, a base and a quote, and trades between them only on proof.
///
/// `execute` may be called by anyone: the authority is the proof. The proof says that the registered model, on these
/// features, decided this, for this vault, chain, nonce, deadline and moment. The caller brings the proof and hints
/// where to look; the vault takes nothing else from the caller. It computes the features itself (sixteen from the
/// pool's oracle, four from its own books), fetches the model's key itself, translates the decision into a target
/// weight by a table that the owner set, and keeps the trade inside the owner's policy.
///
/// The features, in the order that the model reads them:
///
///     0..15   returns of the base asset in ticks, see TwapFeatureSource
///     16      weight of the base asset at the reference price, in basis points, less 5000
///     17      whole minutes from the last trade to asOf, 0..1440; 1440 before the first trade
///     18      reference tick less the reference tick of the last trade, clamped to +-4095; 0 before the first trade
///     19      part of the epoch's notional budget that is used, in basis points, 0..10000
///
/// The last four are a function of the vault's storage and asOf (`org.probity.strategy.feature.VaultBooks` repeats
/// it), so they too stand still between proving and inclusion, unless the vault trades (which spends the nonce) or
/// the owner moves funds. The vault keeps its own books: tokens sent to it by a stranger count for nothing.
///
/// The moments that may be decided for are a schedule: the multiples of the policy's step, each after the one executed
/// before. Whoever runs the agent can skip a moment, but cannot try the seconds around it until the model says what
/// they would like to hear, nor come back to an older one.
///
/// All ticks here are oriented: a higher tick is a dearer base asset. "Reference price" is the price at the reference
/// tick, a mean over minutes; sizes, slippage and budget are measured with it, never with the price of a block.
contract ProofBoundVault {
    /// What the owner allows.
    struct Policy {
        /// The worst price accepted, fees included, against the reference price.
        uint16 maxSlippageBps;
        /// How old asOf may be at execution.
        uint32 maxAgeSeconds;
        /// asOf must be a multiple of it (of the Unix epoch's seconds), 1 to 86400; with 1 every second will do. Where
        /// it is longer than maxAgeSeconds, nothing can be executed in the rest of each step.
        uint32 stepSeconds;
        /// Length of the epochs (of asOf, from the Unix epoch on) that the budget below is for.
        uint32 epochSeconds;
        /// Entries in `targets`, 1..16; should equal the model's number of classes.
        uint8 decisions;
        /// Smallest trade, in units of the quote asset.
        uint128 minTrade;
        /// Sum of the trades of one epoch, in units of the quote asset.
        uint128 maxNotionalPerEpoch;
        /// For each decision the weight of the base asset to trade to, in basis points, or HOLD; 16 bits each,
        /// decision 0 lowest.
        uint256 targets;
    }

    /// What the vault is made of; fixed for good.
    struct Parts {
        address owner;
        ModelRegistry registry;
        bytes32 modelId;
        IDecisionVerifier verifier;
        TwapFeatureSource source;
        IUniswapV3Pool pool;
        /// Must be one of the pool's two tokens; the other one is the quote asset.
        address base;
    }

    /// All that the last four features, the nonce and the sizing depend on.
    struct State {
        uint64 nonce;
        bool paused;
        uint128 baseBalance;
        uint128 quoteBalance;
        uint32 lastTradeTime;
        int24 lastTradeTick;
        uint32 epoch;
        uint128 spent;
        uint128 maxNotionalPerEpoch;
        uint32 epochSeconds;
        bytes32 modelDigest;
        /// What the next asOf must lie after, and be a multiple of.
        uint32 lastAsOf;
        uint32 stepSeconds;
    }

    /// A target that means: no trade.
    uint256 public constant HOLD = 0xffff;
    uint256 public constant FEATURES = 20;
    int256 private constant TICK_LIMIT = 4095;
    uint256 private constant BPS = 10_000;

    bytes32 public constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 public constant DECISION_TYPEHASH =
        keccak256("Decision(bytes32 model,uint256 nonce,uint256 deadline,uint32 asOf,uint256 decision)");
    bytes32 private constant NAME_HASH = keccak256("Probity");
    bytes32 private constant VERSION_HASH = keccak256("1");

    ModelRegistry public immutable registry;
    bytes32 public immutable modelId;
    IDecisionVerifier public immutable verifier;
    TwapFeatureSource public immutable source;
    IUniswapV3Pool public immutable pool;
    address public immutable base;
    address public immutable quote;
    bool public immutable baseIsToken0;
    /// The pool's fee as ticks, rounded up: what the price limit leaves between itself and the worst accepted price.
    int256 private immutable _feeTicks;

    // One slot, and the first one, or the addresses would take a part of it: what every execution reads first.
    bool private _paused;
    uint16 private _maxSlippageBps;
    uint32 private _maxAgeSeconds;
    uint32 private _stepSeconds;
    uint32 private _epochSeconds;
    uint8 private _decisions;
    uint128 private _minTrade;

    address public owner;
    address public pendingOwner;

    // One slot each.
    uint256 private _targets;
    uint128 private _maxNotional;
    uint128 private _spent;
    uint128 private _baseBalance;
    uint128 private _quoteBalance;
    // One slot. No trade was ever made while _lastTradeTime is 0.
    uint64 private _nonce;
    uint32 private _lastAsOf;
    uint32 private _epoch;
    uint32 private _lastTradeTime;
    int24 private _lastTradeTick;

    bool private transient _entered;
    /// The most that the pool may ask for in its callback; 0 outside of a swap.
    uint256 private transient _owed;

    /// A proven decision was carried out. The deltas are the vault's, in units of each asset; both are 0 for HOLD.
    event DecisionExecuted(
        uint256 indexed nonce,
        uint256 indexed decision,
        bytes32 indexed model,
        uint32 asOf,
        int256 baseDelta,
        int256 quoteDelta,
        int24 referenceTick
    );
    event Deposited(uint256 baseAmount, uint256 quoteAmount);
    event Withdrawn(address indexed to, uint256 baseAmount, uint256 quoteAmount);
    event Swept(address indexed token, address indexed to, uint256 amount);
    event PauseChanged(bool paused);
    event PolicyChanged(Policy policy);
    event OwnershipOffered(address indexed from, address indexed to);
    event OwnershipTaken(address indexed from, address indexed to);

    /// The owner stopped the vault.
    error Paused();
    /// The proof is for another step: it was used already, or it came too early.
    error WrongNonce(uint256 expected, uint256 given);
    error Expired(uint256 deadline, uint256 nowSeconds);
    /// The features are older than the policy allows.
    error Stale(uint256 asOf, uint256 oldest);
    /// asOf is not a multiple of the policy's step.
    error OffSchedule(uint256 asOf, uint256 stepSeconds);
    /// An execution as of `last` came before: asOf must lie after it.
    error OutOfOrder(uint256 asOf, uint256 last);
    /// The policy has no target for this decision.
    error UnknownDecision(uint256 decision, uint256 decisions);
    /// What is left of the epoch's budget is less than the smallest trade.
    error BudgetSpent(uint256 epoch, uint256 left);
    /// The trade to the target (or the part of it that the pool would fill), in units of the quote asset, is less
    /// than the smallest trade.
    error TradeTooSmall(uint256 notional, uint256 minimum);
    /// The pool's price is already worse than the policy accepts.
    error PriceBeyondLimit(uint256 sqrtPriceX96, uint256 limitX96);
    /// The swap gave less than the policy accepts, in units of the quote asset at the reference price.
    error SlippageExceeded(uint256 value, uint256 minimum);
    error NotOwner(address owner, address caller);
    error NotPool(address pool, address caller);
    /// A pool asked for more than the vault sells in the swap under way (0: there is none).
    error NotOwed(int256 asked, uint256 most);
    error Reentered();
    error TransferFailed(address token);
    error BalanceTooLow(address token, uint256 balance, uint256 wanted);
    /// An amount that the books (128 bits) cannot hold.
    error AmountTooLarge(uint256 amount);
    error NotATokenOfThePool(address token);
    error ZeroAddress();
    /// @param field the policy's field, as text
    error PolicyOutOfBounds(bytes32 field, uint256 value);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(owner, msg.sender);
        _;
    }

    modifier guarded() {
        if (_entered) revert Reentered();
        _entered = true;
        _;
        _entered = false;
    }

    constructor(Parts memory parts, Policy memory policy_) {
        if (parts.owner == address(0)) revert ZeroAddress();
        address token0 = parts.pool.token0();
        address token1 = parts.pool.token1();
        if (parts.base != token0 && parts.base != token1) revert NotATokenOfThePool(parts.base);
        owner = parts.owner;
        registry = parts.registry;
        modelId = parts.modelId;
        verifier = parts.verifier;
        source = parts.source;
        pool = parts.pool;
        base = parts.base;
        baseIsToken0 = parts.base == token0;
        quote = parts.base == token0 ? token1 : token0;
        // 1 / (1 - f) is less than 1.0001^(f + 1 bp) up to a fee of 1 %.
        _feeTicks = int256((uint256(parts.pool.fee()) + 99) / 100 + 1);
        parts.registry.digest(parts.modelId);
        _setPolicy(policy_);
        emit OwnershipTaken(address(0), parts.owner);
    }

    // ---------------------------------------------------------------------------------------------------- execution

    /// Carries out `decision` if `proof` holds for it. Open to everyone.
    /// @param nonce the vault's nonce; every execution spends one, HOLD too
    /// @param deadline last timestamp at which the proof may be used
    /// @param asOf the moment the features are of, in seconds: a multiple of the policy's step, after the last one's
    /// @param indices where the pool logged each of the source's points, see TwapFeatureSource
    /// @param decision the model's class
    function execute(
        uint256 nonce,
        uint256 deadline,
        uint32 asOf,
        bytes calldata indices,
        uint256 decision,
        bytes calldata proof
    ) external guarded {
        if (_paused) revert Paused();
        if (nonce != _nonce) revert WrongNonce(_nonce, nonce);
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        if (uint256(asOf) + _maxAgeSeconds < block.timestamp) revert Stale(asOf, block.timestamp - _maxAgeSeconds);
        if (asOf % _stepSeconds != 0) revert OffSchedule(asOf, _stepSeconds);
        if (asOf <= _lastAsOf) revert OutOfOrder(asOf, _lastAsOf);

        (int256[] memory x, Book memory book) = _features(asOf, indices);
        bytes32 model = _verify(x, nonce, deadline, asOf, decision, proof);
        _nonce = uint64(nonce) + 1;
        _lastAsOf = asOf;
        (int256 baseDelta, int256 quoteDelta) = _act(decision, book);
        emit DecisionExecuted(nonce, decision, model, asOf, baseDelta, quoteDelta, int24(book.referenceTick));
    }

    /// @return model the digest of the model that decided
    function _verify(
        int256[] memory x,
        uint256 nonce,
        uint256 deadline,
        uint32 asOf,
        uint256 decision,
        bytes calldata proof
    ) private view returns (bytes32 model) {
        bytes memory key = registry.modelKey(modelId);
        model = keccak256(key);
        int256[] memory y = new int256[](1);
        // A decision beyond int256 is no class of any model; the verifier refuses the negative number it turns into.
        y[0] = int256(decision);
        verifier.verify(key, x, y, contextOf(model, nonce, deadline, asOf, decision), proof);
    }

    /// The pool's demand for what `execute` sells.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata) external {
        if (msg.sender != address(pool)) revert NotPool(address(pool), msg.sender);
        (int256 owed, address token) = (amount0, baseIsToken0 ? base : quote);
        if (amount0 <= 0) (owed, token) = (amount1, baseIsToken0 ? quote : base);
        // Set by _trade alone: outside of a swap of ours, and beyond what it sells, there is nothing to ask for.
        if (owed <= 0 || uint256(owed) > _owed) revert NotOwed(owed, _owed);
        _owed = 0;
        _transfer(token, address(pool), uint256(owed));
    }

    // -------------------------------------------------------------------------------------------------------- views

    /// What the vault's own features, the nonce and the sizes depend on.
    function state() external view returns (State memory) {
        return State({
            nonce: _nonce,
            paused: _paused,
            baseBalance: _baseBalance,
            quoteBalance: _quoteBalance,
            lastTradeTime: _lastTradeTime,
            lastTradeTick: _lastTradeTick,
            epoch: _epoch,
            spent: _spent,
            maxNotionalPerEpoch: _maxNotional,
            epochSeconds: _epochSeconds,
            modelDigest: registry.digest(modelId),
            lastAsOf: _lastAsOf,
            stepSeconds: _stepSeconds
        });
    }

    function policy() external view returns (Policy memory) {
        return Policy({
            maxSlippageBps: _maxSlippageBps,
            maxAgeSeconds: _maxAgeSeconds,
            stepSeconds: _stepSeconds,
            epochSeconds: _epochSeconds,
            decisions: _decisions,
            minTrade: _minTrade,
            maxNotionalPerEpoch: _maxNotional,
            targets: _targets
        });
    }

    /// What `execute` would work with at the present nonce, without the checks of pause, deadline, freshness, schedule and
    /// proof.
    /// @return x the features
    /// @return context what the proof must be bound to
    /// @return notional the trade it would try, in units of the quote asset: positive buys the base asset, negative
    ///     sells it, 0 for HOLD, at the target or without budget
    function preview(uint256 deadline, uint32 asOf, bytes calldata indices, uint256 decision)
        external
        view
        returns (int256[] memory x, bytes32 context, int256 notional)
    {
        Book memory book;
        (x, book) = _features(asOf, indices);
        context = contextOf(registry.digest(modelId), _nonce, deadline, asOf, decision);
        Trade memory trade = _size(decision, book);
        notional = trade.sell ? -int256(trade.notional) : int256(trade.notional);
    }

    /// The EIP-712 digest that a proof is bound to: of
    /// `Decision(bytes32 model,uint256 nonce,uint256 deadline,uint32 asOf,uint256 decision)` in this vault's domain.
    /// The features are bound by the proof itself, whose public inputs they are.
    /// @param model keccak256 of the model's key
    function contextOf(bytes32 model, uint256 nonce, uint256 deadline, uint32 asOf, uint256 decision)
        public
        view
        returns (bytes32)
    {
        bytes32 decisionHash = keccak256(abi.encode(DECISION_TYPEHASH, model, nonce, deadline, asOf, decision));
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(), decisionHash));
    }

    /// Never cached: after a fork of the chain each side has its own.
    function domainSeparator() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    // -------------------------------------------------------------------------------------------------------- owner

    /// Moves tokens of the owner, who must have approved them, into the books.
    function deposit(uint256 baseAmount, uint256 quoteAmount) external onlyOwner guarded {
        _baseBalance = _checked128(_baseBalance + _pull(base, baseAmount));
        _quoteBalance = _checked128(_quoteBalance + _pull(quote, quoteAmount));
        emit Deposited(baseAmount, quoteAmount);
    }

    /// Works while paused too.
    function withdraw(uint256 baseAmount, uint256 quoteAmount, address to) external onlyOwner guarded {
        if (to == address(0)) revert ZeroAddress();
        if (baseAmount > _baseBalance) revert BalanceTooLow(base, _baseBalance, baseAmount);
        if (quoteAmount > _quoteBalance) revert BalanceTooLow(quote, _quoteBalance, quoteAmount);
        _baseBalance -= uint128(baseAmount);
        _quoteBalance -= uint128(quoteAmount);
        if (baseAmount != 0) _transfer(base, to, baseAmount);
        if (quoteAmount != 0) _transfer(quote, to, quoteAmount);
        emit Withdrawn(to, baseAmount, quoteAmount);
    }

    /// Hands out what the vault holds of a token beyond its books: gifts, mistakes.
    function sweep(address token, address to) external onlyOwner guarded {
        if (to == address(0)) revert ZeroAddress();
        uint256 amount = IERC20(token).balanceOf(address(this));
        if (token == base) amount -= _baseBalance;
        if (token == quote) amount -= _quoteBalance;
        _transfer(token, to, amount);
        emit Swept(token, to, amount);
    }

    function pause() external onlyOwner {
        _paused = true;
        emit PauseChanged(true);
    }

    function unpause() external onlyOwner {
        _paused = false;
        emit PauseChanged(false);
    }

    /// Replaces the policy. Spends a nonce, so that no proof made under the old one is carried out under the new one;
    /// what the epoch has spent stays spent, and the moments before the last execution stay past.
    function setPolicy(Policy calldata policy_) external onlyOwner guarded {
        _setPolicy(policy_);
        _nonce += 1;
    }

    /// The first of two steps; the second is `acceptOwnership` by the new owner.
    function transferOwnership(address to) external onlyOwner {
        pendingOwner = to;
        emit OwnershipOffered(owner, to);
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner(pendingOwner, msg.sender);
        emit OwnershipTaken(owner, msg.sender);
        owner = msg.sender;
        pendingOwner = address(0);
    }

    // ----------------------------------------------------------------------------------------------------- features

    /// What one execution knows of price, value and budget. Values are in units of the quote asset at the reference
    /// price.
    struct Book {
        int256 referenceTick;
        uint256 sqrtX96;
        uint256 baseValue;
        uint256 value;
        uint256 epoch;
        uint256 spent;
        uint256 left;
    }

    function _features(uint32 asOf, bytes calldata indices) private view returns (int256[] memory x, Book memory book) {
        (int256[16] memory returns_, int256 referenceTick) =
            source.features(address(pool), !baseIsToken0, asOf, indices);
        x = new int256[](FEATURES);
        assembly ("memory-safe") {
            mcopy(add(x, 0x20), returns_, 0x200)
        }

        book.referenceTick = referenceTick;
        book.sqrtX96 = PriceMath.sqrtRatioX96(referenceTick);
        book.baseValue = PriceMath.valueAt(_baseBalance, book.sqrtX96);
        book.value = book.baseValue + _quoteBalance;
        // The budget of a past epoch is gone: an asOf of before the epoch that was last traded in counts into that one.
        (uint256 epoch, uint256 lastEpoch, uint256 budget) = (asOf / _epochSeconds, _epoch, _maxNotional);
        (book.epoch, book.spent) = epoch > lastEpoch ? (epoch, 0) : (lastEpoch, _spent);
        book.left = book.spent < budget ? budget - book.spent : 0;

        uint256 weight = book.value == 0 ? 0 : book.baseValue * BPS / book.value;
        uint256 minutes_ = 1440;
        int256 move = 0;
        uint256 lastTradeTime = _lastTradeTime;
        if (lastTradeTime != 0) {
            minutes_ = asOf > lastTradeTime ? (asOf - lastTradeTime) / 60 : 0;
            if (minutes_ > 1440) minutes_ = 1440;
            move = referenceTick - _lastTradeTick;
            if (move > TICK_LIMIT) move = TICK_LIMIT;
            if (move < -TICK_LIMIT) move = -TICK_LIMIT;
        }
        uint256 used = book.left == 0 ? BPS : book.spent * BPS / budget;
        x[16] = int256(weight) - 5000;
        x[17] = int256(minutes_);
        x[18] = move;
        x[19] = int256(used);
    }

    // ------------------------------------------------------------------------------------------------------- trades

    /// A trade of `notional` units of the quote asset, after the cap by the budget.
    struct Trade {
        bool hold;
        bool sell;
        uint256 notional;
    }

    function _size(uint256 decision, Book memory book) private view returns (Trade memory trade) {
        if (decision >= _decisions) revert UnknownDecision(decision, _decisions);
        uint256 target = (_targets >> (16 * decision)) & 0xffff;
        if (target == HOLD) {
            trade.hold = true;
            return trade;
        }
        uint256 targetValue = book.value * target / BPS;
        trade.sell = targetValue < book.baseValue;
        trade.notional = trade.sell ? book.baseValue - targetValue : targetValue - book.baseValue;
        if (trade.notional > book.left) trade.notional = book.left;
    }

    function _act(uint256 decision, Book memory book) private returns (int256 baseDelta, int256 quoteDelta) {
        Trade memory trade = _size(decision, book);
        if (trade.hold) return (0, 0);
        if (book.left < _minTrade) revert BudgetSpent(book.epoch, book.left);
        if (trade.notional < _minTrade) revert TradeTooSmall(trade.notional, _minTrade);
        return _trade(trade, book);
    }

    function _trade(Trade memory trade, Book memory book) private returns (int256 baseDelta, int256 quoteDelta) {
        // Selling base: the part of it that the notional is of its value.
        uint256 amountIn = trade.sell ? _baseBalance * trade.notional / book.baseValue : trade.notional;
        bool zeroForOne = trade.sell == baseIsToken0;
        uint160 limit = _priceLimit(trade.sell, zeroForOne, book.referenceTick);

        _owed = amountIn;
        (int256 amount0, int256 amount1) = pool.swap(address(this), zeroForOne, int256(amountIn), limit, "");
        (baseDelta, quoteDelta) = baseIsToken0 ? (-amount0, -amount1) : (-amount1, -amount0);

        // The price limit bounds the worst price of the swap, and with the fee its mean; this is the same bound on
        // what was received.
        uint256 baseMoved = PriceMath.valueAt(uint256(trade.sell ? -baseDelta : baseDelta), book.sqrtX96);
        (uint256 given, uint256 received) =
            trade.sell ? (baseMoved, uint256(quoteDelta)) : (uint256(-quoteDelta), baseMoved);
        uint256 minimum = given * (BPS - _maxSlippageBps) / BPS;
        if (received < minimum) revert SlippageExceeded(received, minimum);
        // The pool may fill a part only, up to the price limit; a crumb is not worth the nonce.
        bool partly = uint256(trade.sell ? -baseDelta : -quoteDelta) < amountIn;
        if (partly && given < _minTrade) revert TradeTooSmall(given, _minTrade);

        _baseBalance = _checked128(uint256(int256(uint256(_baseBalance)) + baseDelta));
        _quoteBalance = _checked128(uint256(int256(uint256(_quoteBalance)) + quoteDelta));
        _spent = _checked128(book.spent + given);
        _epoch = uint32(book.epoch);
        _lastTradeTime = uint32(block.timestamp);
        _lastTradeTick = int24(book.referenceTick);
    }

    /// The worst marginal price of a swap, as the pool wants it: as many ticks from the reference as the slippage has
    /// basis points (1.0001^-n >= 1 - n / 10000), less the pool's fee.
    function _priceLimit(bool sell, bool zeroForOne, int256 referenceTick) private view returns (uint160 limit) {
        int256 room = int256(uint256(_maxSlippageBps)) - _feeTicks;
        int256 tick = sell ? referenceTick - room : referenceTick + room;
        if (!baseIsToken0) tick = -tick;
        // A pool takes limits strictly between its extreme prices.
        if (tick <= -PriceMath.MAX_TICK) tick = 1 - PriceMath.MAX_TICK;
        if (tick >= PriceMath.MAX_TICK) tick = PriceMath.MAX_TICK - 1;
        limit = uint160(PriceMath.sqrtRatioX96(tick));
        (uint160 spot,,,,,,) = pool.slot0();
        if (zeroForOne ? spot <= limit : spot >= limit) revert PriceBeyondLimit(spot, limit);
    }

    // ------------------------------------------------------------------------------------------------------- helpers

    function _setPolicy(Policy memory p) private {
        if (p.maxSlippageBps > 2000 || int256(uint256(p.maxSlippageBps)) <= _feeTicks) {
            revert PolicyOutOfBounds("maxSlippageBps", p.maxSlippageBps);
        }
        if (p.maxAgeSeconds == 0 || p.maxAgeSeconds > 1 days) {
            revert PolicyOutOfBounds("maxAgeSeconds", p.maxAgeSeconds);
        }
        if (p.stepSeconds == 0 || p.stepSeconds > 1 days) revert PolicyOutOfBounds("stepSeconds", p.stepSeconds);
        if (p.epochSeconds < 1 minutes || p.epochSeconds > 366 days) {
            revert PolicyOutOfBounds("epochSeconds", p.epochSeconds);
        }
        if (p.minTrade == 0) revert PolicyOutOfBounds("minTrade", p.minTrade);
        if (p.maxNotionalPerEpoch < p.minTrade) {
            revert PolicyOutOfBounds("maxNotionalPerEpoch", p.maxNotionalPerEpoch);
        }
        if (p.decisions == 0 || p.decisions > 16) revert PolicyOutOfBounds("decisions", p.decisions);
        for (uint256 i = 0; i < 16; i++) {
            uint256 target = (p.targets >> (16 * i)) & 0xffff;
            bool allowed = i < p.decisions ? target <= BPS || target == HOLD : target == 0;
            if (!allowed) revert PolicyOutOfBounds("targets", target);
        }
        // Epochs are numbered by their length: with another length, what was spent in the epoch of now moves to its
        // new number.
        if (_epochSeconds != p.epochSeconds) {
            if (_epochSeconds != 0 && block.timestamp / _epochSeconds > _epoch) _spent = 0;
            _epoch = uint32(block.timestamp / p.epochSeconds);
        }
        _maxSlippageBps = p.maxSlippageBps;
        _maxAgeSeconds = p.maxAgeSeconds;
        _stepSeconds = p.stepSeconds;
        _epochSeconds = p.epochSeconds;
        _decisions = p.decisions;
        _minTrade = p.minTrade;
        _maxNotional = p.maxNotionalPerEpoch;
        _targets = p.targets;
        emit PolicyChanged(p);
    }

    function _checked128(uint256 amount) private pure returns (uint128) {
        if (amount >> 128 != 0) revert AmountTooLarge(amount);
        return uint128(amount);
    }

    function _pull(address token, uint256 amount) private returns (uint256) {
        if (amount == 0) return 0;
        _checked128(amount);
        _call(token, abi.encodeCall(IERC20.transferFrom, (msg.sender, address(this), amount)));
        return amount;
    }

    function _transfer(address token, address to, uint256 amount) private {
        _call(token, abi.encodeCall(IERC20.transfer, (to, amount)));
    }

    /// Tokens answer true, nothing at all (some old ones), or fail.
    function _call(address token, bytes memory data) private {
        (bool done, bytes memory answer) = token.call(data);
        if (!done || (answer.length == 0 ? token.code.length == 0 : !_isTrue(answer))) revert TransferFailed(token);
    }

    function _isTrue(bytes memory answer) private pure returns (bool) {
        return answer.length >= 32 && uint256(bytes32(answer)) == 1;
    }
}
