package org.probity.agent.watch;

import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.probity.agent.AgentStatus;
import org.probity.agent.HoldFigures;
import org.probity.agent.LoanFigures;
import org.probity.agent.node.ProbityNode;
import org.probity.agent.proving.ProofQueue;
import org.probity.agent.settings.NodeSettings;
import org.probity.chain.Address;
import org.probity.chain.ChainClient;
import org.probity.chain.EndpointStatus;
import org.probity.zk.gpu.Fallbacks;

/** What a watch looks at besides the events that it is told. Calls may block, and may fail. */
public interface Surroundings {

  /** Whether this node runs agents, so that heads are due. */
  boolean runsAgents();

  /** Whether this node is a member of its cluster. */
  boolean isUp();

  /** Returns once the journal's database has answered. */
  void askJournal();

  /** In wei. */
  BigInteger balance(Address account);

  List<EndpointStatus> endpoints();

  CompletionStage<List<AgentStatus>> agents();

  ProofQueue.Figures proofs();

  /** How often the processor did what a card was to do. */
  int proverFallbacks();

  /** How claims of holds stand. */
  default HoldFigures holds() {
    return HoldFigures.NONE;
  }

  /** How the checkpoints of vaults that lend are looked after. */
  default LoanFigures loans() {
    return LoanFigures.NONE;
  }

  /** Those of a running node. */
  static Surroundings of(
      ProbityNode node,
      Set<NodeSettings.Role> roles,
      ChainClient chain,
      Fallbacks fallbacks,
      Supplier<HoldFigures> holds,
      Supplier<LoanFigures> loans) {
    return new Surroundings() {
      @Override
      public boolean runsAgents() {
        return roles.contains(NodeSettings.Role.AGENT);
      }

      @Override
      public boolean isUp() {
        return node.isUp();
      }

      @Override
      public void askJournal() {
        try (Connection connection = node.database().getConnection();
            Statement statement = connection.createStatement()) {
          statement.execute("SELECT 1");
        } catch (SQLException e) {
          throw new IllegalStateException("The journal does not answer: " + e.getMessage(), e);
        }
      }

      @Override
      public BigInteger balance(Address account) {
        return chain.balance(account);
      }

      @Override
      public List<EndpointStatus> endpoints() {
        return chain.endpoints();
      }

      @Override
      public CompletionStage<List<AgentStatus>> agents() {
        return node.agents().list();
      }

      @Override
      public ProofQueue.Figures proofs() {
        return node.proofs();
      }

      @Override
      public int proverFallbacks() {
        return Math.toIntExact(fallbacks.total());
      }

      @Override
      public HoldFigures holds() {
        return holds.get();
      }

      @Override
      public LoanFigures loans() {
        return loans.get();
      }
    };
  }
}
