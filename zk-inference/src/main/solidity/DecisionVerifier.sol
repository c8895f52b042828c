// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDecisionVerifier} from "./IDecisionVerifier.sol";

/// @title The verifier of every model
/// @notice Checks a zero-knowledge proof that a committed private network decided `decision` on `features`. One deployment
/// serves every model: the architecture, and with it the length and the place of every message, comes from the model key.
/// @dev The protocol is docs/protocol.md; "section n" below means its sections. `verify` is one assembly block, because all
/// of its work is field arithmetic on a few hundred words: each Yul function is one step of the protocol, and all steps share
/// one memory map (the constants below). No table of the map can be overrun: section 3 admits at most 32 layers, 16
/// variables a layer (65536 neurons) and 28 variables in all, and `parseKey` enforces this before anything else is stored. What
/// can be longer (features, outputs, rows, messages) lies beyond the map, at BUFFER, where each step works for itself alone.
contract DecisionVerifier is IDecisionVerifier {
    /// The constructor's argument is not a point, other than zero, of the pairing's second group.
    error InvalidReferenceString();
    /// The model key does not follow section 3.
    error MalformedKey();
    /// The number of features is not the model's, or one of them is outside (-2^31, 2^31).
    error MalformedFeatures();
    /// The decision is not one that the model's head can take.
    error MalformedDecision();
    /// The proof's length is not the one that the model key asks for.
    error MalformedProof();
    /// A scalar of the proof is not below the group order.
    error ScalarOutOfRange();
    /// A point of the proof has a coordinate that is not below the field's modulus, or is zero or not on the curve.
    error InvalidPoint();
    /// The folded evaluations do not end in the value that the third sumcheck claims.
    error OpeningMismatch();
    /// The pairing equation does not hold: the commitments do not open to what the proof claims.
    error PairingFailed();

    // [tau]_2 in the order of the pairing precompile.
    uint256 private immutable TAU_X1;
    uint256 private immutable TAU_X0;
    uint256 private immutable TAU_Y1;
    uint256 private immutable TAU_Y0;
    /// @notice keccak256 of `[tau]_2`, which every proof is bound to
    bytes32 public immutable srsDigest;

    // The group order and the field's modulus.
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    uint256 private constant P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;
    // keccak256("probity/decision/v1").
    uint256 private constant TAG = 0x667aa1300de3c908988b6d449a85b279d4927a79d4fab36fe3986ba3d5ee7173;
    // H, the base of the blinders (section 1).
    uint256 private constant H_X = 0x1a13622dfc70da21a8717a32228ff0177b06cd358ec01ebc2bdc8b6493e8cca6;
    uint256 private constant H_Y = 0x0d9f1f8b02c0187f4a4a8f7eaac8d680c10a341fc6b67a8d8b8d755a51a41cd6;
    // [1]_2.
    uint256 private constant G2_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 private constant G2_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 private constant G2_Y1 = 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;
    uint256 private constant G2_Y0 = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;

    // Memory map. The shape, from the key:
    uint256 private constant ARGMAX = 0x80; // 1 for an ARGMAX head, 0 for a LINEAR one
    uint256 private constant ROW_VARS = 0xa0; // log2 of the number of model rows
    uint256 private constant DEPTH = 0xc0; // layers
    uint256 private constant INPUTS = 0xe0;
    uint256 private constant OUTPUTS = 0x100;
    uint256 private constant RHO_VARS = 0x120; // nu
    uint256 private constant INNER_VARS = 0x140; // n; 0 for a single layer
    uint256 private constant NEURON_VARS = 0x160; // K
    uint256 private constant MODEL_VARS = 0x180; // w
    uint256 private constant MASK_VARS = 0x1a0; // m
    uint256 private constant AUX_VARS = 0x1c0; // e
    uint256 private constant VARS = 0x1e0; // l
    // Where things lie in the call data:
    uint256 private constant KEY = 0x200;
    uint256 private constant FEATURES = 0x220; // first word
    uint256 private constant DECISION = 0x240; // first word
    uint256 private constant PROOF = 0x260;
    uint256 private constant PRODUCT_HATS = 0x280; // message 3: w^_2 .., a^_2 ..
    uint256 private constant BIT_HATS = 0x2a0; // message 6: B^, S^, T^
    uint256 private constant FOLDS = 0x2c0; // message 8: P_1 ..
    uint256 private constant EVALUATIONS = 0x2e0; // message 9
    uint256 private constant REST = 0x300; // message 8: F
    uint256 private constant LAST = 0x320; // message 10
    // Values that later steps need:
    uint256 private constant F_END = 0x340; // last claim of sumcheck 1
    uint256 private constant Q_END = 0x360; // last claim of sumcheck 2
    uint256 private constant DELTA = 0x380;
    uint256 private constant THETA = 0x3a0;
    uint256 private constant ETA_BITS = 0x3c0; // where in ETAS the power of claim 5 is
    uint256 private constant FORM_B = 0x3e0; // L_B(r) and so on
    uint256 private constant FORM_A = 0x400;
    uint256 private constant FORM_W = 0x420;
    uint256 private constant FORM_Y = 0x440;
    uint256 private constant TAU_2 = 0x460; // 4 words
    // Challenges:
    uint256 private constant RHO = 0x4e0; // 16 words
    uint256 private constant S = 0x6e0; // 16: the point of sumcheck 1
    uint256 private constant TAU = 0x8e0; // 28
    uint256 private constant X = 0xc60; // 28: the point of sumcheck 2; chi, then xi
    uint256 private constant XI = 0xd00;
    uint256 private constant POINT = 0xfe0; // 28: r, the point of sumcheck 3
    uint256 private constant POINT_NEURONS = 0x1080; // r_6 ..
    // Tables, indexed by layer or by claim:
    uint256 private constant GAMMAS = 0x1360; // 33: gamma^l
    uint256 private constant ETAS = 0x1780; // 71: eta^i
    uint256 private constant LAYERS = 0x2060; // 33: n | shift << 8 | O << 16 | OW << 48 | Ob << 112; layer 0 has n only
    uint256 private constant JOINTS = 0x2480; // 33: z_l(s) eq(s, r), which claims 3 and 4 of layer l share
    uint256 private constant PREFIX_1 = 0x28a0; // 29: products of eq, by the number of their variables
    uint256 private constant PREFIX_2 = 0x2c40; // 29
    // The transcript's state, and right behind it what is to be hashed with it or worked on.
    uint256 private constant STATE = 0x2fe0;
    uint256 private constant BUFFER = 0x3000;
    uint256 private constant BUFFER_2 = 0x3420; // parseKey's second table

    /// @param tauG2 `[tau]_2` of the reference string: x.c1, x.c0, y.c1, y.c0
    constructor(uint256[4] memory tauG2) {
        (TAU_X1, TAU_X0, TAU_Y1, TAU_Y0) = (tauG2[0], tauG2[1], tauG2[2], tauG2[3]);
        srsDigest = keccak256(abi.encode(tauG2));
        // The precompile refuses coordinates that are not reduced and points outside the curve or the group.
        (bool ok, bytes memory one) = address(8).staticcall(abi.encode(uint256(0), uint256(0), tauG2));
        bool zero = (tauG2[0] | tauG2[1] | tauG2[2] | tauG2[3]) == 0;
        if (!ok || zero || one.length != 32 || uint256(bytes32(one)) != 1) revert InvalidReferenceString();
    }

    /// @inheritdoc IDecisionVerifier
    /// @dev Reverts with the first failure in the order of section 10: MalformedKey, MalformedFeatures, MalformedDecision,
    /// MalformedProof, ScalarOutOfRange, InvalidPoint, OpeningMismatch, PairingFailed.
    function verify(
        bytes calldata modelKey,
        int256[] calldata features,
        int256[] calldata decision,
        bytes32 context,
        bytes calldata proof
    ) external view {
        // Yul functions see no immutables.
        (uint256 x1, uint256 x0, uint256 y1, uint256 y0) = (TAU_X1, TAU_X0, TAU_Y1, TAU_Y0);
        bytes32 srs = srsDigest;
        assembly {
            mstore(KEY, modelKey.offset)
            mstore(FEATURES, features.offset)
            mstore(DECISION, decision.offset)
            mstore(PROOF, proof.offset)
            mstore(TAU_2, x1)
            mstore(add(TAU_2, 32), x0)
            mstore(add(TAU_2, 64), y1)
            mstore(add(TAU_2, 96), y0)

            parseKey(modelKey.offset, modelKey.length)
            checkFeatures(features.length)
            checkDecision(decision.length)
            checkProof(proof.length)
            startTranscript(modelKey.length, srs, context)
            let message := drawRow(proof.offset)
            if gt(mload(DEPTH), 1) { message := productSumcheck(message) }
            message := bitSumcheck(message)
            let lastClaim := linearSumcheck(message)
            bitForm()
            auxForm()
            modelForm()
            checkOpening(lastClaim)

            // ---- Errors: the first four bytes of keccak256 of each signature ----

            function malformedKey() { refuse(0xfbfe0469) }
            function malformedFeatures() { refuse(0xe5c75d6c) }
            function malformedDecision() { refuse(0x85b92bfb) }
            function malformedProof() { refuse(0xf4ea0ab0) }
            function scalarOutOfRange() { refuse(0xfd02f350) }
            function invalidPoint() { refuse(0xb8fedf87) }
            function openingMismatch() { refuse(0xbb59959a) }
            function pairingFailed() { refuse(0x4df45e2f) }

            function refuse(selector) {
                mstore(0, shl(224, selector))
                revert(0, 4)
            }

            // ---- Section 3: the model key ----

            // Reads the key, which must be exactly as long as its header says, and lays out neurons and model rows.
            function parseKey(key, length) {
                let header := calldataload(key)
                let depth := byte(3, header)
                let rowVars := byte(2, header)
                let inputs := and(shr(192, header), 0xffffffff)
                let bad := xor(byte(0, header), 1)
                bad := or(bad, gt(byte(1, header), 1))
                bad := or(bad, gt(rowVars, 10))
                bad := or(bad, gt(sub(depth, 1), 31))
                bad := or(bad, gt(sub(inputs, 1), 65535))
                bad := or(bad, xor(length, add(add(8, shl(2, depth)), shl(6, shl(rowVars, 1)))))
                if bad { malformedKey() }
                mstore(ARGMAX, iszero(byte(1, header)))
                mstore(ROW_VARS, rowVars)
                mstore(DEPTH, depth)
                mstore(INPUTS, inputs)
                mstore(LAYERS, log2Up(inputs))
                parseLayers(add(key, 8), depth, rowVars)
                placeSlots(depth, rowVars)
                sizeVectors(depth)
                let points := add(key, add(8, shl(2, depth)))
                if iszero(onCurve(points, shl(rowVars, 1))) { malformedKey() }
            }

            // Sizes of the layers; counts, for each size of a slot, the entries in slots of that size: neurons at BUFFER,
            // model rows at BUFFER_2 (both still zero, as nothing has been written there yet).
            function parseLayers(at, depth, rowVars) {
                let before := mload(LAYERS)
                let rhoVars
                let innerVars
                for { let l := 1 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    let word := shr(224, calldataload(at))
                    at := add(at, 4)
                    let width := shr(8, word)
                    let shift := and(word, 0xff)
                    if or(gt(sub(width, 1), 65535), gt(shift, 30)) { malformedKey() }
                    // N_l = max(pow2(width), R, 2)
                    let vars := max(max(log2Up(width), rowVars), 1)
                    mstore(add(LAYERS, shl(5, l)), or(vars, shl(8, shift)))
                    count(BUFFER, vars)
                    count(BUFFER_2, sub(add(vars, before), rowVars))
                    count(BUFFER_2, sub(vars, rowVars))
                    rhoVars := max(rhoVars, vars)
                    if eq(l, depth) {
                        if and(mload(ARGMAX), gt(shift, 0)) { malformedKey() }
                        mstore(OUTPUTS, width)
                        mstore(RHO_VARS, rhoVars)
                        mstore(INNER_VARS, innerVars)
                    }
                    innerVars := rhoVars
                    before := vars
                }
            }

            // Slots: an offset is the sum of the sizes of the larger slots, and of the equally large ones earlier in the list.
            function placeSlots(depth, rowVars) {
                mstore(NEURON_VARS, log2Up(firstOffsets(BUFFER, 16)))
                mstore(MODEL_VARS, log2Up(firstOffsets(BUFFER_2, 32)))
                let before := mload(LAYERS)
                for { let l := 1 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    let at := add(LAYERS, shl(5, l))
                    let packed := mload(at)
                    let vars := and(packed, 0xff)
                    packed := or(packed, shl(16, place(BUFFER, vars)))
                    packed := or(packed, shl(48, place(BUFFER_2, sub(add(vars, before), rowVars))))
                    mstore(at, packed)
                    before := vars
                }
                // The biases come after all matrices in the list.
                for { let l := 1 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    let at := add(LAYERS, shl(5, l))
                    let packed := mload(at)
                    mstore(at, or(packed, shl(112, place(BUFFER_2, sub(and(packed, 0xff), rowVars)))))
                }
            }

            function count(table, vars) {
                let at := add(table, shl(5, vars))
                mstore(at, add(mload(at), shl(vars, 1)))
            }

            // Turns the counts into the offset of the first slot of each size; gives the sum of all.
            function firstOffsets(table, top) -> sum {
                for { let at := add(table, shl(5, top)) } iszero(lt(at, table)) { at := sub(at, 32) } {
                    let entries := mload(at)
                    mstore(at, sum)
                    sum := add(sum, entries)
                }
            }

            function place(table, vars) -> offset {
                let at := add(table, shl(5, vars))
                offset := mload(at)
                mstore(at, add(offset, shl(vars, 1)))
            }

            function sizeVectors(depth) {
                let neuronVars := mload(NEURON_VARS)
                // w_B, w_S, w_T and g2; then, for more than one layer, u, v and g1
                let masks := add(16, shl(1, neuronVars))
                if gt(depth, 1) { masks := add(masks, add(1, shl(1, add(depth, mload(INNER_VARS))))) }
                let maskVars := log2Up(masks)
                let auxVars := max(neuronVars, maskVars)
                let vars := max(max(add(5, neuronVars), add(auxVars, 1)), mload(MODEL_VARS))
                if gt(vars, 28) { malformedKey() }
                mstore(MASK_VARS, maskVars)
                mstore(AUX_VARS, auxVars)
                mstore(VARS, vars)
            }

            function max(a, b) -> c {
                c := xor(a, mul(xor(a, b), gt(b, a)))
            }

            // ceil(log2(v)) for 1 <= v < 2^64: the number of bits of v - 1.
            function log2Up(v) -> t {
                v := sub(v, 1)
                t := shl(5, gt(v, 0xffffffff))
                t := or(t, shl(4, gt(shr(t, v), 0xffff)))
                t := or(t, shl(3, gt(shr(t, v), 0xff)))
                t := or(t, shl(2, gt(shr(t, v), 0xf)))
                t := or(t, shl(1, gt(shr(t, v), 3)))
                t := or(t, gt(shr(t, v), 1))
                t := add(t, gt(v, 0))
            }

            // ---- Section 2: ranges of the public values ----

            function checkFeatures(length) {
                if xor(length, mload(INPUTS)) { malformedFeatures() }
                if iszero(inRange(mload(FEATURES), length)) { malformedFeatures() }
            }

            function checkDecision(length) {
                let at := mload(DECISION)
                switch mload(ARGMAX)
                case 1 {
                    if xor(length, 1) { malformedDecision() }
                    if iszero(lt(calldataload(at), mload(OUTPUTS))) { malformedDecision() }
                }
                default {
                    if xor(length, mload(OUTPUTS)) { malformedDecision() }
                    if iszero(inRange(at, length)) { malformedDecision() }
                }
            }

            // Whether each of these words is in (-2^31, 2^31).
            function inRange(at, length) -> ok {
                ok := 1
                for { let end := add(at, shl(5, length)) } lt(at, end) { at := add(at, 32) } {
                    ok := and(ok, lt(add(calldataload(at), 0x7fffffff), 0xffffffff))
                }
            }

            // ---- Section 5: the proof's length, scalars and points ----

            function checkProof(length) {
                let depth := mload(DEPTH)
                let vars := mload(VARS)
                // Messages 1 to 7 are four points, then scalars: mu; S1, rounds of two and a last of four, hats; C2, rounds, hats;
                // and rounds of two
                let scalars := add(add(1, add(1, add(shl(1, add(4, mload(NEURON_VARS))), 4))), add(3, shl(1, vars)))
                if gt(depth, 1) {
                    scalars := add(scalars, add(add(1, shl(1, add(mload(INNER_VARS), 1))), shl(1, sub(depth, 1))))
                }
                let at := mload(PROOF)
                let folds := add(add(at, 256), shl(5, scalars))
                // then P_1 .. P_f; F, beta and the evaluations; W and W'
                let committed := sub(div(vars, 3), 1)
                let rest := add(folds, shl(6, committed))
                let evaluations := add(rest, shl(5, add(restLength(vars), 1)))
                let last := add(evaluations, add(shl(8, add(committed, 1)), 32))
                if xor(add(at, length), add(last, 128)) { malformedProof() }
                mstore(FOLDS, folds)
                mstore(REST, rest)
                mstore(EVALUATIONS, evaluations)
                mstore(LAST, last)
                if iszero(and(reduced(add(at, 256), folds), reduced(rest, last))) { scalarOutOfRange() }
                let ok := onCurve(at, 4)
                ok := and(ok, onCurve(folds, committed))
                if iszero(and(ok, onCurve(last, 2))) { invalidPoint() }
            }

            // Coefficients of F, the last fold; none if it is the value that sumcheck 3 claims.
            function restLength(vars) -> length {
                let variables := mod(vars, 3)
                length := mul(shl(variables, 1), gt(variables, 0))
            }

            // Whether all scalars in call data from `at` to `end` are below R.
            function reduced(at, end) -> ok {
                ok := 1
                for { let pairs := and(sub(end, at), 32) } pairs { pairs := 0 } {
                    ok := lt(calldataload(at), R)
                    at := add(at, 32)
                }
                for {} lt(at, end) { at := add(at, 64) } {
                    ok := and(ok, and(lt(calldataload(at), R), lt(calldataload(add(at, 32)), R)))
                }
            }

            // Whether these are points of the curve y^2 = x^3 + 3, with reduced coordinates. (0, 0), zero, is not on it.
            function onCurve(at, points) -> ok {
                ok := 1
                for { let end := add(at, shl(6, points)) } lt(at, end) { at := add(at, 64) } {
                    let x := calldataload(at)
                    let y := calldataload(add(at, 32))
                    let equal := eq(mulmod(y, y, P), addmod(mulmod(mulmod(x, x, P), x, P), 3, P))
                    ok := and(ok, and(equal, and(lt(x, P), lt(y, P))))
                }
            }

            // ---- Section 5: the transcript ----

            // TAG, model digest, SRS digest, features, decision, context.
            function startTranscript(keyLength, srs_, context_) {
                calldatacopy(BUFFER, mload(KEY), keyLength)
                let digest := keccak256(BUFFER, keyLength)
                mstore(BUFFER, TAG)
                mstore(add(BUFFER, 32), digest)
                mstore(add(BUFFER, 64), srs_)
                let at := add(BUFFER, 96)
                let length := shl(5, mload(INPUTS))
                calldatacopy(at, mload(FEATURES), length)
                at := add(at, length)
                length := 32
                if iszero(mload(ARGMAX)) { length := shl(5, mload(OUTPUTS)) }
                calldatacopy(at, mload(DECISION), length)
                at := add(at, length)
                mstore(at, context_)
                mstore(STATE, keccak256(BUFFER, sub(add(at, 32), BUFFER)))
            }

            // The challenge after the messages in call data from `from` to `to`.
            function challenge(from, to) -> c {
                let length := sub(to, from)
                calldatacopy(BUFFER, from, length)
                c := keccak256(STATE, add(32, length))
                mstore(STATE, c)
                c := mod(c, R)
            }

            // Draws `count_` challenges to `at`; the first absorbs the messages from `from` to `to`.
            function challenges(at, count_, from, to) {
                mstore(at, challenge(from, to))
                for { let end := add(at, shl(5, count_)) } 1 {} {
                    at := add(at, 32)
                    if iszero(lt(at, end)) { break }
                    mstore(at, challenge(0, 0))
                }
            }

            // Message 1, then rho and gamma.
            function drawRow(at) -> next {
                next := add(at, 288)
                challenges(RHO, mload(RHO_VARS), at, next)
                powers(GAMMAS, challenge(0, 0), mload(DEPTH))
            }

            // 1, base, .., base^last
            function powers(at, base, last) {
                let power := 1
                mstore(at, power)
                for { let end := add(at, shl(5, last)) } lt(at, end) {} {
                    at := add(at, 32)
                    power := mulmod(power, base, R)
                    mstore(at, power)
                }
            }

            // ---- Section 6: the sumcheck of the matrix-vector products ----

            function productSumcheck(at) -> next {
                let claim := calldataload(at)
                let last := add(S, shl(5, sub(mload(INNER_VARS), 1)))
                claim, at, next := quadraticRounds(claim, at, add(at, 32), S, last)
                // the last round has degree 4: c_0, c_2, c_3, c_4
                let c0 := calldataload(next)
                let c2 := calldataload(add(next, 32))
                let c3 := calldataload(add(next, 64))
                let c4 := calldataload(add(next, 96))
                next := add(next, 128)
                let s := challenge(at, next)
                mstore(last, s)
                let higher := addmod(addmod(c2, c3, R), c4, R)
                let c1 := sub(add(claim, mul(3, R)), add(add(c0, c0), higher))
                let h := addmod(c3, mulmod(s, c4, R), R)
                h := addmod(c2, mulmod(s, h, R), R)
                h := addmod(c1, mulmod(s, h, R), R)
                mstore(F_END, addmod(c0, mulmod(s, h, R), R))
                // message 3, which the next challenge absorbs
                mstore(PRODUCT_HATS, next)
            }

            // Rounds of degree 2, of which c_0 and c_2 are sent. `from`: where what is yet to be absorbed begins.
            function quadraticRounds(claim, from, at, point, end) -> v, from_, at_ {
                for {} lt(point, end) { point := add(point, 32) } {
                    let c0 := calldataload(at)
                    let c2 := calldataload(add(at, 32))
                    at := add(at, 64)
                    let c := challenge(from, at)
                    from := at
                    mstore(point, c)
                    // c_1 = claim - 2 c_0 - c_2
                    let c1 := sub(add(claim, mul(3, R)), add(add(c0, c0), c2))
                    claim := addmod(c0, mulmod(c, addmod(c1, mulmod(c, c2, R), R), R), R)
                }
                v := claim
                from_ := from
                at_ := at
            }

            // ---- Section 7: the sumcheck of bits and activations ----

            function bitSumcheck(at) -> next {
                let vars := add(5, mload(NEURON_VARS))
                // message 3, if there is one, then tau and delta
                let from := at
                if gt(mload(DEPTH), 1) { at := add(at, shl(6, sub(mload(DEPTH), 1))) }
                challenges(TAU, vars, from, at)
                mstore(DELTA, challenge(0, 0))

                let claim := calldataload(at)
                from := at
                at := add(at, 32)
                let point := X
                for { let end := add(X, shl(5, sub(vars, 1))) } lt(point, end) { point := add(point, 32) } {
                    let q1 := calldataload(at)
                    let q2 := calldataload(add(at, 32))
                    at := add(at, 64)
                    let x := challenge(from, at)
                    from := at
                    mstore(point, x)
                    // q_0 = claim - tau (q_1 + q_2)
                    let q0 := sub(add(claim, R), mulmod(mload(add(point, sub(TAU, X))), add(q1, q2), R))
                    claim := addmod(q0, mulmod(x, addmod(q1, mulmod(x, q2, R), R), R), R)
                }
                // the last round has degree 4
                {
                    let q1 := calldataload(at)
                    let q2 := calldataload(add(at, 32))
                    let q3 := calldataload(add(at, 64))
                    let q4 := calldataload(add(at, 96))
                    at := add(at, 128)
                    let x := challenge(from, at)
                    mstore(point, x)
                    let sum := addmod(add(q1, q2), add(q3, q4), R)
                    let q0 := sub(add(claim, R), mulmod(mload(add(point, sub(TAU, X))), sum, R))
                    let q := addmod(q3, mulmod(x, q4, R), R)
                    q := addmod(q2, mulmod(x, q, R), R)
                    q := addmod(q1, mulmod(x, q, R), R)
                    mstore(Q_END, addmod(q0, mulmod(x, q, R), R))
                }
                mstore(BIT_HATS, at)
                next := add(at, 96)
            }

            // ---- Section 8: the sumcheck of the linear claims ----

            function linearSumcheck(at) -> claim {
                let depth := mload(DEPTH)
                // claims 1 to 4: two for the sumcheck, and two for each layer with a product; a single layer has claim 1 only
                let fifth := 1
                if gt(depth, 1) { fifth := shl(1, depth) }
                powers(ETAS, challenge(mload(BIT_HATS), at), add(fifth, 5))
                mstore(ETA_BITS, add(ETAS, shl(5, fifth)))
                let theta := challenge(0, 0)
                mstore(THETA, theta)

                // e + theta mu
                claim := mulmod(theta, calldataload(add(mload(PROOF), 256)), R)
                claim := addmod(claim, add(startClaim(depth), bitClaims(depth)), R)
                if gt(depth, 1) { claim := addmod(claim, productClaims(depth), R) }
                let from
                let next
                claim, from, next := quadraticRounds(claim, at, at, POINT, add(POINT, shl(5, mload(VARS))))
            }

            // Claim 1: S1 + 2^31 sum gamma^l - [ARGMAX] gamma^L sum_{k<y} eq(rho^L, k), the first sum over ordinary layers.
            function startClaim(depth) -> value {
                let argmax := mload(ARGMAX)
                for { let l := sub(depth, argmax) } l { l := sub(l, 1) } {
                    value := addmod(value, mload(add(GAMMAS, shl(5, l))), R)
                }
                value := mulmod(value, 0x80000000, R)
                if gt(depth, 1) { value := addmod(value, calldataload(add(mload(PROOF), 288)), R) }
                if argmax {
                    let vars := and(mload(add(LAYERS, shl(5, depth))), 0xff)
                    let below := mulmod(mload(add(GAMMAS, shl(5, depth))), eqBelow(calldataload(mload(DECISION)), vars), R)
                    value := addmod(value, sub(R, below), R)
                }
            }

            // sum_{k<bound} eq(rho, k), over the first `vars` coordinates of rho
            function eqBelow(bound, vars) -> sum {
                for { let at := RHO let end := add(RHO, shl(5, vars)) } lt(at, end) { at := add(at, 32) } {
                    let rho := mload(at)
                    // The next bit of k is the bound's, and the lower ones decide; or it is 0 and the bound's is 1.
                    switch and(bound, 1)
                    case 1 { sum := addmod(sub(add(R, 1), rho), mulmod(rho, sum, R), R) }
                    default { sum := mulmod(sub(add(R, 1), rho), sum, R) }
                    bound := shr(1, bound)
                }
            }

            // Claims 2 to 4: f_end - sum gamma^l w^_l a^_l, then each w^_l, then each a^_l.
            function productClaims(depth) -> value {
                let products
                let hats
                let etas := add(ETAS, 64)
                let w := mload(PRODUCT_HATS)
                let a := add(w, shl(5, sub(depth, 1)))
                for { let l := 2 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    let product := mulmod(calldataload(w), calldataload(a), R)
                    products := addmod(products, mulmod(mload(add(GAMMAS, shl(5, l))), product, R), R)
                    hats := addmod(hats, mulmod(mload(etas), calldataload(w), R), R)
                    let eta := mload(add(etas, shl(5, sub(depth, 1))))
                    hats := addmod(hats, mulmod(eta, calldataload(a), R), R)
                    etas := add(etas, 32)
                    w := add(w, 32)
                    a := add(a, 32)
                }
                let end := add(mload(F_END), sub(R, products))
                value := addmod(hats, mulmod(mload(add(ETAS, 32)), end, R), R)
            }

            // Claims 5 to 9: C2; B^^2 - B^ + delta S^ T^ - q_end; B^; S^; T^. Claim 10: sum eq(rho^L, k) y_k + 2^(31-s).
            function bitClaims(depth) -> value {
                let etas := mload(ETA_BITS)
                let hats := mload(BIT_HATS)
                let b := calldataload(hats)
                let s := calldataload(add(hats, 32))
                let t := calldataload(add(hats, 64))
                // message 5 begins where message 3 ends
                let c2 := calldataload(sub(sub(hats, 160), shl(6, add(4, mload(NEURON_VARS)))))
                value := addmod(mulmod(b, add(b, sub(R, 1)), R), sub(R, mload(Q_END)), R)
                value := addmod(value, mulmod(mload(DELTA), mulmod(s, t, R), R), R)
                value := mulmod(mload(add(etas, 32)), value, R)
                value := addmod(value, mulmod(mload(etas), c2, R), R)
                value := addmod(value, mulmod(mload(add(etas, 64)), b, R), R)
                value := addmod(value, mulmod(mload(add(etas, 96)), s, R), R)
                value := addmod(value, mulmod(mload(add(etas, 128)), t, R), R)
                if iszero(mload(ARGMAX)) {
                    let head := mload(add(LAYERS, shl(5, depth)))
                    let outputs := foldWords(mload(DECISION), mload(OUTPUTS), RHO, and(head, 0xff))
                    outputs := add(outputs, shl(sub(31, and(shr(8, head), 0xff)), 1))
                    value := addmod(value, mulmod(mload(add(etas, 160)), outputs, R), R)
                }
            }

            // The multilinear extension, at a point of `vars` coordinates, of signed words in call data (then zeros).
            function foldWords(at, length, point, vars) -> value {
                calldatacopy(BUFFER, at, shl(5, length))
                for { let to := BUFFER let end := add(BUFFER, shl(5, length)) } lt(to, end) { to := add(to, 32) } {
                    let word := mload(to)
                    mstore(to, add(word, mul(R, slt(word, 0))))
                }
                value := fold(length, point, vars)
            }

            // The same for scalars at BUFFER, which it overwrites.
            function fold(length, point, vars) -> value {
                for { let stop_ := add(point, shl(5, vars)) } lt(point, stop_) { point := add(point, 32) } {
                    let x := mload(point)
                    let from := BUFFER
                    mstore(add(BUFFER, shl(5, length)), 0) // the last one's partner, if it has none
                    length := shr(1, add(length, 1))
                    for { let to := BUFFER let end := add(BUFFER, shl(5, length)) } lt(to, end) { to := add(to, 32) } {
                        let low := mload(from)
                        let rise := add(mload(add(from, 32)), sub(R, low))
                        mstore(to, addmod(low, mulmod(x, rise, R), R))
                        from := add(from, 64)
                    }
                }
                value := mload(BUFFER)
            }

            // ---- Section 8: the linear forms at r. All are products and sums of kernels eq. ----

            // prod_t eq(a_t, b_t) over t < vars. `table` gets the products of the first 0, 1, .. vars factors.
            function eqProducts(a, b, vars, table) -> product {
                product := 1
                mstore(table, 1)
                for { let end := add(a, shl(5, vars)) } lt(a, end) {} {
                    let u := mload(a)
                    let v := mload(b)
                    // 1 - u - v + 2uv
                    let kernel := sub(add(add(add(R, R), 1), shl(1, mulmod(u, v, R))), add(u, v))
                    product := mulmod(product, kernel, R)
                    a := add(a, 32)
                    b := add(b, 32)
                    table := add(table, 32)
                    mstore(table, product)
                }
            }

            // prod_t eq(p_t, bit t of index) over from <= t < to
            function eqIndex(p, index, from, to) -> product {
                product := 1
                index := shr(from, index)
                let end := add(p, shl(5, to))
                for { p := add(p, shl(5, from)) } lt(p, end) { p := add(p, 32) } {
                    let v := mload(p)
                    if iszero(and(index, 1)) { v := sub(add(R, 1), v) }
                    product := mulmod(product, v, R)
                    index := shr(1, index)
                }
            }

            // sum_{i=s}^{31} 2^(i-s) eq(chi_r, i), chi_r being the first five coordinates of r
            function shiftedBits(s) -> value {
                value := 1 // over the bits below 2^t from s mod 2^t on, with that power of two divided out
                let whole := 1 // over all bits below 2^t
                for { let t := 0 } lt(t, 5) { t := add(t, 1) } {
                    let x := mload(add(POINT, shl(5, t)))
                    let size := shl(t, 1)
                    let upper := mulmod(x, whole, R)
                    switch and(s, size)
                    case 0 {
                        let power := shl(sub(size, and(s, sub(size, 1))), 1)
                        value := addmod(mulmod(sub(add(R, 1), x), value, R), mulmod(power, upper, R), R)
                    }
                    default { value := mulmod(x, value, R) }
                    whole := addmod(add(whole, sub(R, upper)), mulmod(shl(size, 1), upper, R), R)
                }
            }

            // L_B(r): claim 1 on the pre-activations, 7 to 9 on B, S and T, 10 on a LINEAR head.
            function bitForm() {
                let vars := mload(NEURON_VARS)
                let etas := mload(ETA_BITS)
                let sign := eqIndex(POINT, 31, 0, 5)
                let first := and(shr(8, mload(add(LAYERS, 32))), 0xff)
                let kept := addmod(shiftedBits(first), sub(R, mulmod(shl(sub(31, first), 1), sign, R)), R)
                // eq(xi, k) (eta^7 eq(chi, i) + eta^8 [i = 31] + eta^9 2^(i - s_1))
                let value := mulmod(mload(add(etas, 64)), eqProducts(X, POINT, 5, PREFIX_1), R)
                value := addmod(value, mulmod(mload(add(etas, 96)), sign, R), R)
                value := addmod(value, mulmod(mload(add(etas, 128)), kept, R), R)
                value := mulmod(value, eqProducts(XI, POINT_NEURONS, vars, PREFIX_2), R)
                value := addmod(value, mulmod(mload(add(etas, 128)), otherShifts(first, sign, kept), R), R)

                pop(eqProducts(RHO, POINT_NEURONS, mload(RHO_VARS), PREFIX_1))
                let depth := mload(DEPTH)
                let sum
                let slot
                let packed
                for { let l := 1 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    packed := mload(add(LAYERS, shl(5, l)))
                    let n := and(packed, 0xff)
                    slot := eqIndex(POINT_NEURONS, and(shr(16, packed), 0xffffffff), n, vars)
                    slot := mulmod(slot, mload(add(PREFIX_1, shl(5, n))), R)
                    sum := addmod(sum, mulmod(mload(add(GAMMAS, shl(5, l))), slot, R), R)
                }
                value := addmod(value, mulmod(shiftedBits(0), sum, R), R)
                if iszero(mload(ARGMAX)) {
                    slot := mulmod(slot, shiftedBits(and(shr(8, packed), 0xff)), R)
                    value := addmod(value, mulmod(mload(add(etas, 160)), slot, R), R)
                }
                mstore(FORM_B, value)
            }

            // Claim 9 where s(k) is not s_1: what the slots of hidden layers with another shift change.
            function otherShifts(first, sign, kept) -> sum {
                let vars := mload(NEURON_VARS)
                for { let l := sub(mload(DEPTH), 1) } gt(l, 1) { l := sub(l, 1) } {
                    let packed := mload(add(LAYERS, shl(5, l)))
                    let shift := and(shr(8, packed), 0xff)
                    if eq(shift, first) { continue }
                    let n := and(packed, 0xff)
                    let offset := and(shr(16, packed), 0xffffffff)
                    let slot := mulmod(eqIndex(POINT_NEURONS, offset, n, vars), eqIndex(XI, offset, n, vars), R)
                    slot := mulmod(slot, mload(add(PREFIX_2, shl(5, n))), R)
                    let change := add(mulmod(shl(sub(31, shift), 1), sign, R), kept)
                    change := addmod(shiftedBits(shift), sub(add(R, R), change), R)
                    sum := addmod(sum, mulmod(slot, change, R), R)
                }
            }

            // L_A(r): activations (claims 4 and 6), then the mask block.
            function auxForm() {
                let vars := mload(NEURON_VARS)
                let auxVars := mload(AUX_VARS)
                let depth := mload(DEPTH)
                let inner := mload(INNER_VARS)
                let value := mulmod(mload(add(mload(ETA_BITS), 32)), mload(DELTA), R)
                value := mulmod(value, eqProducts(XI, POINT, vars, PREFIX_1), R)
                pop(eqProducts(S, POINT, inner, PREFIX_1))
                for { let l := 2 } iszero(gt(l, depth)) { l := add(l, 1) } {
                    let packed := mload(add(LAYERS, shl(5, sub(l, 1))))
                    let n := and(packed, 0xff)
                    let joint := mulmod(eqIndex(S, 0, n, inner), mload(add(PREFIX_1, shl(5, n))), R)
                    mstore(add(JOINTS, shl(5, l)), joint)
                    let slot := eqIndex(POINT, and(shr(16, packed), 0xffffffff), n, vars)
                    let eta := mload(add(ETAS, shl(5, sub(add(depth, l), 1))))
                    value := addmod(value, mulmod(eta, mulmod(slot, joint, R), R), R)
                }
                value := mulmod(value, eqIndex(POINT, 0, vars, add(auxVars, 1)), R)
                let masks := eqIndex(POINT, shl(auxVars, 1), mload(MASK_VARS), add(auxVars, 1))
                masks := mulmod(masks, fold(maskWeights(depth, inner), POINT, mload(MASK_VARS)), R)
                mstore(FORM_A, addmod(value, masks, R))
            }

            // Writes the weight of each entry of the mask block to BUFFER: claims 1 to 4 on u, v and g1,
            // then 5 to 9.
            function maskWeights(depth, inner) -> length {
                let at := BUFFER
                if gt(depth, 1) {
                    // u_2 .. u_L, v_2 .. v_L: sigma_n times the powers of claims 3 and 4, which follow each other too
                    at := scaled(at, add(ETAS, 64), shl(1, sub(depth, 1)), maskAt(add(S, shl(5, sub(inner, 1)))))
                    // g1: 2^n + eta, then 2^(n-1) + eta s_t^e for e = 1, 2, and in the last variable up to 4
                    let eta := mload(add(ETAS, 32))
                    mstore(at, addmod(shl(inner, 1), eta, R))
                    at := add(at, 32)
                    let half := shl(sub(inner, 1), 1)
                    let power := eta
                    let s
                    for { let next := S let end := add(S, shl(5, inner)) } lt(next, end) { next := add(next, 32) } {
                        s := mload(next)
                        at, power := univariate(at, half, eta, s)
                    }
                    at, power := univariate(at, half, power, s)
                }
                at := maskWeightsOfBits(at)
                length := shr(5, sub(at, BUFFER))
            }

            // The rest of the mask block: w_B, w_S, w_T and g2.
            function maskWeightsOfBits(at) -> next {
                let etas := mload(ETA_BITS)
                let last := add(X, shl(5, add(4, mload(NEURON_VARS))))
                next := scaled(at, add(etas, 64), 3, maskAt(last))
                // g2: eta^5 - eta^6, then eta^5 tau_t - eta^6 x_t^e for e = 1, 2, and in the last variable up to 4
                let minus := sub(R, mload(add(etas, 32)))
                mstore(next, addmod(mload(etas), minus, R))
                next := add(next, 32)
                let power := minus
                let start
                let x
                for { let from := X } iszero(gt(from, last)) { from := add(from, 32) } {
                    start := mulmod(mload(etas), mload(add(from, sub(TAU, X))), R)
                    x := mload(from)
                    next, power := univariate(next, start, minus, x)
                }
                next, power := univariate(next, start, power, x)
            }

            // x (1 - x), by which every mask of a last variable is multiplied
            function maskAt(at) -> sigma {
                let x := mload(at)
                sigma := mulmod(x, sub(add(R, 1), x), R)
            }

            function scaled(at, from, length, factor) -> next {
                next := at
                for { let end := add(at, shl(5, length)) } lt(next, end) { next := add(next, 32) } {
                    mstore(next, mulmod(mload(from), factor, R))
                    from := add(from, 32)
                }
            }

            // constant + factor x and constant + factor x^2; gives factor x^2, to go on with
            function univariate(at, constant_, factor, x) -> next, square {
                factor := mulmod(factor, x, R)
                square := mulmod(factor, x, R)
                mstore(at, addmod(constant_, factor, R))
                mstore(add(at, 32), addmod(constant_, square, R))
                next := add(at, 64)
            }

            // L_W(r) and, of an ARGMAX head, L_Y(r): claims 1 and 3.
            function modelForm() {
                let depth := mload(DEPTH)
                let rowVars := mload(ROW_VARS)
                let before := mload(LAYERS)
                // claim 1: -gamma sum_j x_j W_1(kappa, j)
                let weight := mulmod(mload(add(GAMMAS, 32)), foldWords(mload(FEATURES), mload(INPUTS), POINT, before), R)
                weight := sub(R, weight)
                pop(eqProducts(add(RHO, shl(5, rowVars)), POINT, sub(mload(RHO_VARS), rowVars), PREFIX_1))
                let sum
                for { let l := 1 } 1 {} {
                    let packed := mload(add(LAYERS, shl(5, l)))
                    let n := sub(and(packed, 0xff), rowVars)
                    let value := mulmod(weight, matrixKernel(shr(48, packed), before, n), R)
                    value := addmod(value, sub(R, biasKernel(l, shr(112, packed), n)), R)
                    if eq(l, depth) {
                        if mload(ARGMAX) {
                            // kappa_L = [i = y] - eq(rho^L, i)
                            value := sub(R, value)
                            choiceForm(weight, packed, before)
                        }
                        mstore(FORM_W, addmod(sum, value, R))
                        break
                    }
                    sum := addmod(sum, value, R)
                    before := and(packed, 0xff)
                    l := add(l, 1)
                    // claim 3: eta^l z_l(s) W_l(kappa, s)
                    weight := mulmod(mload(add(ETAS, shl(5, l))), mload(add(JOINTS, shl(5, l))), R)
                }
            }

            // The kernel of an output's `n` bits within the row, and of the slot, at index variables `before` and above.
            function matrixKernel(offset, before, n) -> value {
                let vars := mload(MODEL_VARS)
                value := eqIndex(POINT, and(offset, 0xffffffffffffffff), add(before, n), vars)
                let rho := add(RHO, shl(5, mload(ROW_VARS)))
                value := mulmod(value, eqProducts(rho, add(POINT, shl(5, before)), n, PREFIX_2), R)
            }

            // gamma^l sum_i eq(rho^l, i) b_l(i), at r
            function biasKernel(l, offset, n) -> value {
                value := eqIndex(POINT, offset, n, mload(MODEL_VARS))
                value := mulmod(value, mload(add(PREFIX_1, shl(5, n))), R)
                value := mulmod(value, mload(add(GAMMAS, shl(5, l))), R)
            }

            // L_Y(r): the same weights for the one output y, whose index in its row is y >> rowVars.
            function choiceForm(weight, packed, before) {
                let vars := mload(MODEL_VARS)
                let index := shr(mload(ROW_VARS), calldataload(mload(DECISION)))
                let matrix := add(and(shr(48, packed), 0xffffffffffffffff), shl(before, index))
                let value := mulmod(weight, eqIndex(POINT, matrix, before, vars), R)
                let bias := eqIndex(POINT, add(shr(112, packed), index), 0, vars)
                bias := mulmod(bias, mload(add(GAMMAS, shl(5, mload(DEPTH)))), R)
                mstore(FORM_Y, addmod(value, sub(R, bias), R))
            }

            // ---- Section 9: the opening ----

            function checkOpening(claim) {
                let folds := mload(FOLDS)
                let rest := mload(REST)
                let evaluations := mload(EVALUATIONS)
                let last := mload(LAST)
                let z := challenge(folds, evaluations)
                let kappa := challenge(evaluations, last)
                let zeta := challenge(last, add(last, 64))
                // zeta^8 - z, and Z(zeta) = (zeta^8 - z)(zeta - z)
                let modulus := add(eighthPower(zeta), sub(R, z))
                let vanishing := mulmod(modulus, add(zeta, sub(R, z)), R)
                let remainder := batchEvaluations(z, kappa, zeta, modulus, claim)

                // The sum of all points at BUFFER, from zero: C_P + sum kappa^j P_j - I G - Z W + zeta W'
                mstore(BUFFER, 0)
                mstore(add(BUFFER, 32), 0)
                addCommitments(mload(PROOF))
                addRows(add(add(mload(KEY), 8), shl(2, mload(DEPTH))))
                let power := 1
                for {} lt(folds, rest) { folds := add(folds, 64) } {
                    power := mulmod(power, kappa, R)
                    addPoint(folds, power)
                }
                addMultiple(H_X, H_Y, sub(R, calldataload(sub(evaluations, 32))))
                addMultiple(1, 2, sub(R, remainder))
                addPoint(last, sub(R, vanishing))
                addPoint(add(last, 64), zeta)
                checkPairing(add(last, 64))
            }

            // I(zeta) = R(zeta) + (zeta^8 - z) (Y - R(z)) / (z^8 - z), the remainder of P* modulo (X^8 - z)(X - z), at zeta.
            // `parts`: R's eight coefficients, where the prefix products of the forms were.
            function batchEvaluations(z, kappa, zeta, modulus, claim) -> remainder {
                let parts := PREFIX_1
                for { let i := 0 } lt(i, 256) { i := add(i, 32) } { mstore(add(parts, i), 0) }
                let y := batchParts(parts, kappa, z, claim)
                let slope := add(y, sub(R, horner(parts, 8, z)))
                slope := mulmod(slope, invert(addmod(eighthPower(z), sub(R, z), R)), R)
                remainder := addmod(horner(parts, 8, zeta), mulmod(modulus, slope, R), R)
            }

            // Adds kappa^j p_{j,i} to the i-th of `parts`, for all j; gives Y = sum kappa^j P_j(z). The value at z of every fold
            // follows from the parts of the one before; the last is checked against F, and F against `claim`.
            function batchParts(parts, kappa, z, claim) -> y {
                let at := mload(EVALUATIONS)
                let end := sub(mload(LAST), 32)
                let folded := calldataload(end)
                let power := 1
                let point := POINT
                for {} lt(at, end) { at := add(at, 256) } {
                    y := addmod(y, mulmod(power, folded, R), R)
                    for { let i := 0 } lt(i, 256) { i := add(i, 32) } {
                        let part := add(parts, i)
                        mstore(part, addmod(mload(part), mulmod(power, calldataload(add(at, i)), R), R))
                    }
                    calldatacopy(BUFFER, at, 256)
                    folded := fold(8, point, 3)
                    point := add(point, 96)
                    power := mulmod(power, kappa, R)
                }
                let length := restLength(mload(VARS))
                if length {
                    calldatacopy(BUFFER, mload(REST), shl(5, length))
                    if xor(horner(BUFFER, length, z), folded) { openingMismatch() }
                    folded := fold(length, point, mod(mload(VARS), 3))
                }
                if xor(folded, claim) { openingMismatch() }
            }

            // sum_i c_i x^i of `length` coefficients in memory
            function horner(at, length, x) -> value {
                for { let c := add(at, shl(5, length)) } gt(c, at) {} {
                    c := sub(c, 32)
                    value := addmod(mulmod(value, x, R), mload(c), R)
                }
            }

            function eighthPower(x) -> y {
                y := mulmod(x, x, R)
                y := mulmod(y, y, R)
                y := mulmod(y, y, R)
            }

            // 1 / v; zero has none
            function invert(v) -> inverse {
                if iszero(v) { openingMismatch() }
                mstore(BUFFER, 32)
                mstore(add(BUFFER, 32), 32)
                mstore(add(BUFFER, 64), 32)
                mstore(add(BUFFER, 96), v)
                mstore(add(BUFFER, 128), sub(R, 2))
                mstore(add(BUFFER, 160), R)
                let ok := staticcall(gas(), 5, BUFFER, 192, BUFFER, 32)
                if iszero(and(ok, eq(returndatasize(), 32))) { pairingFailed() }
                inverse := mload(BUFFER)
            }

            // L_B(r) C_B + L_A(r) C_A + theta L1(r) C_M1 + theta L2(r) C_M2
            function addCommitments(at) {
                addPoint(at, mload(FORM_B))
                addPoint(add(at, 64), mload(FORM_A))
                let linear := 1 // L1(r) = 1 + sum (t + 1) r_{t+1}
                let quadratic := 1 // L2(r) = 1 + sum (t + 1)^2 r_{t+1}
                for { let t := mload(VARS) } t { t := sub(t, 1) } {
                    let term := mulmod(t, mload(add(POINT, shl(5, sub(t, 1)))), R)
                    linear := addmod(linear, term, R)
                    quadratic := addmod(quadratic, mulmod(t, term, R), R)
                }
                addPoint(add(at, 128), mulmod(mload(THETA), linear, R))
                addPoint(add(at, 192), mulmod(mload(THETA), quadratic, R))
            }

            // sum_c (L_W(r) eq(rho_{<rowVars}, c) + [c = y mod rows] L_Y(r)) K_c. The factors are worked out behind the points.
            function addRows(at) {
                let factors := add(BUFFER, 256)
                mstore(factors, mload(FORM_W))
                let size := 32
                let rho := RHO
                for { let end := add(RHO, shl(5, mload(ROW_VARS))) } lt(rho, end) { rho := add(rho, 32) } {
                    for { let low := factors let stop_ := add(factors, size) } lt(low, stop_) { low := add(low, 32) } {
                        let upper := mulmod(mload(low), mload(rho), R)
                        mstore(add(low, size), upper)
                        mstore(low, addmod(mload(low), sub(R, upper), R))
                    }
                    size := shl(1, size)
                }
                if mload(ARGMAX) {
                    let row := add(factors, and(shl(5, calldataload(mload(DECISION))), sub(size, 1)))
                    mstore(row, addmod(mload(row), mload(FORM_Y), R))
                }
                for { let end := add(factors, size) } lt(factors, end) { factors := add(factors, 32) } {
                    addPoint(at, mload(factors))
                    at := add(at, 64)
                }
            }

            // Adds `factor` times a point in call data to the sum at BUFFER.
            function addPoint(at, factor) {
                calldatacopy(add(BUFFER, 64), at, 64)
                multiplyAdd(factor)
            }

            function addMultiple(x, y, factor) {
                mstore(add(BUFFER, 64), x)
                mstore(add(BUFFER, 96), y)
                multiplyAdd(factor)
            }

            function multiplyAdd(factor) {
                mstore(add(BUFFER, 128), factor)
                let ok := staticcall(gas(), 7, add(BUFFER, 64), 96, add(BUFFER, 64), 64)
                ok := and(ok, eq(returndatasize(), 64))
                if iszero(ok) { pairingFailed() }
                ok := staticcall(gas(), 6, BUFFER, 128, BUFFER, 64)
                ok := and(ok, eq(returndatasize(), 64))
                if iszero(ok) { pairingFailed() }
            }

            // e(sum, [1]_2) e(-W', [tau]_2) = 1, for the sum at BUFFER and W' in call data
            function checkPairing(at) {
                mstore(add(BUFFER, 64), G2_X1)
                mstore(add(BUFFER, 96), G2_X0)
                mstore(add(BUFFER, 128), G2_Y1)
                mstore(add(BUFFER, 160), G2_Y0)
                mstore(add(BUFFER, 192), calldataload(at))
                mstore(add(BUFFER, 224), sub(P, calldataload(add(at, 32))))
                mcopy(add(BUFFER, 256), TAU_2, 128)
                let ok := staticcall(gas(), 8, BUFFER, 384, BUFFER, 32)
                ok := and(ok, eq(returndatasize(), 32))
                if iszero(ok) { pairingFailed() }
                if xor(mload(BUFFER), 1) { pairingFailed() }
            }
        }
    }
}
