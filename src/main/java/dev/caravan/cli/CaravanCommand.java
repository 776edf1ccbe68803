package dev.caravan.cli;

import dev.caravan.lifecycle.BuildVersion;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The launcher's commands. */
@Command(
        name = "caravan",
        description = "A mail transfer agent that is programmed with Apache Camel routes.",
        mixinStandardHelpOptions = true,
        versionProvider = BuildVersion.class,
        synopsisSubcommandLabel = "COMMAND")
public final class CaravanCommand implements Runnable {
    /** The property that logback.xml reads at the first line of the log: nothing below this level is written. */
    private static final String LOG_LEVEL = "caravan.log-level";

    private final CommandBackend backend;

    @Spec
    private CommandSpec spec;

    private CaravanCommand(CommandBackend backend) {
        this.backend = backend;
    }

    /**
     * The commands, ready to be executed.
     *
     * @param in the standard input of {@code sendmail} and {@code user}.
     */
    public static CommandLine commandLine(CommandBackend backend, InputStream in) {
        CommandLine line = new CommandLine(new CaravanCommand(backend));
        line.addSubcommand(SendmailCommand.commandLine(backend, in));
        line.addSubcommand(QueueCommand.commandLine(backend));
        line.addSubcommand(UserCommand.commandLine(backend, in));
        line.addSubcommand(new TopCommand(backend));
        line.addSubcommand("mailq", new ListCommand(backend));
        line.setExecutionExceptionHandler((exception, command, result) -> {
            command.getErr().println("caravan: " + explained(exception));
            return CommandLine.ExitCode.SOFTWARE;
        });
        return line;
    }

    private static String explained(Throwable exception) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = exception; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            if (text.indexOf(message) < 0) {
                text.append(text.length() == 0 ? "" : "\n  because: ").append(message);
            }
        }
        return text.toString();
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command given");
    }

    /** The options of the commands that work on a home. */
    static final class HomeOptions {
        @Option(
                names = "--home",
                paramLabel = "DIR",
                defaultValue = HomeFolder.DEFAULT,
                description = HomeFolder.DESCRIPTION)
        private Path home = Path.of("");

        @Option(
                names = "--set",
                paramLabel = "key=value",
                description = "a setting, over caravan.properties; may be given often")
        private Map<String, String> settings = new LinkedHashMap<>();

        Path home() {
            return home;
        }

        Map<String, String> settings() {
            return settings;
        }
    }

    @Command(name = "run", description = "Run the server: everything in one process.", mixinStandardHelpOptions = true)
    int serve(@Mixin HomeOptions options) throws Exception {
        return backend.run(options.home(), options.settings());
    }

    @Command(
            name = "broker",
            description = "Run only the broker, for servers elsewhere.",
            mixinStandardHelpOptions = true)
    int broker(@Mixin HomeOptions options) throws Exception {
        return backend.broker(options.home(), options.settings());
    }

    @Command(
            name = "check",
            description = "Check settings, broker configuration and routes; exit 1 if something is wrong.",
            mixinStandardHelpOptions = true)
    int check(@Mixin HomeOptions options) throws Exception {
        return backend.check(options.home(), options.settings());
    }

    @Command(
            name = "test",
            description = "Run the tests of the routes, routes/tests/*.yaml; exit 1 if one fails.",
            mixinStandardHelpOptions = true)
    int test(
            @Mixin HomeOptions options,
            @Option(names = "--verbose", description = "show the log of the servers that are tested") boolean verbose,
            @Parameters(paramLabel = "FILE", description = "tests to run (default: all of the home)") List<Path> files)
            throws Exception {
        if (!verbose && System.getProperty(LOG_LEVEL) == null) {
            System.setProperty(LOG_LEVEL, "OFF");
        }
        return backend.test(options.home(), options.settings(), files == null ? List.of() : files);
    }
}
