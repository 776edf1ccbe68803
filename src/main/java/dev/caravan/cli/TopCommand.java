package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows what the running server is delivering: each second anew in a terminal, else once. */
@Command(
        name = "top",
        description = "Show what the running server is delivering: by stage, by destination, and the oldest attempts."
                + " In a terminal the picture is renewed each second; end it by Ctrl-C.",
        mixinStandardHelpOptions = true)
final class TopCommand implements Callable<Integer> {
    private static final String CLEAR = "\u001b[H\u001b[2J";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final int MAX_CELL = 40;

    private final CommandBackend backend;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--home",
            paramLabel = "DIR",
            defaultValue = HomeFolder.DEFAULT,
            description = HomeFolder.DESCRIPTION)
    private Path home = Path.of("");

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "show so many destinations and attempts at most (default: ${DEFAULT-VALUE})",
            defaultValue = "20")
    private int limit;

    @Option(names = "--once", description = "show it once, also in a terminal")
    private boolean once;

    @Option(names = "--json", description = "a JSON object, once")
    private boolean json;

    TopCommand(CommandBackend backend) {
        this.backend = backend;
    }

    @Override
    public Integer call() {
        return QueueCommand.callServer(backend.control(home), spec, this::show);
    }

    private int show(ControlClient server) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        boolean isLive = !once && !json && isTerminal();
        do {
            String line = ask(server);
            if (json) {
                out.println(line);
            } else {
                out.print((isLive ? CLEAR : "") + picture(ControlClient.read(line)));
            }
            out.flush();
        } while (isLive && hasWaited());
        return 0;
    }

    private String ask(ControlClient server) throws IOException {
        Map<String, List<String>> parameters = Map.of("limit", List.of(Integer.toString(limit)));
        return server.ask("GET", "/deliveries", parameters, Optional.empty())
                .lines()
                .get(0);
    }

    private static boolean hasWaited() {
        try {
            TimeUnit.SECONDS.sleep(1);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** From Java 22 on there is a console also where there is no terminal. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        if (System.console() == null) {
            return false;
        }
        try {
            return (boolean) System.console().getClass().getMethod("isTerminal").invoke(System.console());
        } catch (NoSuchMethodException e) {
            return true;
        } catch (IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }

    private static String picture(JsonNode top) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        Instant at = Instant.parse(top.path("at").asText());
        out.println(TIME.format(at.atZone(ZoneId.systemDefault())) + "  "
                + top.path("inHand").asLong() + " in hand" + stages(top.path("stages")));
        destinations(top, out);
        attempts(top, at, out);
        return text.toString();
    }

    private static String stages(JsonNode stages) {
        StringBuilder text = new StringBuilder();
        stages.properties()
                .forEach(stage -> text.append(text.length() == 0 ? ": " : ", ")
                        .append(stage.getKey())
                        .append(' ')
                        .append(stage.getValue().asLong()));
        return text.toString();
    }

    private static void destinations(JsonNode top, PrintWriter out) {
        if (top.path("destinations").isEmpty()) {
            return;
        }
        out.println();
        out.println(row("%-40s %7s %7s %6s  %s", "DESTINATION", "RUNNING", "WAITING", "LIMIT", "WHY; LAST REPLY"));
        for (JsonNode one : top.path("destinations")) {
            String why = one.path("why").asText();
            String reply = one.path("lastReply").asText();
            out.println(row(
                    "%-40s %7s %7s %6s  %s",
                    cell(one.path("destination").asText()),
                    one.path("running").asText(),
                    one.path("waiting").asText(),
                    one.path("limit").asText(),
                    why + (why.isEmpty() || reply.isEmpty() ? "" : "; ") + reply));
        }
        more(top.path("destinationsInHand").asLong(), top.path("destinations").size(), "destinations", out);
    }

    private static void attempts(JsonNode top, Instant at, PrintWriter out) {
        if (top.path("attempts").isEmpty()) {
            return;
        }
        out.println();
        out.println(row("%8s %8s  %-24s %-40s %s", "BEGAN", "STAGE", "", "DESTINATION", "HOST"));
        for (JsonNode one : top.path("attempts")) {
            out.println(row(
                    "%8s %8s  %-24s %-40s %s",
                    since(one.path("began"), at),
                    since(one.path("stageBegan"), at),
                    one.path("stage").asText(),
                    cell(one.path("destination").asText(one.path("transport").asText())),
                    host(one)));
        }
        more(top.path("inHand").asLong(), top.path("attempts").size(), "attempts", out);
    }

    private static void more(long all, int shown, String what, PrintWriter out) {
        if (all > shown) {
            out.println("(" + (all - shown) + " more " + what + ": --limit)");
        }
    }

    private static String host(JsonNode attempt) {
        String host = attempt.path("host").asText();
        String address = attempt.path("address").asText();
        return attempt.path("id").asText()
                + (host.isEmpty() ? "" : " " + host)
                + (address.isEmpty() ? "" : " " + address);
    }

    private static String since(JsonNode instant, Instant now) {
        Duration age = Duration.between(Instant.parse(instant.asText()), now);
        return age.toMinutes() >= 10 ? age.toMinutes() + " min" : Math.max(0, age.toSeconds()) + " s";
    }

    private static String cell(String text) {
        return text.length() > MAX_CELL ? text.substring(0, MAX_CELL - 3) + "..." : text;
    }

    private static String row(String format, Object... cells) {
        return String.format(Locale.ROOT, format, cells).stripTrailing();
    }
}
