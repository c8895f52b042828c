// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// All that an owner allows. Stored as one blob, whose hash is a part of every decision's context: another policy, and
/// no proof in flight holds.
///
/// Asset 0 is the *numeraire*, the unit of every value and limit; each step trades one other asset against it. Ticks
/// are oriented: a higher one is a dearer asset, in the numeraire.
struct Policy {
    Limits limits;
    Model model;
    Parts parts;
}

/// How much, how often, at what price.
struct Limits {
    Numbers numbers;
    /// One for each asset but the numeraire.
    Exposure[] exposures;
    /// One for each of the parts' pools.
    PoolLimits[] pools;
    /// One for each of the parts' venues.
    PoolLimits[] venues;
    /// One for each of the parts' reserves.
    ReserveLimits[] reserves;
    /// What the health factor may fall to by what the vault does, in basis points of one; 0 without lending.
    uint32 healthFloorBps;
}

/// Amounts are in units of the numeraire.
struct Numbers {
    /// Decisions are as of multiples of it, in seconds since the epoch.
    uint32 step;
    /// How old a decision may be at execution, in seconds; at most half of the step.
    uint32 maxAge;
    /// Seconds between two executions that trade, by the block's clock; at most step - maxAge.
    uint32 minInterval;
    /// Seconds that means are taken over.
    uint32 window;
    /// Seconds after which a tick that stands is its own past.
    uint32 settle;
    /// The worst price against each of three prices, fees included.
    uint16 maxSlippageBps;
    /// How far the start of the block may be from the means, in ticks.
    uint16 maxDrift;
    /// Ticks of impact beyond what the depth share needs.
    uint16 impactMargin;
    /// The part of fee times depth that a step may take: at 10000 a sandwich breaks even.
    uint16 depthShareBps;
    /// The least part of a step that must be filled.
    uint16 minFillBps;
    /// How far pool and independent price may lie apart.
    uint16 maxDeviationBps;
    /// Seconds that a sequencer must have been up, where the chain has one.
    uint32 sequencerGrace;
    uint128 minTrade;
    /// The most of one step.
    uint128 maxAction;
    /// Leaks away in turnoverWindow seconds: in any time t at most turnover * (1 + t / window).
    uint128 turnover;
    uint32 turnoverWindow;
    uint96 dayLoss;
    uint96 monthLoss;
    uint96 maxLossPerAction;
}

/// What a buy may raise an asset to: its value, and its part of all.
struct Exposure {
    uint128 most;
    uint16 mostBps;
}

struct PoolLimits {
    /// In-range liquidity, over the window and now, under which nothing is traded.
    uint128 minLiquidity;
    /// What sizes are reckoned with: the liquidity that *others* are believed to keep here; at most minLiquidity.
    uint128 countedLiquidity;
}

/// Amounts are values at the reference, in units of the numeraire.
struct ReserveLimits {
    uint128 mostSupplied;
    uint128 mostBorrowed;
}

/// Who decides, on what, and what a decision means.
struct Model {
    /// keccak256 of the key, which lies at `code`.
    bytes32 digest;
    address code;
    /// Who acts for the model: any account but the owner's.
    address agent;
    /// ARGMAX: for each class, and in it for each asset but the numeraire, the weight to trade to in basis points, or
    /// HOLD. Empty for a LINEAR head, whose outputs are weights.
    uint16[] targets;
    /// ARGMAX: for each class what it may do: bit 0 sells, bit 1 buys; with lending also bit 2 borrows and takes back,
    /// bit 3 repays and supplies.
    uint8[] directions;
    /// LINEAR: the basis points that one unit of output means.
    uint16 weightStepBps;
    /// The model's inputs, one after the other.
    Feature[] program;
    /// ARGMAX with lending: for each class, and in it for each reserve, two numbers in basis points, or HOLD: which part of
    /// all that is held of the asset is to be supplied, and how much of it is to be owed, as a part of the value of all
    /// that is supplied. A LINEAR head has the same as further outputs, in its own unit.
    uint16[] lendingTargets;
}

struct Feature {
    /// An IFeatureSource; 0 for the vault's own books, and with one byte of parameters for its loans.
    address source;
    uint16 width;
    bytes parameters;
}

/// With whom.
struct Parts {
    Asset[] assets;
    PoolPart[] pools;
    /// An IAction for Uniswap v3: trades along the routes.
    address action;
    /// Where else an asset may be traded against the numeraire. Prices are the route's, wherever it is traded.
    Venue[] venues;
    Lending lending;
}

/// Another place to trade one asset against the numeraire.
struct Venue {
    uint8 asset;
    /// An IVenue.
    address action;
    /// All that is charged on the way, in hundredths of a basis point.
    uint24 fee;
    /// The way from the asset to the numeraire, in the action's own words.
    bytes parameters;
}

/// Where tokens are lent and borrowed: `desk` 0 for nowhere.
struct Lending {
    /// An ILendingDesk.
    address desk;
    /// The market's pool.
    address pool;
    /// The market's category of efficiency; 0 for none.
    uint8 eMode;
    Reserve[] reserves;
}

struct Reserve {
    uint8 asset;
    /// It may be borrowed, too.
    bool borrowable;
}

struct Asset {
    address token;
    uint8 decimals;
    /// Nothing more of it is bought.
    bool sellOnly;
    /// The pools between the asset and the numeraire, from the asset on; none for the numeraire.
    Hop[] route;
    /// An independent price: `feed.proxy` 0 for none.
    Feed feed;
    /// The feed's answer is in the numeraire itself, as the policy's author states.
    bool feedInNumeraire;
    /// Another pool of asset and numeraire as the independent price: its index and 1; 0 for none.
    uint8 secondPool;
    bool secondInverted;
}

struct Hop {
    uint8 pool;
    /// The asset's side of the pool is its token1.
    bool inverted;
}

struct PoolPart {
    address pool;
    /// In hundredths of a basis point.
    uint24 fee;
}

/// A Chainlink proxy, and what its answers must be like.
struct Feed {
    address proxy;
    uint8 decimals;
    uint32 heartbeat;
    uint128 least;
    uint128 most;
}

// A weight that means: leave this asset as it is.
uint16 constant HOLD = 0xffff;
