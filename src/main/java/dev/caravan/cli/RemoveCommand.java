package dev.caravan.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes mail out of the queues for good. */
@Command(
        name = "remove",
        description = "Take mail out of the queues for good. Its sender is not told. A mail with recipients that do not"
                + " fit --to or --domain stays.",
        mixinStandardHelpOptions = true)
final class RemoveCommand extends QueueActionCommand {
    @Option(names = "--all", description = "all mail of the states, which are all but bounced if none is given")
    private boolean all;

    @Option(names = "--yes", description = "needed unless all mails are named by their ids")
    private boolean yes;

    RemoveCommand(CommandBackend launch) {
        super(launch, "remove", "removed");
    }

    @Override
    boolean isAll() {
        return all;
    }

    @Override
    public Integer call() {
        if (isAll() != options().areGiven() && !yes && !options().areIdsOnly()) {
            throw misused("this may be much mail, which cannot be brought back (expected: --yes)");
        }
        return super.call();
    }
}
