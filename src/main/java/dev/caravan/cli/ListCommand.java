package dev.caravan.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists the messages in the queues; also the command {@code mailq}. */
@Command(
        name = "list",
        description = "List the mail in the queues: all that is not delivered or returned yet.",
        mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
    /** The maximum number of lines in one answer of the server. */
    private static final int PAGE = 1000;

    private final CommandBackend backend;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "show so many mails at most (default: ${DEFAULT-VALUE})",
            defaultValue = "1000")
    private int limit;

    @Option(names = "--json", description = "a JSON object a line for each mail")
    private boolean json;

    ListCommand(CommandBackend backend) {
        this.backend = backend;
    }

    @Override
    public Integer call() {
        return QueueCommand.callServer(backend.control(options.home()), spec, this::list);
    }

    private int list(ControlClient server) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        QueueTable table = new QueueTable(out);
        ControlClient.Answer answer = page(server, 0, Optional.empty());
        Optional<Long> count = answer.count();
        answer.note().ifPresent(note -> spec.commandLine().getErr().println("caravan: " + note));
        int shown = 0;
        boolean isMore = false;
        while (true) {
            for (String line : answer.lines()) {
                isMore = shown == limit;
                if (isMore) {
                    break;
                }
                if (json) {
                    out.println(line);
                } else {
                    table.add(ControlClient.read(line));
                }
                shown++;
            }
            if (isMore || answer.next().isEmpty()) {
                break;
            }
            answer = page(server, shown, answer.next());
        }
        end(table, isMore, count);
        return 0;
    }

    private ControlClient.Answer page(ControlClient server, int shown, Optional<String> after) throws IOException {
        Map<String, List<String>> parameters = new LinkedHashMap<>(options.parameters());
        // One more than is shown, to know whether there are more.
        int wanted = Math.min(PAGE, Math.max(0, limit - shown) + 1);
        parameters.put("limit", List.of(Integer.toString(wanted)));
        return server.ask("GET", "/queue", parameters, after);
    }

    private void end(QueueTable table, boolean isMore, Optional<Long> count) {
        if (!json) {
            table.end(isMore ? count : Optional.empty());
        }
        if (isMore) {
            spec.commandLine().getErr().println("caravan: there are more mails than are shown (--limit " + limit + ")");
        }
    }
}
