// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {KeyStore} from "vault/KeyStore.sol";
import {Observations} from "vault/Observations.sol";
import {PriceMath} from "vault/PriceMath.sol";
import {SignedReport} from "vault/SignedReport.sol";
import {TwapReturns} from "vault/TwapReturns.sol";
import {Deployed} from "./Deployed.sol";
import {World} from "./World.sol";
import {VM} from "./Vm.sol";

/// Uniswap's own reading of its history.
interface IPool {
    function observe(uint32[] calldata agos) external view returns (int56[] memory ticks, uint160[] memory);
    function observations(uint256) external view returns (uint32, int56, uint160, bool);
}

/// Returns of a pool whose history forge invents.
contract Returns is World(1_000_000) {
    uint32[] private _horizonsOfAll = _horizons();

    /// Before, while and after the pool's clock of 32 bits comes round.
    function testFuzz_returnsAreThoseOfThePoolsOwnOracle(uint256 seed) external {
        if (seed & 1 == 0) VM.warp((1 << 32) - 12_000 + (seed >> 32) % 6000);
        for (uint256 i = 0; i < 60; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            VM.warp(block.timestamp + 1 + seed % 300);
            if (seed & 256 == 0) others.swap(seed & 512 == 0, 1e15 + (seed >> 16) % 3e22);
            else others.provide(-FULL, FULL, 1e18);
        }
        _same(uint32(block.timestamp - seed % 120));
        // At the very moment of an observation, too.
        (,, uint16 newest,,,,) = near.slot0();
        (uint32 time,,,) = IPool(address(near)).observations(newest - (seed >> 64) % 20);
        _same(time);
    }

    function _same(uint32 asOf) private view {
        uint256 count = _horizonsOfAll.length;
        uint32[] memory agos = new uint32[](count + 1);
        for (uint256 i = 0; i <= count; i++) {
            unchecked {
                agos[i] = uint32(block.timestamp) - asOf + (i == 0 ? 0 : _horizonsOfAll[i - 1]);
            }
        }
        (int56[] memory ticks,) = IPool(address(near)).observe(agos);
        int256[] memory means = new int256[](count);
        for (uint256 i = 0; i < count; i++) {
            (int256 moved, int256 span) = (ticks[i] - ticks[i + 1], int256(uint256(agos[i + 1] - agos[i])));
            means[i] = moved / span;
            if (moved < 0 && moved % span != 0) means[i]--;
        }
        for (uint256 side = 0; side < 2; side++) {
            bytes memory parameters = abi.encode(address(near), side == 1, _horizonsOfAll);
            require(source.width(parameters) == count - 1);
            int256[] memory values = source.features(parameters, asOf, source.locate(parameters, asOf));
            for (uint256 i = 1; i < count; i++) {
                int256 move = side == 1 ? means[i] - means[0] : means[0] - means[i];
                require(values[i - 1] == (move > 4095 ? int256(4095) : move < -4095 ? -4095 : move), "another return");
            }
        }
    }

    /// Where a point is an observation, the one before it will do as well.
    function test_bothNeighboursOfAPointAreRight() external {
        for (uint256 i = 0; i < 2; i++) {
            VM.warp(block.timestamp + 600);
            others.provide(-FULL, FULL, 1e18);
        }
        uint32 asOf = uint32(block.timestamp);
        uint32[] memory horizons = new uint32[](2);
        (horizons[0], horizons[1]) = (60, 300);
        bytes memory parameters = abi.encode(address(near), false, horizons);
        bytes memory hints = source.locate(parameters, asOf);
        int256[] memory values = source.features(parameters, asOf, hints);
        uint16 before = uint16(bytes2(hints)) - 1;
        (hints[0], hints[1]) = (bytes1(uint8(before >> 8)), bytes1(uint8(before)));
        require(source.features(parameters, asOf, hints)[0] == values[0]);
        (hints[0], hints[1]) = (0, 0);
        VM.expectRevert(abi.encodeWithSelector(Observations.ObservationTooEarly.selector, address(near), 0));
        source.features(parameters, asOf, hints);
        (hints[0], hints[1]) = (bytes1(0x03), 0);
        VM.expectRevert(abi.encodeWithSelector(Observations.ObservationMissing.selector, address(near), 768));
        source.features(parameters, asOf, hints);
    }

    function test_whatThePoolDoesNotKnowIsNamed() external {
        for (uint256 i = 0; i < 2; i++) {
            VM.warp(block.timestamp + 600);
            others.provide(-FULL, FULL, 1e18);
        }
        uint32 now_ = uint32(block.timestamp);
        bytes memory parameters = abi.encode(address(near), false, _two(60, 300));
        bytes memory hints = source.locate(parameters, now_);
        VM.expectRevert(abi.encodeWithSelector(Observations.InFuture.selector, now_ + 1, now_));
        source.features(parameters, now_ + 1, hints);
        VM.expectRevert(abi.encodeWithSelector(TwapReturns.WrongHintLength.selector, 6, 5));
        source.features(parameters, now_, new bytes(5));
        // The newest for all three.
        hints = abi.encodePacked(uint16(6), uint16(6), uint16(6));
        VM.expectRevert(abi.encodeWithSelector(Observations.ObservationTooLate.selector, address(near), 6));
        source.features(parameters, now_, hints);
        VM.expectRevert(abi.encodeWithSelector(Observations.HistoryTooShort.selector, address(near), 13_201, 13_200));
        source.locate(abi.encode(address(near), false, _two(60, 13_201)), now_);
        VM.expectRevert(abi.encodeWithSelector(Observations.NotAPool.selector, address(0x7777)));
        source.width(abi.encode(address(0x7777), false, _two(60, 300)));
    }

    function test_horizonsGrow() external {
        uint32[][4] memory lists = [_two(60, 60), _two(0, 60), new uint32[](1), new uint32[](65)];
        uint256[4] memory at = [uint256(1), 0, 1, 65];
        for (uint256 i = 0; i < 4; i++) {
            VM.expectRevert(abi.encodeWithSelector(TwapReturns.HorizonsNotGrowing.selector, at[i]));
            source.width(abi.encode(address(near), false, lists[i]));
        }
    }

    /// One observation tells no tick before the last block's.
    function test_aPoolThatHasLoggedOnceHasNoBlockStart() external {
        address lone = address(_pool(far, quote, 500));
        VM.expectRevert(abi.encodeWithSelector(Observations.NoBlockStart.selector, lone));
        this.blockStart(lone);
    }

    function blockStart(address pool) external view returns (int256 start, int256 prior) {
        return Observations.blockStart(Observations.look(pool), 60);
    }

    function test_pricesAndValuesHaveTheirRange() external {
        this.valueAt(1 << 127, 0);
        VM.expectRevert(abi.encodeWithSelector(PriceMath.ValueOverflow.selector));
        this.valueAt(1 << 127, 20_000);
        VM.expectRevert(abi.encodeWithSelector(PriceMath.TickOutOfRange.selector, 887_273));
        this.valueAt(1, 887_273);
    }

    function valueAt(uint256 amount, int256 tick) external pure returns (uint256) {
        return PriceMath.valueAt(amount, PriceMath.sqrtRatioX96(tick));
    }

    function _two(uint32 a, uint32 b) private pure returns (uint32[] memory list) {
        list = new uint32[](2);
        (list[0], list[1]) = (a, b);
    }

    function test_aKeyHasTheLengthThatItsHeaderSays() external {
        KeyStore keys = KeyStore(Deployed.ours("KeyStore", ""));
        bytes memory key = modelKey(20, 3);
        VM.expectRevert(abi.encodeWithSelector(KeyStore.WrongKeyLength.selector, 8, 7));
        keys.store(new bytes(7));
        VM.expectRevert(abi.encodeWithSelector(KeyStore.WrongKeyLength.selector, key.length, key.length + 1));
        keys.store(bytes.concat(key, hex"00"));
        bytes memory large = new bytes(8 + 12 + (64 << 8));
        (large[0], large[2], large[3], large[7]) = (key[0], bytes1(0x08), key[3], key[7]);
        VM.expectRevert(abi.encodeWithSelector(KeyStore.KeyNotStored.selector, large.length));
        keys.store{gas: 2_000_000}(large);
        keys.store(large);
    }

    function test_keysAreStoredByTheirContent() external {
        KeyStore keys = KeyStore(Deployed.ours("KeyStore", ""));
        bytes memory key = modelKey(20, 3);
        bytes32 digest = keys.store(key);
        address code = keys.codeOf(digest);
        require(digest == keccak256(key) && keccak256(keys.keyAt(code)) == digest && code.code.length == key.length + 1);
        VM.prank(address(7));
        require(keys.store(key) == digest && keys.codeOf(digest) == code);
        VM.expectRevert(abi.encodeWithSelector(KeyStore.UnknownKey.selector, bytes32(uint256(1))));
        keys.codeOf(bytes32(uint256(1)));
        key[0] = 0x02;
        VM.expectRevert(abi.encodeWithSelector(KeyStore.UnsupportedKeyVersion.selector, 1, 2));
        keys.store(key);
        (key[0], key[3]) = (bytes1(0x01), bytes1(0x00));
        VM.expectRevert(abi.encodeWithSelector(KeyStore.MalformedKeyHeader.selector, bytes8(0x0100020000000014)));
        keys.store(key);
    }
}

