// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {ModelRegistry} from "vault/ModelRegistry.sol";
import {ProofBoundVault} from "vault/ProofBoundVault.sol";
import {TwapFeatureSource} from "vault/TwapFeatureSource.sol";
import {IUniswapV3Pool} from "vault/IUniswapV3Pool.sol";
import {Authorised} from "./Authorised.sol";
import {Pool, Searcher} from "test/Searcher.sol";
import {VM} from "./Vm.sol";

interface Factory {
    function createPool(address a, address b, uint24 fee) external returns (address pool);
}

/// A funded vault on a real Uniswap v3 pool (its published byte code) with two hours of history, at a price of one.
/// `ForgeReplay` in Java builds the same one.
contract World {
    uint256 internal constant BEGIN = 1_750_000_000;
    uint256 internal constant HISTORY = 8_000;
    int24 internal constant FULL = 887_270;
    uint128 internal constant DEPTH = 1e24;
    uint256 internal constant FUNDS = 1e23;
    uint256 internal constant HOLD = 0xffff;

    address internal constant OWNER = address(uint160(uint256(keccak256("owner"))));

    TestToken internal base;
    TestToken internal quote;
    Pool internal pool;
    Searcher internal searcher;
    ModelRegistry internal registry;
    bytes32 internal modelId;
    TwapFeatureSource internal source;
    Authorised internal verifier;
    ProofBoundVault internal vault;

    constructor() {
        VM.warp(BEGIN);
        base = new TestToken("Base", "BASE", 18);
        quote = new TestToken("Quote", "QUOTE", 18);
        pool = Pool(_published("UniswapV3Factory").createPool(address(base), address(quote), 500));
        pool.initialize(1 << 96);
        pool.increaseObservationCardinalityNext(100);
        searcher = new Searcher(pool);
        searcher.provide(-FULL, FULL, DEPTH);
        VM.warp(BEGIN + HISTORY);

        registry = new ModelRegistry();
        VM.prank(OWNER);
        modelId = registry.register(0, modelKey(0), 0);
        source = new TwapFeatureSource(_horizons(), 4);
        verifier = new Authorised();
        vault = new ProofBoundVault(
            ProofBoundVault.Parts(
                OWNER, registry, modelId, verifier, source, IUniswapV3Pool(address(pool)), address(base)
            ),
            policy(100, 1, 86_400, 1e20, 4e22)
        );
        base.mint(OWNER, 1e30);
        quote.mint(OWNER, 1e30);
        VM.startPrank(OWNER);
        base.approve(address(vault), type(uint256).max);
        quote.approve(address(vault), type(uint256).max);
        vault.deposit(FUNDS, FUNDS);
        VM.stopPrank();
    }

    /// To a fifth, as it is, to four fifths.
    function policy(uint16 slippageBps, uint32 step, uint32 epoch, uint128 minTrade, uint128 budget)
        internal
        pure
        returns (ProofBoundVault.Policy memory)
    {
        return ProofBoundVault.Policy(
            slippageBps, 120, step, epoch, 3, minTrade, budget, 2000 | (HOLD << 16) | (8000 << 32)
        );
    }

    /// A key of the right shape: an ARGMAX head, four rows, three layers, 20 inputs.
    function modelKey(uint8 filling) internal pure returns (bytes memory key) {
        key = new bytes(8 + 3 * 4 + 4 * 64);
        for (uint256 i = 8; i < key.length; i++) {
            key[i] = bytes1(filling);
        }
        (key[0], key[2], key[3], key[7]) = (bytes1(0x01), bytes1(0x02), bytes1(0x03), bytes1(0x14));
    }

    /// The call of an execution that somebody has authorised.
    function _authorised(uint256 deadline, uint32 asOf, uint256 decision) internal returns (bytes memory) {
        (bytes memory indices,) = source.locate(address(pool), asOf);
        (int256[] memory x, bytes32 context,) = vault.preview(deadline, asOf, indices, decision);
        int256[] memory y = new int256[](1);
        y[0] = int256(decision);
        verifier.authorise(registry.modelKey(modelId), x, y, context);
        return abi.encodeCall(vault.execute, (vault.state().nonce, deadline, asOf, indices, decision, ""));
    }

    function _horizons() private pure returns (uint32[] memory list) {
        uint8[17] memory minutes_ = [1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 105, 120];
        list = new uint32[](17);
        for (uint256 i = 0; i < 17; i++) {
            list[i] = uint32(minutes_[i]) * 60;
        }
    }

    function _published(string memory name) private returns (Factory made) {
        string memory file = string.concat("../node_modules/@uniswap/v3-core/artifacts/contracts/", name, ".sol/", name, ".json");
        bytes memory code = VM.parseJsonBytes(VM.readFile(file), ".bytecode");
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(address(made) != address(0));
    }
}
