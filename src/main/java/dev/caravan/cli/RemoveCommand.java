package dev.caravan.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes mail out of the queues for good. */
@Command(
        name = "remove",
        description = "Take mail out of the queues for good. Its sender is not told. A mail with recipients that do not"
                + " fit --to or --domain stays.",
        mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {
    private final CommandBackend launch;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    @Option(names = "--all", description = "all mail of the states, which are all but bounced if none is given")
    private boolean all;

    @Option(names = "--yes", description = "needed unless all mails are named by their ids")
    private boolean yes;

    RemoveCommand(CommandBackend launch) {
        this.launch = launch;
    }

    @Override
    public Integer call() {
        if (all == options.areGiven()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "which mail? (expected: ids or filters, or --all)");
        }
        if (!yes && !options.areIdsOnly()) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "this may be much mail, which cannot be brought back (expected: --yes)");
        }
        return QueueCommand.talk(launch.control(options.home()), spec, server -> {
            spec.commandLine().getOut().println(QueueCommandClient.run(server, "/queue/remove", options, "removed"));
            return 0;
        });
    }
}
