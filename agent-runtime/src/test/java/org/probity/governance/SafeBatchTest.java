package org.probity.governance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The checksum that a Safe's Transaction Builder looks for, on a file of its own. */
final class SafeBatchTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Written by the builder 1.18.2, as 5afe/safe-cli-nodejs quotes it. */
  private static final String OF_THE_BUILDER =
      """
      {"version":"1.0","chainId":"1","createdAt":1761326849944,"meta":{"name":"Transactions Batch","description":"","txBuilderVersion":"1.18.2","createdFromSafeAddress":"0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6","createdFromOwnerAddress":"","checksum":"0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"},"transactions":[{"to":"0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48","value":"0","data":null,"contractMethod":{"inputs":[{"internalType":"address","name":"spender","type":"address"},{"internalType":"uint256","name":"value","type":"uint256"}],"name":"approve","payable":false},"contractInputsValues":{"spender":"0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8","value":"100000000000"}}]}
      """;

  @Test
  void checksumIsTheBuildersOwn() throws IOException {
    ObjectNode batch = (ObjectNode) JSON.readTree(OF_THE_BUILDER);
    assertThat(SafeBatch.checksum(batch)).isEqualTo(batch.path("meta").path("checksum").asText());
    batch.put("chainId", "10");
    assertThat(SafeBatch.checksum(batch))
        .isNotEqualTo(batch.path("meta").path("checksum").asText());
  }
}
