// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Bounds} from "./Bounds.sol";
import {DataAsCode} from "./DataAsCode.sol";
import {
    ASK_BORROW,
    ASK_LIQUID,
    ASK_REPAY,
    ASK_SUPPLY,
    ASK_WORTH,
    ILendingAccount,
    ILendingDesk,
    Loan,
    ReserveState
} from "./ILendingDesk.sol";
import {LoanFeatures} from "./LoanFeatures.sol";
import {HOLD} from "./Policy.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {PolicyEngine} from "./PolicyEngine.sol";
import {PriceGuard} from "./PriceGuard.sol";
import {PriceMath} from "./PriceMath.sol";

/// One movement of a plan between a vault and its lending market, in units of the asset.
struct LoanStep {
    uint8 asset;
    Loan loan;
    uint256 amount;
}

/// What is known when there are references and weights, and no trade has a size yet. By asset, where not said otherwise.
struct LoanAsk {
    /// Where the policy's blob lies as code.
    address policy;
    address vault;
    /// The decision may sell.
    bool sells;
    /// The model's.
    int256[] outputs;
    /// What is free.
    uint256[] books;
    /// Ticks; 0 for the numeraire.
    int24[] refs;
    /// HOLD where an asset is left as it is; the numeraire's is not read.
    uint256[] weights;
}

/// What the market adds to the sizes of trades. By asset, where not said otherwise.
struct Lent {
    address account;
    /// The value of all that is held.
    uint256 total;
    /// The numeraire that there is to buy with before anything is sold.
    uint256 funds;
    /// Free or supplied, in units, and its value at the reference.
    uint256[] held;
    uint256[] values;
    /// The most that a sell may give.
    uint256[] available;
    /// By reserve.
    LoanLine[] lines;
    uint256 minTrade;
    /// The first that the market stood in the way of; token 0 for none.
    address hinderedToken;
    Loan hinderedLoan;
    PolicyEngine.Reason reason;
}

/// What is to become of one reserve; amounts in units of its asset.
struct LoanLine {
    address token;
    uint256 asset;
    /// The square root of the reference's price; 0 for the numeraire.
    uint256 rootX96;
    uint256 free;
    /// To be taken back, sells aside.
    uint256 back;
    /// To be withdrawn at most, sells included.
    uint256 room;
    uint256 borrow;
    uint256 repay;
    /// To be supplied, by the decision and the policy; and what the market takes, where anything is.
    uint256 supply;
    uint256 supplyRoom;
}

