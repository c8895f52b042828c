package org.probity.cli.vault;

import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.probity.agent.checks.AccountChecks.Amount;
import org.probity.agent.checks.Examination;
import org.probity.agent.checks.Finding;
import org.probity.chain.Address;
import org.probity.cli.shared.CheckLines;
import org.probity.cli.shared.CommandGroup;
import org.probity.governance.Act;
import org.probity.governance.Acts;
import org.probity.governance.GovernedVault;
import org.probity.governance.PolicyDraft;
import org.probity.intent.Governor.Change;
import org.probity.intent.policy.Policy;
import org.probity.intent.policy.PolicyPart;
import org.probity.strategy.PublicStrategy;
import org.probity.terminal.Complaint;
import org.probity.terminal.Screen;
import org.probity.terminal.Sentences;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code probity vault}: what owner, curator and sentinels do with a vault. */
@Command(
    name = "vault",
    description = "What owner, curator and sentinels do with a vault, and what it is.",
    subcommands = {
      VaultCommand.Store.class,
      VaultCommand.Propose.class,
      VaultCommand.Tighten.class,
      VaultCommand.Accept.class,
      VaultCommand.Veto.class,
      VaultCommand.Abdicate.class,
      VaultCommand.Pause.class,
      VaultCommand.Unpause.class,
      VaultCommand.Deposit.class,
      VaultCommand.Exit.class,
      VaultCommand.Sweep.class,
      VaultCommand.Sync.class,
      VaultCommand.Poke.class,
      VaultCommand.Unwind.class,
      VaultCommand.Role.class,
      VaultCommand.Seal.class,
      InspectCommand.class,
    })
public final class VaultCommand extends CommandGroup {

  /** Acts on a part of the policy that is taken from a file. */
  abstract static class OfFile extends ActCommand {

    @Parameters(index = "1", paramLabel = "PART", description = "limits, model or parts.")
    private PolicyPart part = PolicyPart.LIMITS;

    @Parameters(
        index = "2",
        paramLabel = "FILE",
        description =
            "HOCON file of a whole policy, such as examples/policy.conf; the part is taken of it.")
    private Path file = Path.of("");

    @Option(
        names = "--strategy",
        paramLabel = "FOLDER",
        description = "For the model: the strategy whose model is to decide.")
    private @Nullable Path strategy;

    @Option(
        names = "--foundation",
        paramLabel = "FILE",
        description =
            "The record of a deployment, whose sources and action are used (default: those of the vault's policy).")
    private @Nullable Path foundation;

    abstract Act act(Acts acts, PolicyPart part, Policy next);

    /** Whether what contradicts the policy's purpose keeps one from it. */
    abstract boolean mustHold();

    @Override
    final Act act(GovernedVault governed, Screen screen) {
      Examination exam = new Examination(Sentences::of);
      Optional<Policy> next =
          new PolicyDraft(
                  part, file, Optional.ofNullable(strategy), Optional.ofNullable(foundation))
              .over(governed, exam);
      CheckLines.notable(screen, exam.report());
      if (next.isEmpty() || (mustHold() && exam.report().worst() == Finding.Verdict.WRONG)) {
        throw new Complaint(
            "%s Nothing was sent."
                .formatted(exam.report().wrong().getFirst().finding().sentence()));
      }
      return act(new Acts(governed), part, next.get());
    }
  }

