// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {VM} from "./Vm.sol";

/// Contracts as they are deployed: the build compiles them with its optimiser, which takes too long for the tests
/// themselves. `node build/contracts.mjs intents` makes them anew.
library Deployed {
    string private constant OURS = "target/classes/contracts/";
    string private constant OF_TESTS = "target/test-classes/contracts/";
    string private constant OF_CHAINS = "../chain-adapters/target/classes/contracts/";
    string private constant UNISWAP = "../node_modules/@uniswap/v3-core/artifacts/contracts/";

    /// One of the vault's contracts; refuses in its constructor's words.
    function ours(string memory name, bytes memory arguments) internal returns (address) {
        return _at(string.concat(OURS, name, ".json"), arguments);
    }

    /// What makes one of the vault's contracts, without its constructor's arguments.
    function code(string memory name) internal view returns (bytes memory) {
        return _code(string.concat(OURS, name, ".json"));
    }

    function ofTests(string memory name, bytes memory arguments) internal returns (address) {
        return _at(string.concat(OF_TESTS, name, ".json"), arguments);
    }

    /// One of others' contracts that a local chain has.
    function ofChains(string memory name, bytes memory arguments) internal returns (address) {
        return _at(string.concat(OF_CHAINS, name, ".json"), arguments);
    }

    function token(string memory name, string memory symbol) internal returns (address) {
        return ofChains("TestToken", abi.encode(name, symbol, 18));
    }

    function uniswap(string memory name) internal returns (address) {
        return _at(string.concat(UNISWAP, name, ".sol/", name, ".json"), "");
    }

    function _at(string memory file, bytes memory arguments) private returns (address made) {
        bytes memory creation = bytes.concat(_code(file), arguments);
        assembly ("memory-safe") {
            made := create(0, add(creation, 0x20), mload(creation))
            if iszero(made) {
                returndatacopy(mload(0x40), 0, returndatasize())
                revert(mload(0x40), returndatasize())
            }
        }
    }

    function _code(string memory file) private view returns (bytes memory) {
        return VM.parseJsonBytes(VM.readFile(file), ".bytecode");
    }
}
