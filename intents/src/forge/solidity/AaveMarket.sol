// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TestToken} from "chain/TestToken.sol";
import {IAaveV3Pool} from "vault/IAaveV3.sol";
import {VM} from "./Vm.sol";

/// Cheat codes that linking uses.
interface Texts {
    function replace(string calldata input, string calldata from, string calldata to) external pure returns (string memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseBytes(string calldata text) external pure returns (bytes memory);
    function split(string calldata input, string calldata delimiter) external pure returns (string[] memory);
    function toString(bytes32 value) external pure returns (string memory);
    function toString(address value) external pure returns (string memory);
}

/// What an administrator of a market does.
interface IAaveConfigurator {
    struct InitReserveInput {
        address aTokenImpl;
        address stableDebtTokenImpl;
        address variableDebtTokenImpl;
        uint8 underlyingAssetDecimals;
        address interestRateStrategyAddress;
        address underlyingAsset;
        address treasury;
        address incentivesController;
        string aTokenName;
        string aTokenSymbol;
        string variableDebtTokenName;
        string variableDebtTokenSymbol;
        string stableDebtTokenName;
        string stableDebtTokenSymbol;
        bytes params;
    }

    function initReserves(InitReserveInput[] calldata input) external;
    function configureReserveAsCollateral(address asset, uint256 ltv, uint256 threshold, uint256 bonus) external;
    function setReserveBorrowing(address asset, bool enabled) external;
    function setReserveFlashLoaning(address asset, bool enabled) external;
    function setReserveFactor(address asset, uint256 factor) external;
    function setReserveFreeze(address asset, bool freeze) external;
    function setReservePause(address asset, bool paused) external;
    function setReserveActive(address asset, bool active) external;
    function setSupplyCap(address asset, uint256 cap) external;
    function setBorrowCap(address asset, uint256 cap) external;
    function setDebtCeiling(address asset, uint256 ceiling) external;
    function setSiloedBorrowing(address asset, bool siloed) external;
    function setEModeCategory(uint8 id, uint16 ltv, uint16 threshold, uint16 bonus, address oracle, string calldata label)
        external;
    function setAssetEModeCategory(address asset, uint8 id) external;
    function updateFlashloanPremiumTotal(uint128 premium) external;
}

interface IAaveAdmin {
    function setACLAdmin(address admin) external;
    function setACLManager(address manager) external;
    function addPoolAdmin(address admin) external;
    function setPriceOracle(address oracle) external;
    function setPoolImpl(address implementation) external;
    function setPoolConfiguratorImpl(address implementation) external;
    function setPoolDataProvider(address reader) external;
    function getPool() external view returns (address);
    function getPoolConfigurator() external view returns (address);
}

interface IAaveUser is IAaveV3Pool {
    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16 code) external;
    function liquidationCall(address collateral, address debt, address user, uint256 most, bool supplyToken) external;
}

/// Prices that are told.
contract ToldPrices {
    mapping(address asset => uint256) public getAssetPrice;

    function tell(address asset, uint256 price) external {
        getAssetPrice[asset] = price;
    }
}

