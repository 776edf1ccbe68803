package dev.caravan.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Has deferred mail tried now. */
@Command(name = "flush", description = "Have deferred mail tried now.", mixinStandardHelpOptions = true)
final class FlushCommand implements Callable<Integer> {
    private final CommandBackend launch;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    @Option(names = "--all", description = "all deferred mail")
    private boolean all;

    FlushCommand(CommandBackend launch) {
        this.launch = launch;
    }

    @Override
    public Integer call() {
        if (all == options.areGiven()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "which mail? (expected: ids or filters, or --all)");
        }
        return QueueCommand.talk(launch.control(options.home()), spec, server -> {
            spec.commandLine().getOut().println(QueueCommandClient.run(server, "/queue/flush", options, "flushed"));
            return 0;
        });
    }
}
