package org.probity.sim.bench;

import io.horizen.evm.EvmContext;
import io.horizen.evm.ForkRules;
import io.horizen.evm.Hash;
import io.horizen.evm.Invocation;
import io.horizen.evm.MemoryDatabase;
import io.horizen.evm.StateDB;
import io.horizen.evm.results.InvocationResult;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;
import org.probity.chain.Address;
import org.probity.chain.Bytes;
import org.probity.chain.Call;

/** go-ethereum's machine within this process, its state in memory: transactions of one sender. */
final class Evm implements AutoCloseable {

  private static final io.horizen.evm.Address SENDER =
      new io.horizen.evm.Address("0x00000000000000000000000000000000000000f1");
  private static final BigInteger GAS = BigInteger.valueOf(16_000_000);
  private static final ForkRules RULES = new ForkRules(true);

  private final MemoryDatabase database = new MemoryDatabase();
  private final StateDB state = new StateDB(database, StateDB.EMPTY_ROOT_HASH);
  private long time = 1_750_000_000L;
  private long block = 1;

  /** The address of what a deployment made. */
  Address deploy(Call deployment) {
    InvocationResult result = apply(null, deployment.data());
    return new Address(result.contractAddress.toString());
  }

  /** Executes a transaction in a block of its own and gives what it returned. */
  Bytes execute(Address to, Bytes data) {
    return Bytes.of(apply(new io.horizen.evm.Address(to.hex()), data).returnData);
  }

  private InvocationResult apply(io.horizen.evm.@Nullable Address to, Bytes data) {
    time += 12;
    var context =
        new EvmContext(
            BigInteger.valueOf(31_337),
            io.horizen.evm.Address.ZERO,
            GAS,
            BigInteger.ZERO,
            BigInteger.valueOf(block++),
            BigInteger.valueOf(time),
            BigInteger.ZERO,
            Hash.ZERO,
            RULES);
    state.setNonce(SENDER, BigInteger.valueOf(block)); // It makes the address of what is deployed.
    state.accessSetup(SENDER, to == null ? io.horizen.evm.Address.ZERO : to, SENDER, RULES);
    InvocationResult result =
        io.horizen.evm.Evm.Apply(
            state,
            new Invocation(SENDER, to, BigInteger.ZERO, data.toArray(), GAS, false),
            context);
    if (result.reverted || !result.executionError.isEmpty()) {
      throw new IllegalStateException("The transaction reverted: " + result.executionError);
    }
    state.finalizeChanges();
    return result;
  }

  @Override
  public void close() throws Exception {
    state.close();
    database.close();
  }
}
