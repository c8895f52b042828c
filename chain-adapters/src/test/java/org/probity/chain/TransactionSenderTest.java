package org.probity.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.probity.chain.local.LocalChain;
import org.probity.ground.Bytes32;
import org.probity.ground.TestKind;

@TestKind.Acceptance
class TransactionSenderTest {

  private static final AbiFunction MINT = AbiFunction.parse("mint(address,uint256)");
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static LocalChain chain;
  private static ContractArtifact tokenContract;
  private static Erc20 token;

  @BeforeAll
  static void start() {
    chain = LocalChain.start();
    tokenContract = ContractArtifact.load("TestToken");
    token =
        new Erc20(
            chain.deploy(chain.account(0).address(), tokenContract.deployment("Token", "T", 18)));
  }

  @AfterAll
  static void stop() {
    chain.close();
  }

  private static TransactionSender sender(int account) {
    return sender(chain.client(), account, FeePolicy.DEFAULT, PATIENCE);
  }

  private static TransactionSender sender(
      ChainClient client, int account, FeePolicy fees, Duration patience) {
    return new TransactionSender(
        client, chain.account(account), fees, AbiErrors.of(tokenContract), patience);
  }

  private static Call mint(int account, long amount) {
    return Call.of(token.address(), MINT, chain.account(account).address(), amount);
  }

  private static Call impossibleTransfer() {
    return token.transfer(chain.account(0).address(), BigInteger.TEN.pow(30));
  }