  @Command(
      name = "store",
      description =
          "Store the key of a strategy's model on the chain, as anyone, so that it can be proposed.")
  static final class Store extends ActCommand {
    @Option(
        names = "--strategy",
        paramLabel = "FOLDER",
        required = true,
        description = "The strategy; its public part will do.")
    private Path strategy = Path.of("");

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).store(PublicStrategy.load(strategy).key());
    }
  }

  @Command(
      name = "propose",
      description =
          "Propose another part of the policy, as the curator: it waits, and may be vetoed.")
  static final class Propose extends OfFile {
    @Override
    Act act(Acts acts, PolicyPart part, Policy next) {
      return acts.propose(part, next);
    }

    @Override
    boolean mustHold() {
      return true;
    }
  }

  @Command(
      name = "tighten",
      description = "Put a tighter part of the policy in force at once, as curator or sentinel.")
  static final class Tighten extends OfFile {
    @Override
    Act act(Acts acts, PolicyPart part, Policy next) {
      return acts.tighten(part, next);
    }

    // Whoever tightens may do so because something is wrong.
    @Override
    boolean mustHold() {
      return false;
    }
  }

  /** Acts on a part of the policy. */
  abstract static class OfPart extends ActCommand {

    @Parameters(index = "1", paramLabel = "PART", description = "limits, model or parts.")
    private PolicyPart part = PolicyPart.LIMITS;

    abstract Act act(Acts acts, PolicyPart part);

    @Override
    final Act act(GovernedVault governed, Screen screen) {
      return act(new Acts(governed), part);
    }
  }

  @Command(
      name = "accept",
      description = "Put in force what has waited for a part of the policy, as anyone.")
  static final class Accept extends OfPart {
    @Option(names = "--abdication", description = "Of the part's abdication, not of a proposal.")
    private boolean abdication;

    @Override
    Act act(Acts acts, PolicyPart part) {
      return abdication ? acts.acceptAbdication(part) : acts.accept(part);
    }
  }

  @Command(
      name = "veto",
      description = "Take away what waits for a part of the policy, as owner, curator or sentinel.")
  static final class Veto extends OfPart {
    @Option(names = "--abdication", description = "Of the part's abdication, not of a proposal.")
    private boolean abdication;

    @Override
    Act act(Acts acts, PolicyPart part) {
      return abdication ? acts.vetoAbdication(part) : acts.veto(part);
    }
  }

  @Command(
      name = "abdicate",
      description =
          "Ask to give up for good that a part of the policy can be loosened, as owner or curator: it waits, and may be vetoed.")
  static final class Abdicate extends OfPart {
    @Override
    Act act(Acts acts, PolicyPart part) {
      return acts.abdicate(part);
    }
  }

  @Command(
      name = "pause",
      description =
          "Stop executions: as the owner until it ends that, as curator or sentinel for a week, once in two.")
  static final class Pause extends ActCommand {
    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).pause();
    }
  }

  @Command(
      name = "unpause",
      description = "End a pause: as the owner any, as anyone one whose week is over.")
  static final class Unpause extends ActCommand {
    @Override
    Act act(GovernedVault governed, Screen screen) {
      boolean byOwner = who().map(governed.roles().owner()::equals).orElse(true);
      return new Acts(governed).unpause(byOwner);
    }
  }

  @Command(name = "deposit", description = "Put tokens of the owner in, as the owner.")
  static final class Deposit extends ActCommand {
    @Parameters(
        index = "1",
        paramLabel = "TOKEN=AMOUNT,…",
        description = "Whole tokens, by symbol or address, such as WETH=2,USD=5000.")
    private String amounts = "";

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).deposit(read(governed, amounts), who());
    }
  }

  @Command(
      name = "exit",
      description = {
        "Give tokens to the recipient, as the owner: in every state of the vault.",
        "One token that cannot be moved keeps no other from it. Exit status: 0 all of them left, 1 some did not."
      })
  static final class Exit extends ActCommand {
    @Parameters(
        index = "1",
        arity = "0..1",
        paramLabel = "TOKEN=AMOUNT,…",
        description = "Whole tokens, by symbol or address (default: all that is booked).")
    private @Nullable String amounts;

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).exit(amounts == null ? List.of() : read(governed, amounts));
    }
  }

  private static List<Amount> read(GovernedVault governed, String amounts) {
    return Arrays.stream(amounts.split(",", -1)).map(governed::amount).toList();
  }

  @Command(
      name = "sweep",
      description =
          "Give the recipient what is held of a token beyond the books, as the owner; of ether with the zero address.")
  static final class Sweep extends ActCommand {
    @Parameters(index = "1", paramLabel = "TOKEN", description = "The token's address.")
    private String token = "";

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).sweep(new Address(token));
    }
  }

  @Command(
      name = "sync",
      description =
          "Lower the books of a token to what is held of it, as owner, curator or sentinel.")
  static final class Sync extends ActCommand {
    @Parameters(index = "1", paramLabel = "TOKEN", description = "The token's address.")
    private String token = "";

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).sync(new Address(token));
    }
  }

  @Command(
      name = "poke",
      description = {
        "Have the vault remember the indices of its lending market, by any account.",
        "Features of loans read the newest that is older than their moment; a node does it by itself."
      })
  static final class Poke extends ActCommand {
    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).poke();
    }
  }

  @Command(
      name = "unwind",
      description = {
        "Repay loans of a token and take back what is supplied of it, as the owner: in every state of the vault.",
        "What is repaid is taken from the books, and what is taken back goes into them; `probity vault exit` gives it out."
      })
  static final class Unwind extends ActCommand {
    @Parameters(index = "1", paramLabel = "TOKEN", description = "By symbol or address.")
    private String token = "";

    @Option(
        names = "--repay",
        paramLabel = "AMOUNT",
        description = "Whole tokens to repay, or all (default: none).")
    private @Nullable String repay;

    @Option(
        names = "--withdraw",
        paramLabel = "AMOUNT",
        description = "Whole tokens to take back, or all (default: none).")
    private @Nullable String withdraw;

    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed)
          .unwind(governed.asset(token), Optional.ofNullable(repay), Optional.ofNullable(withdraw));
    }
  }

  @Command(
      name = "seal",
      description = "Let delays hold from now on, for good, as the owner; it takes a sentinel.")
  static final class Seal extends ActCommand {
    @Override
    Act act(GovernedVault governed, Screen screen) {
      return new Acts(governed).seal();
    }
  }

  @Command(
      name = "role",
      description = {
        "Change who has a role, or a delay, as the owner.",
        "CHANGE is curator, add-sentinel, remove-sentinel or owner with an address, or limits-delay, model-delay or parts-delay with a time such as 3d or 72h."
      })
  static final class Role extends ActCommand {

    enum Stage {
      SUBMIT,
      CONFIRM,
      REVOKE
    }

    @Parameters(
        index = "1",
        paramLabel = "STAGE",
        description =
            "submit begins it, confirm puts it in force once it has waited, revoke takes it away.")
    private Stage stage = Stage.SUBMIT;

    @Parameters(
        index = "2",
        paramLabel = "CHANGE",
        converter = OfChange.class,
        description = "What is changed.")
    private Change change = Change.CURATOR;

    @Parameters(index = "3", paramLabel = "WHAT", description = "An address, or a time.")
    private String what = "";

    @Override
    Act act(GovernedVault governed, Screen screen) {
      Acts acts = new Acts(governed);
      Address account = change.ofDelay() ? Address.ZERO : new Address(what);
      BigInteger value = change.ofDelay() ? BigInteger.valueOf(seconds(what)) : BigInteger.ZERO;
      return switch (stage) {
        case SUBMIT -> acts.submit(change, account, value);
        case CONFIRM -> acts.confirm(change, account, value);
        case REVOKE -> acts.revoke(change, account, value);
      };
    }

    private static final Pattern TIME = Pattern.compile("([0-9]{1,6}) ?(d|h|min|s)");

    private static long seconds(String text) {
      Matcher time = TIME.matcher(text.strip());
      if (!time.matches()) {
        throw new Complaint("\"%s\" is no time: give it as 3d or 72h.".formatted(text));
      }
      return Long.parseLong(time.group(1))
          * switch (time.group(2)) {
            case "d" -> 86_400;
            case "h" -> 3_600;
            case "min" -> 60;
            default -> 1;
          };
    }

    /** Reads a change as people write it. */
    static final class OfChange implements ITypeConverter<Change> {
      @Override
      public Change convert(String text) {
        return Stream.of(Change.values())
            .filter(change -> change.words().equals(text))
            .findFirst()
            .orElseThrow(() ->
                new TypeConversionException(
                    "it must be one of %s"
                        .formatted(Stream.of(Change.values()).map(Change::words).toList())));
      }
    }
  }
}