/// Reports of three signers, of whom two must agree.
contract Reports {
    SignedReport private immutable _source = SignedReport(Deployed.ours("SignedReport", ""));
    uint256[3] private _keys = [uint256(11), 22, 33];
    bytes private _parameters;

    constructor() {
        // By address.
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = i + 1; j < 3; j++) {
                if (VM.addr(_keys[j]) < VM.addr(_keys[i])) (_keys[i], _keys[j]) = (_keys[j], _keys[i]);
            }
        }
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; i++) {
            signers[i] = VM.addr(_keys[i]);
        }
        _parameters = abi.encode(SignedReport.Terms(signers, 2, "schema", 2));
    }

    function test_aQuorumIsHeard() external view {
        require(_source.width(_parameters) == 2);
        int256[] memory values = _source.features(_parameters, 600, _report(600, "schema", _two(_keys[0], _keys[2])));
        require(values.length == 2 && values[0] == 5 && values[1] == -7);
    }

    function test_nobodyElseIs() external view {
        _refuses(_report(601, "schema", _two(_keys[0], _keys[1])), SignedReport.WrongMoment.selector);
        _refuses(_report(600, "other", _two(_keys[0], _keys[1])), SignedReport.NotASigner.selector);
        _refuses(_report(600, "schema", _two(_keys[0], _keys[0])), SignedReport.NotASigner.selector);
        _refuses(_report(600, "schema", _two(_keys[1], _keys[0])), SignedReport.NotASigner.selector);
        _refuses(_report(600, "schema", _two(_keys[0], 44)), SignedReport.NotASigner.selector);
        uint256[] memory one = new uint256[](1);
        one[0] = _keys[0];
        _refuses(_report(600, "schema", one), SignedReport.TooFewSignatures.selector);
    }

    function test_aReportHasItsWidth() external view {
        int256[] memory values = new int256[](3);
        bytes memory report = abi.encode(uint32(600), values, new bytes[](2));
        _refuses(report, SignedReport.WrongWidth.selector);
    }

    function test_signersThresholdAndWidthAreChecked() external {
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = (address(2), address(2));
        _unfit(signers, 1, 1, abi.encodeWithSelector(SignedReport.SignersNotAscending.selector, 1));
        _unfit(new address[](1), 1, 1, abi.encodeWithSelector(SignedReport.SignersNotAscending.selector, 0));
        _unfit(new address[](0), 1, 1, abi.encodeWithSelector(SignedReport.SignersNotAscending.selector, 0));
        _unfit(new address[](17), 1, 1, abi.encodeWithSelector(SignedReport.SignersNotAscending.selector, 17));
        signers[1] = address(3);
        _unfit(signers, 0, 1, abi.encodeWithSelector(SignedReport.ThresholdOutOfRange.selector, 0, 2));
        _unfit(signers, 3, 1, abi.encodeWithSelector(SignedReport.ThresholdOutOfRange.selector, 3, 2));
        _unfit(signers, 2, 0, abi.encodeWithSelector(SignedReport.WidthOutOfRange.selector, 0));
        _unfit(signers, 2, 65, abi.encodeWithSelector(SignedReport.WidthOutOfRange.selector, 65));
        require(_source.width(abi.encode(SignedReport.Terms(signers, 2, "schema", 64))) == 64);
    }

    function _unfit(address[] memory signers, uint256 threshold, uint256 width, bytes memory why) private {
        VM.expectRevert(why);
        _source.width(abi.encode(SignedReport.Terms(signers, threshold, "schema", width)));
    }

    function _two(uint256 a, uint256 b) private pure returns (uint256[] memory list) {
        list = new uint256[](2);
        (list[0], list[1]) = (a, b);
    }

    function _report(uint32 moment, bytes32 schema, uint256[] memory by) private view returns (bytes memory) {
        int256[] memory values = new int256[](2);
        (values[0], values[1]) = (int256(5), int256(-7));
        bytes[] memory signatures = new bytes[](by.length);
        for (uint256 i = 0; i < by.length; i++) {
            (uint8 v, bytes32 r, bytes32 s) = VM.sign(by[i], _source.reportDigest(schema, moment, values));
            signatures[i] = abi.encodePacked(r, s, v);
        }
        return abi.encode(moment, values, signatures);
    }

    function _refuses(bytes memory hints, bytes4 why) private view {
        (bool done, bytes memory reason) =
            address(_source).staticcall(abi.encodeCall(_source.features, (_parameters, 600, hints)));
        require(!done && bytes4(reason) == why, VM.toString(reason));
    }
}
