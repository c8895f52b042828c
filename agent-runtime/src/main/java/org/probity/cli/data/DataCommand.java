package org.probity.cli.data;

import org.probity.cli.shared.CommandGroup;
import picocli.CommandLine.Command;

/** {@code probity data}: leads to the commands on market history. */
@Command(
    name = "data",
    description = "Market history on this machine, for backtests.",
    subcommands = {DataImportCommand.class, DataCheckCommand.class, DataShowCommand.class})
public final class DataCommand extends CommandGroup {}