/// The published contracts of Aave v3.0.
contract AaveMarket {
    Texts private constant TEXTS = Texts(address(VM));
    string private constant ARTIFACTS = "../node_modules/@aave/core-v3/artifacts/contracts/";
    string private constant LOGIC = "protocol/libraries/logic/";
    uint256 private constant RAY = 1e27;

    IAaveUser public immutable pool;
    IAaveConfigurator public immutable configurator;
    ToldPrices public immutable oracle;
    address private immutable _provider;
    address private immutable _supplyCode;
    address private immutable _stableCode;
    address private immutable _debtCode;
    address private immutable _rates;

    constructor() {
        _provider = _at("protocol/configuration/", "PoolAddressesProvider", abi.encode("tests", address(this)));
        IAaveAdmin provider = IAaveAdmin(_provider);
        provider.setACLAdmin(address(this));
        address roles = _at("protocol/configuration/", "ACLManager", abi.encode(_provider));
        provider.setACLManager(roles);
        IAaveAdmin(roles).addPoolAdmin(address(this));
        IAaveAdmin(roles).addPoolAdmin(msg.sender);
        oracle = new ToldPrices();
        provider.setPriceOracle(address(oracle));
        provider.setPoolImpl(_pool());
        string[] memory one = new string[](1);
        one[0] = "ConfiguratorLogic";
        provider.setPoolConfiguratorImpl(_linked("protocol/pool/", "PoolConfigurator", one, ""));
        provider.setPoolDataProvider(_at("misc/", "AaveProtocolDataProvider", abi.encode(_provider)));
        pool = IAaveUser(provider.getPool());
        configurator = IAaveConfigurator(provider.getPoolConfigurator());
        _supplyCode = _at("protocol/tokenization/", "AToken", abi.encode(pool));
        _stableCode = _at("protocol/tokenization/", "StableDebtToken", abi.encode(pool));
        _debtCode = _at("protocol/tokenization/", "VariableDebtToken", abi.encode(pool));
        // Borrowing costs 2 % a year, and 5 % more at four fifths of use.
        _rates = _at(
            "protocol/pool/",
            "DefaultReserveInterestRateStrategy",
            abi.encode(_provider, RAY * 4 / 5, RAY / 50, RAY / 20, RAY, 0, 0, 0, 0, 0)
        );
    }

    /// A reserve that may be borrowed up to three quarters, is liquidated at four fifths, and costs one of the base
    /// currency's units.
    function list(TestToken token) external {
        IAaveConfigurator.InitReserveInput[] memory input = new IAaveConfigurator.InitReserveInput[](1);
        input[0] = IAaveConfigurator.InitReserveInput(
            _supplyCode, _stableCode, _debtCode, token.decimals(), _rates, address(token), address(0x7ea5e1), address(0),
            "a", "a", "v", "v", "s", "s", ""
        );
        configurator.initReserves(input);
        configurator.configureReserveAsCollateral(address(token), 7500, 8000, 10_500);
        configurator.setReserveBorrowing(address(token), true);
        configurator.setReserveFlashLoaning(address(token), true);
        configurator.setReserveFactor(address(token), 1000);
        oracle.tell(address(token), 1e8);
    }

    function supplyToken(address token) external view returns (address) {
        return address(uint160(pool.getReserveData(token)[8]));
    }

    function debtToken(address token) external view returns (address) {
        return address(uint160(pool.getReserveData(token)[10]));
    }

    function _pool() private returns (address) {
        string[7] memory names = [
            "BorrowLogic", "BridgeLogic", "EModeLogic", "FlashLoanLogic", "LiquidationLogic", "PoolLogic", "SupplyLogic"
        ];
        string[] memory libraries = new string[](7);
        for (uint256 i = 0; i < 7; i++) {
            libraries[i] = names[i];
        }
        return _linked("protocol/pool/", "Pool", libraries, abi.encode(_provider));
    }

    // ---- linking ----

    mapping(bytes32 name => address) private _libraries;

    function _linked(string memory folder, string memory name, string[] memory libraries, bytes memory arguments)
        private
        returns (address)
    {
        string memory code = _code(folder, name);
        for (uint256 i = 0; i < libraries.length; i++) {
            code = _link(code, libraries[i], _library(libraries[i]));
        }
        return _made(code, arguments);
    }

    function _library(string memory name) private returns (address place) {
        bytes32 key = keccak256(bytes(name));
        place = _libraries[key];
        if (place != address(0)) return place;
        string memory code = _code(LOGIC, name);
        if (key == keccak256("FlashLoanLogic")) code = _link(code, "BorrowLogic", _library("BorrowLogic"));
        place = _libraries[key] = _made(code, "");
    }

    /// Where a library's address belongs, the compiler wrote the beginning of its name's hash.
    function _link(string memory code, string memory name, address place) private pure returns (string memory) {
        string memory unit = string.concat("contracts/", LOGIC, name, ".sol:", name);
        return TEXTS.replace(
            code,
            string.concat("__$", _part(TEXTS.toString(keccak256(bytes(unit))), 2, 34), "$__"),
            _part(TEXTS.toString(place), 2, 40)
        );
    }

    function _part(string memory text, uint256 from, uint256 length) private pure returns (string memory) {
        bytes memory part = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            part[i] = bytes(text)[from + i];
        }
        return string(part);
    }

    function _code(string memory folder, string memory name) private view returns (string memory) {
        string memory file = string.concat(ARTIFACTS, folder, name, ".sol/", name, ".json");
        return TEXTS.parseJsonString(VM.readFile(file), ".bytecode");
    }

    function _at(string memory folder, string memory name, bytes memory arguments) private returns (address) {
        return _made(_code(folder, name), arguments);
    }

    function _made(string memory code, bytes memory arguments) private returns (address made) {
        bytes memory creation = bytes.concat(TEXTS.parseBytes(code), arguments);
        assembly ("memory-safe") {
            made := create(0, add(creation, 0x20), mload(creation))
            if iszero(made) {
                returndatacopy(mload(0x40), 0, returndatasize())
                revert(mload(0x40), returndatasize())
            }
        }
    }
}
