package dev.caravan.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that does something with each message of the queues that a filter matches; {@code --all} stands for no filter. */
abstract class QueueActionCommand implements Callable<Integer> {
    private final CommandBackend launch;
    private final String action;
    private final String done;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    /**
     * @param action the last part of the server's path.
     * @param done for people: what was done, behind the number of messages.
     */
    QueueActionCommand(CommandBackend launch, String action, String done) {
        this.launch = launch;
        this.action = action;
        this.done = done;
    }

    /** Whether {@code --all} was given. */
    abstract boolean isAll();

    QueueOptions options() {
        return options;
    }

    CommandLine.ParameterException misused(String message) {
        return new CommandLine.ParameterException(spec.commandLine(), message);
    }

    @Override
    public Integer call() {
        if (isAll() == options.areGiven()) {
            throw misused("which mail? (expected: ids or filters, or --all)");
        }
        return QueueCommand.talk(launch.control(options.home()), spec, server -> {
            spec.commandLine().getOut().println(QueueCommandClient.run(server, "/queue/" + action, options, done));
            return 0;
        });
    }
}
