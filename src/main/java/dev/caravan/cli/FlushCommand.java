package dev.caravan.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Has deferred mail tried now. */
@Command(name = "flush", description = "Have deferred mail tried now.", mixinStandardHelpOptions = true)
final class FlushCommand extends QueueActionCommand {
    @Option(names = "--all", description = "all deferred mail")
    private boolean all;

    FlushCommand(CommandBackend launch) {
        super(launch, "flush", "flushed");
    }

    @Override
    boolean isAll() {
        return all;
    }
}
