// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAaveV3Pool, IAaveV3Token} from "./IAaveV3.sol";
import {ILendingAccount, Loan} from "./ILendingDesk.sol";

/// Who makes accounts, and knows the market.
interface IAccountMaker {
    /// For whom, and with which pool, an account is being made.
    function making() external view returns (address vault, address pool);

    /// What a reserve counts for as collateral in a category, in basis points: until it is liquidated, and to borrow on.
    function termsOf(address pool, uint256 eMode, address token)
        external
        view
        returns (uint256 thresholdBps, uint256 ltvBps);
}

/// One vault's account with one pool of Aave v3: a user of the market like any other, who supplies, withdraws, borrows at
/// the variable rate and repays, for its vault alone and to its vault alone.
///
/// It keeps books as its vault does, scaled by the market's indices, so that interest is in them and gifts are not: what
/// strangers supply to it, or repay for it, moves no feature and no size.
contract AaveV3Account is ILendingAccount, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// A scaled amount, and what it was before the first change of the step in which it last changed.
    struct Book {
        uint112 amount;
        uint112 before;
        uint32 changedAt;
    }

    /// The market's indices at a moment, in ray, and what the reserve counted for then.
    struct Point {
        uint32 takenAt;
        uint104 supplyIndex;
        uint104 debtIndex;
        uint16 thresholdBps;
    }

    struct Line {
        Book supplied;
        Book owed;
        Point[3] points;
        /// The market's own, as of the last supply.
        address supplyToken;
    }

    uint256 private constant RAY = 1e27;
    uint256 private constant VARIABLE = 2;
    uint256 private constant APART = 1 hours;

    address public immutable desk;
    address public immutable vault;
    IAaveV3Pool public immutable pool;

    mapping(address token => Line) private _lines;

    // Of what is booked after, scaled by the market's indices.
    event Moved(Loan indexed loan, address indexed token, uint256 amount, uint256 supplied, uint256 owed);
    event Synced(address indexed token, uint256 supplied, uint256 owed);
    event Checkpoint(address indexed token, uint256 supplyIndex, uint256 debtIndex, uint256 thresholdBps);
    event Swept(address indexed token, uint256 amount);

    error NotVault(address caller);
    error NotDesk(address caller);
    /// The books of this moment are not known any more.
    error NoCheckpoint(address token, uint256 asOf);
    error AmountTooLarge(uint256 amount);
    /// The market's own token, which stands for what is supplied.
    error InUse(address token);

    constructor() {
        desk = msg.sender;
        address market;
        (vault, market) = IAccountMaker(msg.sender).making();
        pool = IAaveV3Pool(market);
    }

    modifier onlyVault() {
        if (msg.sender != vault) revert NotVault(msg.sender);
        _;
    }

    // --------------------------------------------------------------------------------------------------------- moves

    /// @inheritdoc ILendingAccount
    function move(Loan loan, address token, uint256 amount, uint256 step) external onlyVault nonReentrant {
        Line storage line = _lines[token];
        bool debt = loan == Loan.BORROW || loan == Loan.REPAY;
        uint256[15] memory words = pool.getReserveData(token);
        IAaveV3Token counted = _counted(words, debt);
        uint256 before = counted.scaledBalanceOf(address(this));
        bool all;
        if (loan == Loan.WITHDRAW) (amount, all) = _withdraw(line, token, amount, before);
        else if (loan == Loan.BORROW) _borrow(token, amount);
        else if (loan == Loan.REPAY) amount = _repay(counted, token, amount);
        else _supply(token, amount, words);
        if (loan == Loan.SUPPLY && line.supplyToken != address(counted)) line.supplyToken = address(counted);
        uint256 left = counted.scaledBalanceOf(address(this));
        Book storage kept = debt ? line.owed : line.supplied;
        _write(kept, all ? 0 : Math.min(_moved(kept.amount, before, left), left), step);
        emit Moved(loan, token, amount, line.supplied.amount, line.owed.amount);
    }

    function _moved(uint256 booked_, uint256 before, uint256 left) private pure returns (uint256) {
        if (left >= before) return booked_ + (left - before);
        return booked_ > before - left ? booked_ - (before - left) : 0;
    }

    /// @return given what the vault got
    /// @return all whether nothing of what is booked is left but dust
    function _withdraw(Line storage line, address token, uint256 amount, uint256 scaled)
        private
        returns (uint256 given, bool all)
    {
        uint256 booked_ = Math.min(line.supplied.amount, scaled);
        all = amount >= Math.mulDiv(booked_, pool.getReserveNormalizedIncome(token), RAY);
        if (scaled != 0) given = pool.withdraw(token, amount, vault);
    }

    function _borrow(address token, uint256 amount) private {
        pool.borrow(token, amount, VARIABLE, 0, address(this));
        IERC20(token).safeTransfer(vault, amount);
    }

    function _repay(IAaveV3Token debt, address token, uint256 amount) private returns (uint256 paid) {
        paid = Math.min(amount, debt.balanceOf(address(this)));
        if (paid == 0) return 0;
        _take(token, paid);
        pool.repay(token, paid, VARIABLE, address(this));
        _spent(token);
    }

    function _supply(address token, uint256 amount, uint256[15] memory words) private {
        _take(token, amount);
        pool.supply(token, amount, address(this), 0);
        _spent(token);
        // The market makes collateral of a first supply alone: a stranger's may have come before it could be one.
        if (pool.getUserConfiguration(address(this)) >> (2 * words[7] + 1) & 1 == 0 && uint16(words[0]) != 0) {
            try pool.setUserUseReserveAsCollateral(token, true) {} catch {}
        }
    }

    function _take(address token, uint256 amount) private {
        IERC20(token).safeTransferFrom(vault, address(this), amount);
        IERC20(token).forceApprove(address(pool), amount);
    }

    /// Leaves no approval behind. Some tokens refuse to approve 0 where nothing is approved.
    function _spent(address token) private {
        if (IERC20(token).allowance(address(this), address(pool)) != 0) IERC20(token).forceApprove(address(pool), 0);
    }

    // --------------------------------------------------------------------------------------------------------- books

    /// @inheritdoc ILendingAccount
    function sync(address token, uint256 step) external onlyVault nonReentrant {
        Line storage line = _lines[token];
        _lower(line.supplied, _counted(token, false), step);
        _lower(line.owed, _counted(token, true), step);
        emit Synced(token, line.supplied.amount, line.owed.amount);
    }

    function _lower(Book storage kept, IAaveV3Token counted, uint256 step) private {
        uint256 there = counted.scaledBalanceOf(address(this));
        if (there < kept.amount) _write(kept, there, step);
    }

    /// Keeps what was booked at the step's moment.
    function _write(Book storage kept, uint256 amount, uint256 step) private {
        if (amount > type(uint112).max) revert AmountTooLarge(amount);
        uint256 moment = block.timestamp - block.timestamp % step;
        if (kept.changedAt < moment) kept.before = kept.amount;
        (kept.amount, kept.changedAt) = (uint112(amount), uint32(block.timestamp));
    }

    /// @inheritdoc ILendingAccount
    function used(address token) external view returns (bool) {
        return _lines[token].supplied.amount != 0 || _lines[token].owed.amount != 0;
    }

    /// @inheritdoc ILendingAccount
    function booked(address token) external view returns (uint256 supplied, uint256 owed) {
        return (_lines[token].supplied.amount, _lines[token].owed.amount);
    }

    /// @inheritdoc ILendingAccount
    function owned(address[] calldata tokens)
        external
        view
        returns (uint256[] memory supplied, uint256[] memory owed)
    {
        uint256 count = tokens.length;
        (supplied, owed) = (new uint256[](count), new uint256[](count));
        bool owes;
        for (uint256 t = 0; t < count; t++) {
            Line storage line = _lines[tokens[t]];
            (supplied[t], owed[t]) = (line.supplied.amount, line.owed.amount);
            if (owed[t] != 0) owes = true;
        }
        bool taken;
        for (uint256 t = 0; t < count; t++) {
            if (supplied[t] == 0) continue;
            // Only a liquidation takes supply, and only of those who owe.
            if (owes) {
                uint256 there = IAaveV3Token(_lines[tokens[t]].supplyToken).scaledBalanceOf(address(this));
                if (there < supplied[t]) (supplied[t], taken) = (there, true);
            }
            supplied[t] = Math.mulDiv(supplied[t], pool.getReserveNormalizedIncome(tokens[t]), RAY);
        }
        for (uint256 t = 0; t < count; t++) {
            if (owed[t] == 0) continue;
            // Supply went, and debt with it.
            if (taken) owed[t] = Math.min(owed[t], _counted(tokens[t], true).scaledBalanceOf(address(this)));
            owed[t] = Math.mulDiv(owed[t], pool.getReserveNormalizedVariableDebt(tokens[t]), RAY, Math.Rounding.Ceil);
        }
    }

    function book(address token) external view returns (Book memory supplied, Book memory owed) {
        return (_lines[token].supplied, _lines[token].owed);
    }

    /// A reserve's last three checkpoints, in no order; at 0 where there is none.
    function checkpoints(address token) external view returns (Point[3] memory) {
        return _lines[token].points;
    }

    function _counted(address token, bool debt) private view returns (IAaveV3Token) {
        return _counted(pool.getReserveData(token), debt);
    }

    function _counted(uint256[15] memory words, bool debt) private pure returns (IAaveV3Token) {
        return IAaveV3Token(address(uint160(words[debt ? 10 : 8])));
    }

    // --------------------------------------------------------------------------------------------------- checkpoints

    /// Enters a category of the market, if it is in another, and takes a checkpoint. Only for its desk, on its vault's
    /// word.
    function enter(uint256 eMode, uint256 step, address[] calldata tokens) external nonReentrant {
        if (msg.sender != desk) revert NotDesk(msg.sender);
        if (pool.getUserEMode(address(this)) != eMode) pool.setUserEMode(uint8(eMode));
        _checkpoint(step, tokens);
    }

    /// @inheritdoc ILendingAccount
    function checkpoint(uint256 step, address[] calldata tokens) external onlyVault nonReentrant {
        _checkpoint(step, tokens);
    }

    function _checkpoint(uint256 step, address[] calldata tokens) private {
        for (uint256 t = 0; t < tokens.length; t++) {
            Point[3] storage points = _lines[tokens[t]].points;
            (uint256 last, uint256 first) = (points[0].takenAt, points[0].takenAt);
            uint256 oldest;
            for (uint256 k = 1; k < 3; k++) {
                uint256 taken = points[k].takenAt;
                if (taken > last) last = taken;
                if (taken < first) (first, oldest) = (taken, k);
            }
            if (last != 0 && (block.timestamp < last + APART || block.timestamp / step == last / step)) continue;
            _remember(points[oldest], tokens[t]);
        }
    }

    function _remember(Point storage into, address token) private {
        uint256 supplyIndex = pool.getReserveNormalizedIncome(token);
        uint256 debtIndex = pool.getReserveNormalizedVariableDebt(token);
        (uint256 threshold,) = _terms(token);
        (into.takenAt, into.thresholdBps) = (uint32(block.timestamp), uint16(threshold));
        (into.supplyIndex, into.debtIndex) = (_index(supplyIndex), _index(debtIndex));
        emit Checkpoint(token, into.supplyIndex, into.debtIndex, threshold);
    }

    function _index(uint256 ray) private pure returns (uint104) {
        return uint104(Math.min(ray, type(uint104).max));
    }

    /// @inheritdoc ILendingAccount
    function asOf(uint32 moment, uint256 step, address[] calldata tokens)
        external
        view
        returns (
            uint256[] memory supplied,
            uint256[] memory owed,
            uint256[2][] memory rates,
            uint256[] memory thresholdBps
        )
    {
        (supplied, owed) = (new uint256[](tokens.length), new uint256[](tokens.length));
        (rates, thresholdBps) = (new uint256[2][](tokens.length), new uint256[](tokens.length));
        for (uint256 t = 0; t < tokens.length; t++) {
            Line storage line = _lines[tokens[t]];
            (Point memory last, Point memory past) = _lastBefore(line, moment);
            supplied[t] = _bookAsOf(line.supplied, tokens[t], moment, step);
            owed[t] = _bookAsOf(line.owed, tokens[t], moment, step);
            if (last.takenAt == 0) {
                if (supplied[t] != 0 || owed[t] != 0) revert NoCheckpoint(tokens[t], moment);
                continue;
            }
            supplied[t] = Math.mulDiv(supplied[t], last.supplyIndex, RAY);
            owed[t] = Math.mulDiv(owed[t], last.debtIndex, RAY, Math.Rounding.Ceil);
            thresholdBps[t] = last.thresholdBps;
            if (past.takenAt == 0) continue;
            uint256 seconds_ = last.takenAt - past.takenAt;
            rates[t] = [
                _rate(past.supplyIndex, last.supplyIndex, seconds_), _rate(past.debtIndex, last.debtIndex, seconds_)
            ];
        }
    }

    /// The two newest checkpoints before a moment, the newest first; at 0 where there is none.
    function _lastBefore(Line storage line, uint256 moment)
        private
        view
        returns (Point memory last, Point memory past)
    {
        for (uint256 k = 0; k < 3; k++) {
            Point memory point = line.points[k];
            if (point.takenAt >= moment) continue;
            if (point.takenAt > last.takenAt) (last, past) = (point, last);
            else if (point.takenAt > past.takenAt) past = point;
        }
    }

    /// What was booked at a moment: what is booked now, unless it changed since.
    function _bookAsOf(Book storage kept, address token, uint256 moment, uint256 step) private view returns (uint256) {
        uint256 changedAt = kept.changedAt;
        if (changedAt < moment) return kept.amount;
        if (changedAt - changedAt % step == moment) return kept.before;
        revert NoCheckpoint(token, moment);
    }

    /// Growth in a year, in basis points, without compounding.
    function _rate(uint256 from, uint256 to, uint256 seconds_) private pure returns (uint256) {
        return to <= from ? 0 : Math.mulDiv(to - from, 10_000 * 365 days, from * seconds_);
    }

    function _terms(address token) private view returns (uint256 thresholdBps, uint256 ltvBps) {
        return IAccountMaker(desk).termsOf(address(pool), pool.getUserEMode(address(this)), token);
    }

    // --------------------------------------------------------------------------------------------------------- gifts

    /// Sends to the vault what has come here of a token: rewards, gifts. Between two calls nothing of the vault's own is
    /// here but the market's tokens, which stay. Of those too a gift goes where nothing is booked and nothing can be
    /// borrowed on it: the market would not let other collateral go before it. For anyone.
    function sweep(address token) external nonReentrant {
        address underlying = _underlying(token);
        if (underlying != address(0)) {
            (, uint256 ltv) = _terms(underlying);
            if (ltv != 0 || _lines[underlying].supplied.amount != 0) revert InUse(token);
        }
        uint256 amount = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(vault, amount);
        emit Swept(token, amount);
    }

    /// What one of the market's tokens stands for; 0 for any other token.
    function _underlying(address token) private view returns (address underlying) {
        bytes memory asked = abi.encodeCall(IAaveV3Token.UNDERLYING_ASSET_ADDRESS, ());
        bool answered;
        assembly ("memory-safe") {
            answered := staticcall(gas(), token, add(asked, 0x20), mload(asked), 0x00, 0x20)
            answered := and(answered, eq(returndatasize(), 0x20))
            underlying := and(mload(0x00), 0xffffffffffffffffffffffffffffffffffffffff)
        }
        if (!answered || address(_counted(underlying, false)) != token) return address(0);
    }
}
