// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {TestToken} from "chain/TestToken.sol";
import {DrivenManager, DrivenPool, V4Driver} from "sim/V4Driver.sol";
import {Step} from "vault/IAction.sol";
import {IVenue} from "vault/IVenue.sol";
import {IUniswapV3Factory} from "vault/IUniswapV3Pool.sol";
import {HooklessPool} from "vault/UniswapV4Action.sol";
import {Pool} from "test/Searcher.sol";
import {Attacker} from "./Attacker.sol";
import {Deployed} from "./Deployed.sol";
import {VM} from "./Vm.sol";

/// Cheat codes that only the tests of venues use.
interface Purse {
    function deal(address account, uint256 wei_) external;
}

interface PairFactory {
    function createPair(address a, address b) external returns (address pair);
}

interface PairShares {
    function mint(address to) external returns (uint256);
}

interface ProtocolFees {
    function setProtocolFeeController(address controller) external;
    function setProtocolFee(DrivenPool calldata pool, uint24 fee) external;
}

/// Ether as a token, one for one.
contract WrappedEther is ERC20("Wrapped ether", "WETH") {
    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        _mint(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        _burn(msg.sender, amount);
        (bool done,) = msg.sender.call{value: amount}("");
        require(done);
    }
}

/// Uniswap's published byte code of all versions, with us as whoever trades through an action, and as everybody else.
abstract contract VenueMarkets {
    uint256 internal constant Q96 = 1 << 96;
    Purse internal constant PURSE = Purse(address(VM));
    address internal constant ANYONE = address(uint160(uint256(keccak256("anyone"))));

    PairFactory internal pairs;
    IUniswapV3Factory internal pools;
    DrivenManager internal manager;
    V4Driver internal driver;
    WrappedEther internal weth;
    /// The way goes from the first to the last.
    TestToken[4] internal tokens;

    function _deploy() internal {
        pairs = PairFactory(Deployed.ofTests("UniswapV2Factory", abi.encode(address(0))));
        pools = IUniswapV3Factory(Deployed.uniswap("UniswapV3Factory"));
        manager = DrivenManager(Deployed.ofTests("UniswapV4PoolManager", abi.encode(address(this))));
        ProtocolFees(address(manager)).setProtocolFeeController(address(this));
        driver = new V4Driver(manager);
        weth = new WrappedEther();
        for (uint256 i = 0; i < 4; i++) {
            tokens[i] = TestToken(Deployed.token("Token", "T"));
        }
        PURSE.deal(address(driver), 1e30);
    }

    // ---- markets ----

    function _pair(address a, uint256 amountA, address b, uint256 amountB) internal returns (address pair) {
        pair = pairs.createPair(a, b);
        _fill(pair, a, amountA, b, amountB);
    }

    function _fill(address pair, address a, uint256 amountA, address b, uint256 amountB) internal {
        TestToken(a).mint(pair, amountA);
        TestToken(b).mint(pair, amountB);
        PairShares(pair).mint(ANYONE);
    }

    /// A pool of v3 over all prices, at this price of a in b.
    function _pool3(address a, address b, uint24 fee, int24 tick, uint128 depth) internal returns (Pool pool) {
        pool = Pool(_created(a, b, fee));
        pool.initialize(_root(a < b ? tick : -tick));
        int24 range = fee == 10_000 ? int24(887_200) : int24(887_220);
        new Attacker(pool).provide(-range, range, depth);
    }

    function _created(address a, address b, uint24 fee) internal returns (address) {
        (bool done, bytes memory made) =
            address(pools).call(abi.encodeWithSignature("createPool(address,address,uint24)", a, b, fee));
        require(done);
        return abi.decode(made, (address));
    }

    /// A pool of v4, likewise, in a range of so many ticks around its price; 0 for all prices. Ether is address 0.
    function _pool4(address a, address b, uint24 fee, int24 tick, uint128 depth, int24 range)
        internal
        returns (HooklessPool memory pool)
    {
        bool straight = a < b;
        pool = straight ? HooklessPool(a, b, fee, 60, 0) : HooklessPool(b, a, fee, 60, 0);
        int24 oriented = straight ? tick : -tick;
        manager.initialize(_key(pool), _root(oriented));
        int24 middle = oriented / 60 * 60;
        _fund(pool.currency0);
        _fund(pool.currency1);
        driver.provide(
            _key(pool),
            range == 0 ? int24(-887_220) : middle - range,
            range == 0 ? int24(887_220) : middle + range,
            int256(uint256(depth))
        );
    }

    function _fund(address currency) private {
        if (currency != address(0) && currency != address(weth)) TestToken(currency).mint(address(driver), 1e30);
    }

    function _key(HooklessPool memory pool) internal pure returns (DrivenPool memory) {
        return DrivenPool(pool.currency0, pool.currency1, pool.fee, pool.tickSpacing, address(0));
    }

    /// The root of 1.0001 to the tick, by squaring.
    function _root(int24 tick) internal pure returns (uint160) {
        uint256 root = Q96;
        // 1.0001 ^ (1/2) * 2^96
        uint256 power = 79232123823359799118286999567;
        for (uint24 left = uint24(tick < 0 ? -tick : tick); left != 0; left >>= 1) {
            if (left & 1 == 1) root = root * power / Q96;
            power = power * power / Q96;
        }
        return uint160(tick < 0 ? Q96 * Q96 / root : root);
    }

    // ---- trading ----

    /// A step through an action, as a vault does it: exactly the amount is approved, and nothing is left anywhere.
    function _trade(IVenue action, bytes memory way, address tokenIn, uint256 amount, address tokenOut)
        internal
        returns (uint256 got)
    {
        _approve(address(action), tokenIn, amount);
        uint256 before = TestToken(tokenOut).balanceOf(address(this));
        uint256 had = TestToken(tokenIn).balanceOf(address(this));
        action.run(way, Step(tokenIn, amount, tokenOut, 0));
        require(had - TestToken(tokenIn).balanceOf(address(this)) == amount, "took something else");
        require(TestToken(tokenIn).allowance(address(this), address(action)) == 0, "an approval is left");
        _empty(address(action));
        return TestToken(tokenOut).balanceOf(address(this)) - before;
    }

    function _empty(address action) internal view {
        for (uint256 i = 0; i < 4; i++) {
            require(tokens[i].balanceOf(action) == 0, "a token is left");
        }
        require(weth.balanceOf(action) == 0 && action.balance == 0, "ether is left");
    }

    function _approve(address action, address token, uint256 amount) internal {
        if (token == address(weth)) {
            PURSE.deal(address(this), amount);
            weth.deposit{value: amount}();
        } else {
            TestToken(token).mint(address(this), amount);
        }
        TestToken(token).approve(action, amount);
    }

    function _refusedRun(IVenue action, bytes memory way, Step memory step, bytes memory why) internal {
        _approve(address(action), step.tokenIn, step.amountIn);
        _refused(address(action), abi.encodeCall(action.run, (way, step)), why);
        TestToken(step.tokenIn).approve(address(action), 0);
    }

    function _refused(address target, bytes memory call, bytes memory why) internal {
        (bool done, bytes memory reason) = target.call(call);
        require(!done, "not refused");
        require(
            keccak256(reason) == keccak256(why), string.concat("refused for another reason: ", VM.toString(reason))
        );
    }

    // ---- ways ----

    /// Of so many of these, from the first on.
    function _first(address[] memory all, uint256 count) internal pure returns (address[] memory some) {
        some = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            some[i] = all[i];
        }
    }

    function _one(address only) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = only;
    }

    /// Equal but for a billionth.
    function _near(uint256 a, uint256 b) internal pure returns (bool) {
        uint256 apart = a > b ? a - b : b - a;
        return apart <= b / 1e9;
    }
}
