package org.probity.agent.cli;

import picocli.CommandLine.Command;

@Command(
    name = "data",
    description = "Market history on this machine, for backtests.",
    mixinStandardHelpOptions = true,
    subcommands = {DataImportCommand.class, DataCheckCommand.class, DataShowCommand.class})
final class DataCommand extends Group {}
