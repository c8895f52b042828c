package org.probity.sim.market;

/** The codes with which Aave v3 reverts ({@code Errors.sol} of core-v3). */
final class LendingErrors {

  static final String INVALID_MINT_AMOUNT = "24";
  static final String INVALID_BURN_AMOUNT = "25";
  static final String INVALID_AMOUNT = "26";
  static final String RESERVE_INACTIVE = "27";
  static final String RESERVE_FROZEN = "28";
  static final String RESERVE_PAUSED = "29";
  static final String BORROWING_NOT_ENABLED = "30";
  static final String NOT_ENOUGH_BALANCE = "32";
  static final String NO_COLLATERAL = "34";
  static final String HEALTH_FACTOR_TOO_LOW = "35";
  static final String COLLATERAL_CANNOT_COVER = "36";
  static final String NO_DEBT = "39";
  static final String NO_EXPLICIT_AMOUNT = "40";
  static final String UNDERLYING_BALANCE_ZERO = "43";
  static final String HEALTH_FACTOR_NOT_BELOW_THRESHOLD = "45";
  static final String COLLATERAL_CANNOT_BE_LIQUIDATED = "46";
  static final String CURRENCY_NOT_BORROWED = "47";
  static final String BORROW_CAP_EXCEEDED = "50";
  static final String SUPPLY_CAP_EXCEEDED = "51";
  static final String LTV_VALIDATION_FAILED = "57";
  static final String LTV_ZERO = "62";
  static final String FLASH_LOAN_DISABLED = "91";

  /** The reserve's token refuses: it has a text of its own. */
  static final String TOKEN_BALANCE = "the reserve holds too little of its token";

  private LendingErrors() {}
}
