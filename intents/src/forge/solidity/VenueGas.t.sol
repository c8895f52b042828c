// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Gauge} from "./Gas.t.sol";
import {VenueWorld} from "./VenueLife.t.sol";
import {VM} from "./Vm.sol";

/// What a whole decision costs at each venue, each a transaction of its own, less refunds, but for the proof.
/// forge-config: default.isolate = true
contract VenueGas is VenueWorld {
    Gauge private constant GAUGE = Gauge(address(VM));

    function setUp() external {
        _open();
    }

    function test_deciding() external {
        GAUGE.etch(address(verifier), hex"00");
        executed(chosen(BUY, ROUTE, ROUTE));
        pass(1);
        string[4] memory names = ["the route", "a pair of v2", "a pool of v4, with ether", "a pool of v3"];
        for (uint8 place = ROUTE; place <= V3; place++) {
            for (uint256 i = 0; i < 2; i++) {
                uint256 class = i == 0 ? BUY : SELL;
                bytes memory asked = chosen(class, place, ROUTE);
                uint256 id = VM.snapshotState();
                executed(asked);
                GAUGE.snapshotValue(
                    "vault",
                    string.concat(
                        "transaction, three assets and four venues: ", i == 0 ? "buy by " : "sell by ", names[place]
                    ),
                    GAUGE.lastCallGas().totalUsed
                );
                require(VM.revertToState(id));
            }
        }
    }
}