  @Test
  void aTransactionIsMinedAndItsEventsRead() {
    Outcome outcome = sender(1).send(mint(1, 42));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            Outcome.Mined.class,
            mined -> {
              assertThat(mined.receipt().succeeded()).isTrue();
              assertThat(mined.receipt().gasUsed()).isBetween(21_000L, 100_000L);
              assertThat(tokenContract.event("Transfer").decode(mined.receipt().logs().getFirst()))
                  .hasValueSatisfying(minted -> {
                    assertThat(minted.address("from")).isEqualTo(Address.ZERO);
                    assertThat(minted.address("to")).isEqualTo(chain.account(1).address());
                    assertThat(minted.int32("value")).isEqualTo(42);
                  });
            });
    assertThat(token.balanceOf(chain.client(), chain.account(1).address(), BlockTag.LATEST))
        .isEqualTo(42);
  }

  @Test
  void aContractIsDeployed() {
    Outcome outcome = sender(1).send(tokenContract.deployment("Other", "O", 6));
    Address created = ((Outcome.Mined) outcome).receipt().createdContract();
    assertThat(created).isNotNull();
    assertThat(new Erc20(created).symbol(chain.client())).isEqualTo("O");
    assertThat(new Erc20(created).decimals(chain.client())).isEqualTo(6);
  }

  @Test
  void whatWouldFailIsNotSentAndTheContractsReasonIsTold() {
    long before = chain.client().transactionCount(chain.account(2).address(), BlockTag.LATEST);
    assertThat(sender(2).send(impossibleTransfer()))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused ->
                assertThat(refused.reason())
                    .hasToString(
                        "InsufficientBalance(%s, 0, 1%s)"
                            .formatted(chain.account(2).address(), "0".repeat(30))));
    assertThat(chain.client().transactionCount(chain.account(2).address(), BlockTag.LATEST))
        .isEqualTo(before);
  }

  @Test
  void whatFailsOnChainIsTellingItsReason() {
    assertThat(sender(2).sendWithGas(impossibleTransfer(), 100_000))
        .isInstanceOfSatisfying(
            Outcome.Reverted.class,
            reverted -> {
              assertThat(reverted.receipt().succeeded()).isFalse();
              assertThat(reverted.reason())
                  .isInstanceOfSatisfying(
                      RevertReason.Custom.class,
                      custom -> assertThat(custom.name()).isEqualTo("InsufficientBalance"));
            });
    assertThat(sender(2).sendWithGas(mint(2, 1), 30_000))
        .isInstanceOfSatisfying(
            Outcome.Reverted.class,
            reverted -> assertThat(reverted.reason()).hasToString("out of gas at 30000"));
  }

  @Test
  void aNonceUsedElsewhereIsNoticedAndTheNextOneTaken() {
    TransactionSender sender = sender(3);
    assertThat(sender.send(mint(3, 1))).isInstanceOf(Outcome.Mined.class);
    // The same account sends by another way, which this sender does not know of.
    chain.execute(chain.account(3).address(), mint(3, 2));
    assertThat(sender.send(mint(3, 3))).isInstanceOf(Outcome.Mined.class);
    assertThat(sender.send(mint(3, 4))).isInstanceOf(Outcome.Mined.class);
    assertThat(token.balanceOf(chain.client(), chain.account(3).address(), BlockTag.LATEST))
        .isEqualTo(10);
  }

  @Test
  void manyThreadsUseEachNonceOnce() throws Exception {
    List<Future<Outcome>> sent = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 30; i++) {
        // Two senders of one account share its numbers.
        TransactionSender sender = sender(4);
        sent.add(threads.submit(() -> sender.send(mint(4, 1))));
      }
    }
    for (Future<Outcome> outcome : sent) {
      assertThat(outcome.get()).isInstanceOf(Outcome.Mined.class);
    }
    assertThat(token.balanceOf(chain.client(), chain.account(4).address(), BlockTag.LATEST))
        .isEqualTo(30);
  }

  @Test
  void aBaseFeeAboveTheCapIsNotPaid() {
    FeePolicy mean = new FeePolicy(BigInteger.ZERO, BigInteger.ONE, 20);
    chain.client().request("anvil_setNextBlockBaseFeePerGas", "0x3b9aca00");
    chain.mine();
    assertThat(sender(chain.client(), 5, mean, PATIENCE).send(mint(5, 1)))
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.reason().toString()).contains("fee cap of 1 wei"));
    assertThatThrownBy(() -> new FeePolicy(BigInteger.TWO, BigInteger.ONE, 0))
        .hasMessageContaining("above the fee cap");
  }

  @Test
  void theFeePaidStaysUnderTheCap() {
    BigInteger cap = BigInteger.valueOf(3_000_000_000L);
    FeePolicy fees = new FeePolicy(BigInteger.valueOf(1_000), cap, 20);
    Outcome outcome = sender(chain.client(), 5, fees, PATIENCE).send(mint(5, 1));
    assertThat(((Outcome.Mined) outcome).receipt().effectiveGasPrice()).isLessThanOrEqualTo(cap);
  }

  @Test
  void whatNoBlockIncludesIsUnknownUntilABlockDoes() {
    try (LocalChain quiet = LocalChain.start()) {
      quiet.setAutomaticMining(false);
      TransactionSender impatient =
          new TransactionSender(
              quiet.client(),
              quiet.account(1),
              FeePolicy.DEFAULT,
              AbiErrors.NONE,
              Duration.ofMillis(200));
      Call transfer = new Call(quiet.account(2).address(), Bytes.EMPTY, BigInteger.ONE);
      Outcome outcome = impatient.send(transfer);
      assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
      quiet.mine();
      Bytes32 transaction = ((Outcome.Unknown) outcome).transaction();
      assertThat(quiet.client().receipt(transaction)).get().matches(Receipt::succeeded);
      quiet.setAutomaticMining(true);
      assertThat(impatient.send(transfer)).isInstanceOf(Outcome.Mined.class);
    }
  }

  @Test
  void aHandoverWithoutAnAnswerIsFollowedAndNotRepeated() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(chain.http().getPort());
        ChainClient client = ChainClient.connect(proxy.http(), Duration.ofSeconds(1))) {
      Signer signer = chain.account(6);
      Signer cutting =
          new Signer() {
            @Override
            public Address address() {
              return signer.address();
            }

            @Override
            public Bytes sign(Bytes32 digest) {
              // From here on the node hears, but is not heard.
              proxy.silence(true);
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      Thread.sleep(1_500);
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                    proxy.silence(false);
                    proxy.cut();
                  });
              return signer.sign(digest);
            }
          };
      TransactionSender sender =
          new TransactionSender(client, cutting, FeePolicy.DEFAULT, AbiErrors.NONE, PATIENCE);
      assertThat(sender.send(mint(6, 7))).isInstanceOf(Outcome.Mined.class);
      assertThat(token.balanceOf(chain.client(), signer.address(), BlockTag.LATEST)).isEqualTo(7);
    }
  }

  @Test
  void anUnreachableNodeIsToldBeforeAnythingIsSent() throws Exception {
    try (FaultyProxy proxy = new FaultyProxy(chain.http().getPort());
        ChainClient client = ChainClient.connect(proxy.http(), Duration.ofSeconds(1))) {
      proxy.refuse(true);
      proxy.cut();
      assertThatThrownBy(() -> sender(client, 7, FeePolicy.DEFAULT, PATIENCE).send(mint(7, 1)))
          .isInstanceOf(RpcUnreachable.class);
    }
  }
}
