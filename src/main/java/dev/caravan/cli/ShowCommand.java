package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows all that is known about some messages. */
@Command(
        name = "show",
        description = "Show all that is known of mails in the queues; exit 1 if there is none.",
        mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
    private static final int NOTHING = 1;

    private final CommandBackend backend;

    @Spec
    private CommandSpec spec;

    @Mixin
    private QueueOptions options = new QueueOptions();

    @Option(names = "--json", description = "a JSON object a line for each item of the mail")
    private boolean json;

    ShowCommand(CommandBackend backend) {
        this.backend = backend;
    }

    @Override
    public Integer call() {
        if (!options.areGiven()) {
            throw new CommandLine.ParameterException(spec.commandLine(), "no mail named (expected: its id)");
        }
        return QueueCommand.callServer(backend.control(options.home()), spec, this::show);
    }

    private int show(ControlClient server) throws IOException {
        Map<String, List<String>> parameters = new LinkedHashMap<>(options.parameters());
        parameters.put("details", List.of(""));
        Optional<String> after = Optional.empty();
        int shown = 0;
        do {
            ControlClient.Answer answer = server.ask("GET", "/queue", parameters, after);
            for (String line : answer.lines()) {
                if (json) {
                    spec.commandLine().getOut().println(line);
                } else {
                    print(ControlClient.read(line), shown > 0);
                }
                shown++;
            }
            after = answer.next();
        } while (after.isPresent());
        if (shown == 0) {
            spec.commandLine().getErr().println("caravan: no such mail is in the queues");
        }
        return shown == 0 ? NOTHING : 0;
    }

    private void print(JsonNode item, boolean isNext) {
        PrintWriter out = spec.commandLine().getOut();
        if (isNext) {
            out.println();
        }
        item.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (value.isValueNode() && !field.getKey().startsWith("header")) {
                line(out, field.getKey(), value.asText());
            }
        });
        for (JsonNode recipient : item.path("recipients")) {
            line(out, "recipient", recipient.path("recipient").asText());
            for (String name : List.of("originalRecipient", "status", "remote", "reply")) {
                if (recipient.has(name)) {
                    line(out, "  " + name, recipient.path(name).asText());
                }
            }
        }
        for (JsonNode attempt : item.path("attemptLog")) {
            String text = attempt.path("remote").asText() + " "
                    + attempt.path("reply").asText();
            line(out, "attempt", attempt.path("at").asText() + " " + text.strip());
        }
        header(out, item);
    }

    private static void header(PrintWriter out, JsonNode item) {
        out.println();
        item.path("header").asText().lines().forEach(text -> out.println(printable(text)));
        if (!item.path("headerIsWhole").asBoolean(true)) {
            out.println("(there is more)");
        }
        if (item.has("headerMissing")) {
            out.println("(the content cannot be read: "
                    + printable(item.path("headerMissing").asText()) + ")");
        }
    }

    private static void line(PrintWriter out, String name, String value) {
        out.println(name + ": " + printable(value.replace('\n', ' ')));
    }

    /** Masks control characters, which a message may hold and a terminal would obey. */
    private static String printable(String text) {
        return text.codePoints()
                .map(point -> point != '\t' && Character.isISOControl(point) ? '?' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
