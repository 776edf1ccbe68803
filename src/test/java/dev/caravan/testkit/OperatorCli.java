package dev.caravan.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.Caravan;
import dev.caravan.cli.CaravanCommand;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** Somebody who types commands at the home of a server. */
public final class OperatorCli {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path home;

    public OperatorCli(Path home) {
        this.home = home;
    }

    /**
     * What a command did.
     *
     * @param code its exit code.
     */
    public record Did(int code, String out, String err) {
        /** The lines of its output as JSON. */
        public List<JsonNode> json() throws Exception {
            List<JsonNode> objects = new ArrayList<>();
            for (String line : out.lines().toList()) {
                objects.add(JSON.readTree(line));
            }
            return objects;
        }
    }

    /** Types a command, such as {@code queue list}. */
    public Did types(String... words) {
        return typesWith("", words);
    }

    /** Types a command that reads standard input. */
    public Did typesWith(String input, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = CaravanCommand.commandLine(
                        new Caravan(System.out), new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--home", home.toString()));
        return new Did(line.execute(all.toArray(String[]::new)), out.toString(), err.toString());
    }

    /** The mails that a listing shows. */
    public List<JsonNode> lists(String... filters) throws Exception {
        List<String> words = new ArrayList<>(List.of("queue", "list", "--json"));
        words.addAll(List.of(filters));
        Did did = types(words.toArray(String[]::new));
        if (did.code() != 0) {
            throw new AssertionError(did.toString());
        }
        return did.json();
    }
}
