package dev.caravan.cli;

import dev.caravan.admin.QueueVerb;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The commands that look at the queues of the running server, and act on them. */
@Command(
        name = "queue",
        description = "Look at the queues of the running server, and act on them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class QueueCommand implements Runnable {
    /** No server runs: {@code EX_UNAVAILABLE} of {@code sysexits.h}. */
    static final int UNAVAILABLE = 69;

    private static final int REFUSED = 1;

    @Spec
    private CommandSpec spec;

    private QueueCommand() {}

    static CommandLine commandLine(CommandBackend launch) {
        CommandLine line = new CommandLine(new QueueCommand());
        line.addSubcommand(new ListCommand(launch));
        line.addSubcommand(new ShowCommand(launch));
        for (QueueVerb verb : QueueVerb.values()) {
            line.addSubcommand(QueueActionCommand.commandLine(launch, verb));
        }
        return line;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }

    /** A talk with the server. */
    interface Talk {
        /** @return the exit code. */
        int with(ControlClient server) throws IOException;
    }

    /** Talks with the running server, and explains why if that cannot be. */
    static int talk(Path control, CommandSpec spec, Talk talk) {
        PrintWriter err = spec.commandLine().getErr();
        try {
            return talk.with(new ControlClient(control));
        } catch (ControlClient.NoServerException e) {
            err.println("caravan: " + e.getMessage());
            return UNAVAILABLE;
        } catch (AccessDeniedException e) {
            err.println("caravan: " + e.getFile() + " may be read by the server's user only");
            return REFUSED;
        } catch (IOException e) {
            err.println("caravan: " + e.getMessage());
            return REFUSED;
        } finally {
            spec.commandLine().getOut().flush();
            err.flush();
        }
    }
}
