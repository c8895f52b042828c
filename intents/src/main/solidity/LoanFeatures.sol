// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bounds} from "./Bounds.sol";
import {ILendingAccount, ILendingDesk} from "./ILendingDesk.sol";
import {PolicyBlob} from "./PolicyBlob.sol";
import {PriceMath} from "./PriceMath.sol";

/// A vault's loans as of a moment, at the references of that moment; the market's oracle is not asked, and who trades or
/// lends now changes nothing.
///
/// The health factor in hundredths, at most 1000, and 1000 without debt; then for each reserve four: what is supplied and
/// what is owed, in basis points of all that is held, at most 10000, less 5000; and the yearly rates of supply and debt in
/// basis points, at most 9999. `org.probity.strategy.feature.OwnLoans` repeats it, number for number.
library LoanFeatures {
    using PolicyBlob for bytes;

    uint256 private constant BPS = Bounds.BPS;
    uint256 private constant HEALTH_MOST = 1000;
    uint256 private constant RATE_MOST = 9999;

    // As the vault's account has them, by reserve.
    struct Loans {
        uint256[] supplied;
        uint256[] owed;
        uint256[2][] rates;
        uint256[] thresholdBps;
        /// Of the references' prices, by asset; 0 for the numeraire.
        uint256[] rootsX96;
    }

    /// @param policy the blob
    /// @param books of the vault as of the moment, without what is lent; by asset
    /// @return held of each asset, with what is supplied of it
    /// @return x 1 + 4 * reserves
    function read(bytes memory policy, address vault, uint32 asOf, int24[] memory refs, uint256[] memory books)
        internal
        view
        returns (uint256[] memory held, int256[] memory x)
    {
        Loans memory loans = _asOf(policy, vault, asOf);
        uint256 reserves = loans.supplied.length;
        held = books;
        for (uint256 r = 0; r < reserves; r++) {
            (uint256 i,) = policy.reserve(r);
            held[i] += loans.supplied[r];
        }
        loans.rootsX96 = new uint256[](held.length);
        uint256 total = held[0];
        for (uint256 i = 1; i < held.length; i++) {
            loans.rootsX96[i] = PriceMath.sqrtRatioX96(refs[i]);
            total += PriceMath.valueAt(held[i], loans.rootsX96[i]);
        }
        x = new int256[](1 + 4 * reserves);
        uint256 secured;
        uint256 debt;
        for (uint256 r = 0; r < reserves; r++) {
            (uint256 i,) = policy.reserve(r);
            uint256 value = _value(loans.supplied[r], loans.rootsX96[i]);
            secured += value * loans.thresholdBps[r];
            x[4 * r + 1] = _part(value, total);
            value = _value(loans.owed[r], loans.rootsX96[i]);
            debt += value;
            x[4 * r + 2] = _part(value, total);
            x[4 * r + 3] = int256(_most(loans.rates[r][0], RATE_MOST));
            x[4 * r + 4] = int256(_most(loans.rates[r][1], RATE_MOST));
        }
        x[0] = int256(debt == 0 ? HEALTH_MOST : _most(100 * secured / (BPS * debt), HEALTH_MOST));
    }

    function _asOf(bytes memory policy, address vault, uint32 asOf) private view returns (Loans memory loans) {
        address account = ILendingDesk(policy.desk()).accountOf(vault, policy.lendingPool());
        (loans.supplied, loans.owed, loans.rates, loans.thresholdBps) =
            ILendingAccount(account).asOf(asOf, policy.numbers().step, policy.reserveTokens());
    }

    /// @param rootX96 0 for the numeraire
    function _value(uint256 amount, uint256 rootX96) private pure returns (uint256) {
        return rootX96 == 0 ? amount : PriceMath.valueAt(amount, rootX96);
    }

    function _part(uint256 value, uint256 total) private pure returns (int256) {
        return int256(total == 0 ? 0 : _most(value * BPS / total, BPS)) - 5000;
    }

    function _most(uint256 value, uint256 most) private pure returns (uint256) {
        return value < most ? value : most;
    }
}