/// What a decision comes to with a lending market: how much is taken back, borrowed, repaid and supplied, before and
/// after its trades.
///
/// Two prices are at work. Targets and limits are values at the policy's own references, as trades' are. What the market
/// would refuse, and how near a liquidation is, is reckoned at the market's oracle, in its base currency; it can only make
/// amounts smaller.
///
/// Only views: it holds nothing, moves nothing and asks nobody but the policy's desk.
contract LoanEngine {
    using PolicyBlob for bytes;

    /// The market's state makes less than the smallest trade of what was decided, and nothing else was decided: it has not
    /// as much to give, takes no more, or would be too near to liquidating. Another block may answer otherwise.
    error LoanHindered(address token, Loan loan);

    /// The next policy would not know what is lent or owed of the token: unwind it first.
    error LoanLeft(address token);

    uint256 private constant BPS = Bounds.BPS;
    uint256 private constant ONE = 1 << 96;
    /// The market refuses to leave less health than one; what it rounds is not for us to meet exactly.
    uint256 private constant BRIM_BPS = 10_100;

    // What `opened` works with, in memory. Health is in the market's base currency times basis points.
    struct Work {
        bytes policy;
        address[] tokens;
        ReserveState[] states;
        uint256[] units;
        /// Of the references' prices, by asset; 0 for the numeraire.
        uint256[] roots;
        uint256 minTrade;
        uint256 maxAction;
        bool buys;
        bool takes;
        bool gives;
        /// By reserve, in basis points, HOLD where left as it is.
        uint256[] supplyTo;
        uint256[] oweTo;
        /// What the lines want withdrawn, and owed more, in value.
        uint256[] needs;
        uint256[] wants;
        uint256 floor;
        uint256 debt;
        uint256 slack;
        uint256 brim;
        uint256 lends;
        uint256 repaid;
    }

    /// What there is to trade with, and what is to be lent whatever is traded.
    function opened(LoanAsk calldata ask) external view returns (Lent memory lent) {
        Work memory w;
        w.policy = DataAsCode.read(ask.policy);
        w.minTrade = lent.minTrade = w.policy.numbers().minTrade;
        w.maxAction = w.policy.numbers().maxAction;
        w.roots = new uint256[](ask.refs.length);
        for (uint256 i = 1; i < w.roots.length; i++) {
            w.roots[i] = PriceMath.sqrtRatioX96(ask.refs[i]);
        }
        _looked(w, lent, ask);
        _wanted(w, ask.outputs, ask.books.length - 1);
        _held(w, lent, ask);
        lent.reason = PolicyEngine.Reason.HOLD;
        _debts(w, lent);
        _backs(w, lent);
        _needs(w, lent, ask);
        _supplies(w, lent);
        if (_asked(w, lent)) {
            _health(w);
            _repayments(w, lent, ask);
        }
        _withdrawals(w, lent, ask);
        _borrowings(w, lent);
        _unpayable(w, lent);
    }

    /// The steps, once trades have sizes.
    /// @param lent what `opened` gave
    /// @param sold what is sold of each asset; of the numeraire, what is given for all buys
    /// @param bought a bit for each asset that is bought; the numeraire's where anything is sold
    function closed(Lent calldata lent, uint256[] calldata sold, uint256 bought)
        external
        pure
        returns (LoanStep[] memory before, LoanStep[] memory later, PolicyEngine.Reason reason)
    {
        uint256 reserves = lent.lines.length;
        (before, later) = (new LoanStep[](2 * reserves), new LoanStep[](2 * reserves));
        (uint256 first, uint256 last) = (0, 0);
        reason = lent.reason;
        for (uint256 r = 0; r < reserves; r++) {
            uint256 amount = _withdrawn(lent.lines[r], sold);
            if (amount != 0) before[first++] = LoanStep(uint8(lent.lines[r].asset), Loan.WITHDRAW, amount);
        }
        for (uint256 r = 0; r < reserves; r++) {
            uint256 amount = lent.lines[r].borrow;
            if (amount != 0) before[first++] = LoanStep(uint8(lent.lines[r].asset), Loan.BORROW, amount);
        }
        for (uint256 r = 0; r < reserves; r++) {
            LoanLine calldata line = lent.lines[r];
            if (line.repay == 0) continue;
            uint256 free = line.free + _withdrawn(line, sold) + line.borrow;
            if (free > sold[line.asset] || bought >> line.asset & 1 != 0) {
                later[last++] = LoanStep(uint8(line.asset), Loan.REPAY, line.repay);
            } else {
                reason = _max(reason, PolicyEngine.Reason.FUNDS);
            }
        }
        (address token, Loan loan) = (lent.hinderedToken, lent.hinderedLoan);
        for (uint256 r = 0; r < reserves; r++) {
            LoanLine calldata line = lent.lines[r];
            if (line.supply == 0) continue;
            // What is bought is supplied by the next decision.
            uint256 amount = _supplied(line, sold);
            if (_value(line, amount) < lent.minTrade) {
                reason = _max(reason, PolicyEngine.Reason.FUNDS);
                continue;
            }
            amount = Math.min(amount, line.supplyRoom);
            if (_value(line, amount) >= lent.minTrade) {
                later[last++] = LoanStep(uint8(line.asset), Loan.SUPPLY, amount);
            } else if (token == address(0)) {
                (token, loan) = (line.token, Loan.SUPPLY);
            }
        }
        assembly ("memory-safe") {
            mstore(before, first)
            mstore(later, last)
        }
        if (first + last == 0 && bought == 0 && token != address(0)) revert LoanHindered(token, loan);
    }

    /// For the caller, a vault: what it held of each asset as of a moment, and the features of its loans.
    /// @param books of then, without what is lent
    function featuresAt(address policy, uint32 asOf, int24[] calldata refs, uint256[] calldata books)
        external
        view
        returns (uint256[] memory held, int256[] memory x)
    {
        return LoanFeatures.read(DataAsCode.read(policy), msg.sender, asOf, refs, books);
    }

    /// Reverts where the caller, a vault, has lent or owes what its next policy does not know.
    function requireKnown(address before, address next) external view {
        bytes memory was = DataAsCode.read(before);
        address desk = was.desk();
        if (desk == address(0)) return;
        bytes memory is_ = DataAsCode.read(next);
        bool same = is_.desk() == desk && is_.lendingPool() == was.lendingPool();
        address[] memory known = same ? is_.reserveTokens() : new address[](0);
        address[] memory tokens = was.reserveTokens();
        ILendingAccount account = ILendingAccount(ILendingDesk(desk).accountOf(msg.sender, was.lendingPool()));
        for (uint256 i = 0; i < tokens.length; i++) {
            bool kept;
            for (uint256 j = 0; j < known.length; j++) {
                if (known[j] == tokens[i]) kept = true;
            }
            if (!kept && account.used(tokens[i])) revert LoanLeft(tokens[i]);
        }
    }

    /// What is taken back for the decision's own sake, or as much more as a sell needs.
    function _withdrawn(LoanLine calldata line, uint256[] calldata sold) private pure returns (uint256 amount) {
        amount = Math.min(line.back, line.room);
        if (line.asset != 0) amount = Math.max(amount, _less(sold[line.asset], line.free));
    }

    function _supplied(LoanLine calldata line, uint256[] calldata sold) private pure returns (uint256) {
        return Math.min(line.supply, _less(line.free, sold[line.asset]));
    }

    // ------------------------------------------------------------------------------------------------- what there is

    function _looked(Work memory w, Lent memory lent, LoanAsk calldata ask) private view {
        uint256 count = w.policy.reserves();
        address[] memory tokens = w.tokens = new address[](count);
        lent.lines = new LoanLine[](count);
        w.units = new uint256[](count);
        for (uint256 r = 0; r < count; r++) {
            LoanLine memory line = lent.lines[r];
            (line.asset,) = w.policy.reserve(r);
            line.token = tokens[r] = w.policy.asset(line.asset).token();
            w.units[r] = 10 ** w.policy.asset(line.asset).decimals();
            line.free = ask.books[line.asset];
            line.rootX96 = w.roots[line.asset];
        }
        (lent.account, w.states) = ILendingDesk(w.policy.desk()).owned(ask.vault, w.policy.lendingPool(), tokens);
    }

    /// Asks the market about what is wanted of it, and no more: each answer is a dozen slots of a stranger's.
    /// @return strains whether health counts: for what lowers it alone
    function _asked(Work memory w, Lent memory lent) private view returns (bool strains) {
        bool owes;
        bool needs;
        bool borrows;
        for (uint256 r = 0; r < w.states.length; r++) {
            if (w.states[r].owed != 0) owes = true;
            if (w.needs[r] != 0) needs = true;
            if (w.wants[r] != 0) borrows = true;
        }
        strains = borrows || needs && owes;
        uint256 asks;
        for (uint256 r = 0; r < w.states.length; r++) {
            uint256 ask;
            if (strains && (w.states[r].supplied != 0 || w.states[r].owed != 0 || w.wants[r] != 0)) ask = ASK_WORTH;
            if (w.needs[r] != 0) ask |= ASK_LIQUID;
            if (w.wants[r] != 0) ask |= ASK_BORROW;
            if (lent.lines[r].repay != 0) ask |= ASK_REPAY;
            if (lent.lines[r].supply != 0) ask |= ASK_SUPPLY;
            asks |= ask << 8 * r;
        }
        if (asks == 0) return false;
        w.states =
            ILendingDesk(w.policy.desk()).asked(w.policy.lendingPool(), lent.account, w.tokens, w.states, asks);
        for (uint256 r = 0; r < w.states.length; r++) {
            lent.lines[r].supplyRoom = w.states[r].supplyRoom;
        }
    }

    function _wanted(Work memory w, int256[] calldata outputs, uint256 others) private pure {
        uint256 count = w.policy.reserves();
        (w.supplyTo, w.oweTo) = (new uint256[](count), new uint256[](count));
        uint256 unit = w.policy.weightStepBps();
        if (unit == 0) {
            uint256 decision = uint256(outputs[0]);
            uint16[] memory targets = w.policy.lendingTargets();
            uint256 directions = w.policy.directions()[decision];
            (w.buys, w.takes, w.gives) = (directions & 2 != 0, directions & 4 != 0, directions & 8 != 0);
            for (uint256 r = 0; r < count; r++) {
                uint256 here = 2 * (decision * count + r);
                (w.supplyTo[r], w.oweTo[r]) = (targets[here], targets[here + 1]);
            }
            return;
        }
        (w.buys, w.takes, w.gives) = (true, true, true);
        for (uint256 r = 0; r < count; r++) {
            w.supplyTo[r] = _part(outputs[others + 2 * r], unit);
            w.oweTo[r] = _part(outputs[others + 2 * r + 1], unit);
        }
    }

    function _part(int256 output, uint256 unit) private pure returns (uint256) {
        uint256 steps = output < 0 ? 0 : uint256(output);
        return Math.min(steps, BPS / unit) * unit;
    }

    function _held(Work memory w, Lent memory lent, LoanAsk calldata ask) private pure {
        uint256 assets = ask.books.length;
        (lent.held, lent.available) = (ask.books, ask.books);
        lent.values = new uint256[](assets);
        for (uint256 r = 0; r < w.states.length; r++) {
            lent.held[lent.lines[r].asset] += w.states[r].supplied;
        }
        lent.total = lent.values[0] = lent.held[0];
        for (uint256 i = 1; i < assets; i++) {
            lent.values[i] = PriceMath.valueAt(lent.held[i], w.roots[i]);
            lent.total += lent.values[i];
        }
    }

    // --------------------------------------------------------------------------------------------------------- debts

    /// What is to be repaid, and how much more is to be owed.
    function _debts(Work memory w, Lent memory lent) private pure {
        w.wants = new uint256[](w.states.length);
        uint256 supplied;
        for (uint256 r = 0; r < w.states.length; r++) {
            supplied += _valueOf(lent.lines[r], w.states[r].supplied);
        }
        for (uint256 r = 0; r < w.states.length; r++) {
            if (w.oweTo[r] == HOLD) continue;
            LoanLine memory line = lent.lines[r];
            uint256 owed = w.states[r].owed;
            uint256 value = _valueOf(line, owed);
            uint256 target = _target(w, r, supplied);
            PolicyEngine.Reason why = PolicyEngine.Reason.AT_TARGET;
            if (target > value) {
                if (target - value >= w.minTrade) {
                    if (w.takes) w.wants[r] = target - value;
                    else why = PolicyEngine.Reason.DIRECTION;
                }
            } else if (target == 0 ? owed != 0 : value - target >= w.minTrade) {
                if (w.gives) line.repay = target == 0 ? owed : Math.mulDiv(owed, value - target, value);
                else why = PolicyEngine.Reason.DIRECTION;
            }
            lent.reason = _max(lent.reason, why);
        }
    }

    function _target(Work memory w, uint256 r, uint256 supplied) private pure returns (uint256) {
        (, bool borrowable) = w.policy.reserve(r);
        if (!borrowable) return 0;
        (, uint256 most) = w.policy.reserveLimits(r);
        return Math.min(supplied * w.oweTo[r] / BPS, most);
    }

    // -------------------------------------------------------------------------------------------------------- health

    function _health(Work memory w) private pure {
        w.floor = w.policy.healthFloorBps();
        uint256 holds;
        for (uint256 r = 0; r < w.states.length; r++) {
            ReserveState memory state = w.states[r];
            uint256 base = _base(w, r, state.supplied);
            holds += base * _lessOne(state.thresholdBps);
            w.lends += base * _lessOne(state.ltvBps);
            w.debt += _baseUp(w, r, state.owed);
        }
        w.slack = _less(holds, w.debt * w.floor);
        w.brim = _less(holds, w.debt * BRIM_BPS);
    }

    /// What will be repaid lets more go before it, as far as the trades that the weights ask for leave it free.
    function _repayments(Work memory w, Lent memory lent, LoanAsk calldata ask) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            LoanLine memory line = lent.lines[r];
            if (line.repay == 0 || !w.states[r].repayable) continue;
            uint256 left = line.asset == 0 ? _numeraireLeft(w, lent, ask, line) : _assetLeft(w, lent, ask, line);
            w.repaid += _base(w, r, Math.min(line.repay, left));
        }
    }

    function _numeraireLeft(Work memory w, Lent memory lent, LoanAsk calldata ask, LoanLine memory line)
        private
        pure
        returns (uint256)
    {
        (uint256 brought, uint256 spent) = (line.free + line.back, 0);
        for (uint256 i = 1; i < ask.books.length; i++) {
            (bool sell, uint256 value) = _gap(w, lent, ask, i);
            if (sell) brought += Math.min(value, w.maxAction);
            else spent += Math.min(value, w.maxAction);
        }
        return _less(brought, spent);
    }

    function _assetLeft(Work memory w, Lent memory lent, LoanAsk calldata ask, LoanLine memory line)
        private
        pure
        returns (uint256)
    {
        uint256 i = line.asset;
        (bool sell, uint256 value) = _gap(w, lent, ask, i);
        value = Math.min(value, w.maxAction);
        uint256 free = line.free + line.back;
        if (!sell) return free + _unitsOf(line, value);
        return _less(free, Math.mulDiv(lent.held[i], value, lent.values[i]));
    }

    /// What the weights ask to trade of an asset, before any cap: a value, 0 where nothing is.
    function _gap(Work memory w, Lent memory lent, LoanAsk calldata ask, uint256 i)
        private
        pure
        returns (bool sell, uint256 value)
    {
        if (ask.weights[i] == HOLD) return (false, 0);
        (uint256 has, uint256 target) = (lent.values[i], lent.total * ask.weights[i] / BPS);
        sell = target < has;
        value = sell ? has - target : target - has;
        bool may = sell ? ask.sells : w.buys && !w.policy.asset(i).sellOnly();
        if (!may || value < lent.minTrade) return (false, 0);
    }

    /// The market rounds the mean of all thresholds down.
    function _lessOne(uint256 bps) private pure returns (uint256) {
        return bps == 0 ? 0 : bps - 1;
    }

    function _base(Work memory w, uint256 r, uint256 amount) private pure returns (uint256) {
        return Math.mulDiv(amount, w.states[r].price, w.units[r]);
    }

    function _baseUp(Work memory w, uint256 r, uint256 amount) private pure returns (uint256) {
        return Math.mulDiv(amount, w.states[r].price, w.units[r], Math.Rounding.Ceil);
    }

    // --------------------------------------------------------------------------------------------------- withdrawals

    function _needs(Work memory w, Lent memory lent, LoanAsk calldata ask) private pure {
        w.needs = new uint256[](w.states.length);
        for (uint256 r = 0; r < w.states.length; r++) {
            LoanLine memory line = lent.lines[r];
            uint256 need = line.asset == 0 ? 0 : _less(_sells(w, lent, ask, line.asset), line.free);
            w.needs[r] = Math.max(need, line.back);
        }
    }

    function _withdrawals(Work memory w, Lent memory lent, LoanAsk calldata ask) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            LoanLine memory line = lent.lines[r];
            uint256 need = w.needs[r];
            if (need == 0) continue;
            line.room = _room(w, r, need);
            if (_valueOf(line, line.room) < w.minTrade && _valueOf(line, need) >= w.minTrade) {
                line.room = 0;
                _hindered(lent, line.token, Loan.WITHDRAW);
            }
            _take(w, r, line.room);
            lent.available[line.asset] += line.room;
        }
        lent.funds = ask.books[0];
        for (uint256 r = 0; r < w.states.length; r++) {
            LoanLine memory line = lent.lines[r];
            if (line.asset == 0) lent.funds += Math.min(line.back, line.room);
        }
    }

    function _backs(Work memory w, Lent memory lent) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            lent.lines[r].back = _back(w, lent, r);
        }
    }

    /// What the decision itself takes back of a reserve.
    function _back(Work memory w, Lent memory lent, uint256 r) private pure returns (uint256 back) {
        if (w.supplyTo[r] == HOLD) return 0;
        uint256 supplied = w.states[r].supplied;
        uint256 target = Math.mulDiv(lent.held[lent.lines[r].asset], w.supplyTo[r], BPS);
        back = _less(supplied, target);
        bool crumb = _valueOf(lent.lines[r], back) < w.minTrade;
        PolicyEngine.Reason why = PolicyEngine.Reason.AT_TARGET;
        if (!crumb && !w.takes) why = PolicyEngine.Reason.DIRECTION;
        lent.reason = _max(lent.reason, why);
        if (crumb || !w.takes) back = 0;
    }

    function _sells(Work memory w, Lent memory lent, LoanAsk calldata ask, uint256 i) private pure returns (uint256) {
        (bool sell, uint256 value) = _gap(w, lent, ask, i);
        return sell ? Math.mulDiv(lent.held[i], value, lent.values[i]) : 0;
    }

    /// What can be withdrawn now, and leaves enough health.
    function _room(Work memory w, uint256 r, uint256 need) private pure returns (uint256 room) {
        ReserveState memory state = w.states[r];
        room = Math.min(Math.min(state.supplied, state.liquid), need);
        uint256 threshold = _lessOne(state.thresholdBps);
        if (w.debt == 0 || threshold == 0) return room;
        if (state.price == 0) return 0;
        uint256 most = Math.min(w.slack / threshold + w.repaid, w.brim / threshold);
        return Math.min(room, Math.mulDiv(most, w.units[r], state.price));
    }

    function _take(Work memory w, uint256 r, uint256 amount) private pure {
        uint256 base = _baseUp(w, r, amount);
        uint256 threshold = _lessOne(w.states[r].thresholdBps);
        w.lends = _less(w.lends, base * _lessOne(w.states[r].ltvBps));
        if (threshold == 0) return;
        w.repaid = _less(w.repaid, _less(base, w.slack / threshold));
        w.slack = _less(w.slack, base * threshold);
        w.brim = _less(w.brim, base * threshold);
    }

    // ---------------------------------------------------------------------------------------------------- borrowings

    function _borrowings(Work memory w, Lent memory lent) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            if (w.wants[r] == 0) continue;
            LoanLine memory line = lent.lines[r];
            uint256 units = _borrowed(w, r, _unitsOf(line, w.wants[r]));
            if (_valueOf(line, units) < w.minTrade) {
                _hindered(lent, line.token, Loan.BORROW);
                continue;
            }
            uint256 base = _baseUp(w, r, units);
            w.debt += base;
            w.slack = _less(w.slack, base * w.floor);
            line.borrow = units;
            if (line.asset == 0) lent.funds += units;
        }
    }

    function _borrowed(Work memory w, uint256 r, uint256 wanted) private pure returns (uint256) {
        ReserveState memory state = w.states[r];
        if (state.price == 0) return 0;
        uint256 most = Math.min(w.slack / w.floor, _less(w.lends, w.debt * BPS) / BPS);
        most = Math.mulDiv(most * 9999 / BPS, w.units[r], state.price);
        return Math.min(Math.min(most, wanted), state.borrowRoom);
    }

    // ---------------------------------------------------------------------------------------- repayments and supplies

    function _unpayable(Work memory w, Lent memory lent) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            LoanLine memory line = lent.lines[r];
            if (line.repay == 0 || w.states[r].repayable) continue;
            line.repay = 0;
            _hindered(lent, line.token, Loan.REPAY);
        }
    }

    function _supplies(Work memory w, Lent memory lent) private pure {
        for (uint256 r = 0; r < w.states.length; r++) {
            if (w.supplyTo[r] == HOLD) continue;
            LoanLine memory line = lent.lines[r];
            uint256 supplied = w.states[r].supplied;
            uint256 wanted = _less(Math.mulDiv(lent.held[line.asset], w.supplyTo[r], BPS), supplied);
            if (_valueOf(line, wanted) < w.minTrade) continue;
            if (!w.gives) {
                lent.reason = _max(lent.reason, PolicyEngine.Reason.DIRECTION);
                continue;
            }
            (uint256 most,) = w.policy.reserveLimits(r);
            wanted = Math.min(wanted, _unitsOf(line, _less(most, _valueOf(line, supplied))));
            if (_valueOf(line, wanted) < w.minTrade) {
                lent.reason = _max(lent.reason, PolicyEngine.Reason.EXPOSURE);
                continue;
            }
            line.supply = wanted;
        }
    }

    // ----------------------------------------------------------------------------------------------------------- how

    function _hindered(Lent memory lent, address token, Loan loan) private pure {
        if (lent.hinderedToken == address(0)) (lent.hinderedToken, lent.hinderedLoan) = (token, loan);
    }

    function _valueOf(LoanLine memory line, uint256 amount) private pure returns (uint256) {
        return line.rootX96 == 0 ? amount : PriceMath.valueAt(amount, line.rootX96);
    }

    function _value(LoanLine calldata line, uint256 amount) private pure returns (uint256) {
        return line.rootX96 == 0 ? amount : PriceMath.valueAt(amount, line.rootX96);
    }

    function _unitsOf(LoanLine memory line, uint256 value) private pure returns (uint256) {
        return line.rootX96 == 0 ? value : Math.mulDiv(value, ONE, PriceGuard.squared(line.rootX96));
    }

    function _less(uint256 more, uint256 less) private pure returns (uint256) {
        return more > less ? more - less : 0;
    }

    function _max(PolicyEngine.Reason a, PolicyEngine.Reason b) private pure returns (PolicyEngine.Reason) {
        return a < b ? b : a;
    }
}
