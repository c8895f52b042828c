package org.probity.agent.checks;

import java.util.Locale;

/** Every check there is, in the order in which they are made. */
public enum CheckName {
  /** The configuration can be read, and each setting used. */
  CONFIGURATION("the configuration"),
  /** What holds a secret is for its owner alone. */
  SECRETS("who can read secrets"),
  /** What the command writes can be written, and does not overwrite anything. */
  OUTPUT("where the result goes"),
  /** An earlier deployment that was cut is of the same vault. */
  RESUMED("what was begun before"),
  /** There is room on the disk. */
  DISK("room on the disk"),
  /** The journal's folder can be written. */
  JOURNAL("the journal's place"),
  /** The API can listen where it is told to. */
  HTTP_PORT("the API's port"),
  /** The API's token is there and for its owner alone, or can be made. */
  TOKEN_FILE("the API's token"),
  /** The policy can be read. */
  POLICY("the policy"),
  /** The strategy opens. */
  STRATEGY("the strategy"),
  /** The strategy decides on features that a vault computes. */
  FEATURES("the strategy's features"),
  /** Each decision of the strategy means something in the policy. */
  POLICY_TARGETS("the policy's targets"),
  /** The reference string opens. */
  SRS("the reference string"),
  /** Off local chains the reference string is a ceremony's. */
  SRS_ORIGIN("the reference string's origin"),
  /** A proof on trial holds: the model was committed under this string. */
  PROOF("a proof on trial"),
  /** The endpoint answers. */
  ENDPOINT("the endpoint"),
  /** The endpoint serves the chain that was named. */
  CHAIN_ID("the chain's id"),
  /** The endpoint is neither synchronising nor behind. */
  SYNCHRONISED("the endpoint's newest block"),
  /** Block 0 is that of the chain with this id. */
  GENESIS("the chain's first block"),
  /** The vault is on the chain. */
  VAULT("the vault"),
  /** The vault obeys the strategy's model. */
  VAULT_MODEL("the vault's model"),
  /** The vault's verifier uses the reference string. */
  VAULT_SRS("the vault's reference string"),
  /** The vault is not paused and has something to trade with. */
  VAULT_MONEY("the vault's money"),
  /** There is a contract at the pool's address. */
  POOL_CODE("the pool's contract"),
  /** It is a Uniswap v3 pool that its own factory knows. */
  POOL("the kind of pool"),
  /** The pool has a price. */
  POOL_INITIALISED("the pool's price"),
  /** The pool has liquidity at its price. */
  POOL_LIQUIDITY("the pool's liquidity"),
  /** The pool's price log has places for as much history as the features need. */
  POOL_CARDINALITY("the places of the pool's price log"),
  /** Both tokens are contracts that say their decimals and symbol. */
  TOKENS("the pool's tokens"),
  /** The Uniswap v3 factory that vaults believe knows the pool. */
  FACTORY("the pool's factory"),
  /** A policy's asset is a token that a vault can count. */
  TOKEN("the token"),
  /** What is moved of it arrives whole, and nothing else changes a balance. */
  TOKEN_TRANSFER("a transfer on trial"),
  /** A policy's feed answers, freshly and within its bounds. */
  FEED("the feed"),
  /** The chain's sequencer is up, where there is one. */
  SEQUENCER("the sequencer"),
  /** A policy's venue answers. */
  VENUE("the venue"),
  /** The lending market is one that this release knows, and bears what the policy wants of it. */
  LENDING("the lending market"),
  /** A reserve of the market can be lent, and borrowed where it is to be. */
  RESERVE("the market's reserve"),
  /** Routes, amounts and program of a policy agree with the chain. */
  POLICY_PARTS("policy and chain"),
  /** Pool and independent price lie within the policy's deviation. */
  PRICES("pool and independent price"),
  /** The policy's sources have features now. */
  SOURCES("the program's sources"),
  /** The policy is one that a vault takes. */
  POLICY_RULES("the rules of policies"),
  /** Nothing in the policy contradicts what it is for. */
  POLICY_BEARING("what the policy bears"),
  /** The agent's account is not the owner's. */
  AGENT("the agent's account"),
  /** Neither owner nor recipient has its key where the command runs. */
  OWNER("the vault's owner"),
  /** Who may veto has no other role. */
  SENTINELS("the vault's sentinels"),
  /** What is there already is what this release would make. */
  FOUNDATION("what vaults share"),
  /** The account has what is to be deposited. */
  DEPOSIT("the deposit"),
  /** The account can pay for gas. */
  GAS("money for gas"),
  /** No transaction of the account is waiting. */
  NONCE("the account's transactions"),
  /** The key opens. */
  KEY("the account's key");

  private final String words;

  CheckName(String words) {
    this.words = words;
  }

  /** The name for machines: {@code pool-cardinality}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The name for people. */
  @Override
  public String toString() {
    return words;
  }
}
