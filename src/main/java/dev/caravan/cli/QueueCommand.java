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

/** The commands that list and change the queues of the running server. */
@Command(
        name = "queue",
        description = "Look at the queues of the running server, and act on them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class QueueCommand implements Runnable {
    /** The exit code if no server runs: {@code EX_UNAVAILABLE} of {@code sysexits.h}. */
    static final int UNAVAILABLE = 69;

    private static final int REFUSED = 1;

    @Spec
    private CommandSpec spec;

    private QueueCommand() {}

    static CommandLine commandLine(CommandBackend backend) {
        CommandLine line = new CommandLine(new QueueCommand());
        line.addSubcommand(new ListCommand(backend));
        line.addSubcommand(new ShowCommand(backend));
        for (QueueVerb verb : QueueVerb.values()) {
            line.addSubcommand(QueueActionCommand.commandLine(backend, verb));
        }
        return line;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }

    /** What a command asks of the server. */
    interface ServerCall {
        /** @return the exit code. */
        int run(ControlClient server) throws IOException;
    }

    /**
     * Connects to the running server and runs a call; prints why if that fails.
     *
     * @param control the control file.
     * @return the exit code.
     */
    static int callServer(Path control, CommandSpec spec, ServerCall call) {
        PrintWriter err = spec.commandLine().getErr();
        try {
            return call.run(new ControlClient(control));
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
