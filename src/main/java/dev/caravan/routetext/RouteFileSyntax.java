package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Finds mistakes that Camel silently ignores when it loads a route file: octets that are not UTF-8, a file that is not
 * a list, duplicate keys, and routes without {@code from}.
 */
public final class RouteFileSyntax {
    private static final String LIST = "a list, each entry such as \"- route:\"";

    private final Path file;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private boolean isPassedOver;

    private RouteFileSyntax(Path file) {
        this.file = file;
    }

    /**
     * The problems of a file, each with the file and, where known, the line.
     *
     * @param file a route file.
     * @throws IOException if it cannot be read.
     */
    public static List<ConfigProblem> problems(Path file) throws IOException {
        RouteFileSyntax syntax = new RouteFileSyntax(file);
        syntax.read(Files.readAllBytes(file));
        return syntax.problems;
    }

    /**
     * Refuses a file that Camel would load without any route, so that no server starts without the rules in it.
     *
     * @throws IllegalArgumentException if it is not a list, with file and line.
     * @throws IOException if it cannot be read.
     */
    public static void requireList(Path file) throws IOException {
        RouteFileSyntax syntax = new RouteFileSyntax(file);
        syntax.read(Files.readAllBytes(file));
        if (syntax.isPassedOver) {
            throw new IllegalArgumentException(syntax.problems.get(0).toString());
        }
    }

    private void read(byte[] octets) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
            Optional<Node> root = new Compose(LoadSettings.builder().build()).composeString(text);
            root.ifPresentOrElse(
                    this::requireList,
                    () -> problems.add(new ConfigProblem(file.toString(), "the file is empty", LIST + ", or no file")));
        } catch (CharacterCodingException e) {
            problems.add(new ConfigProblem(
                    ConfigProblem.at(file, lineOfForeignOctet(octets)), "not UTF-8", "a file in UTF-8"));
        } catch (MarkedYamlEngineException e) {
            // Camel reports this too, and its message names the part of the route.
        } catch (YamlEngineException e) {
            problems.add(new ConfigProblem(file.toString(), String.valueOf(e.getMessage()), "YAML in UTF-8"));
        }
    }

    /**
     * The first line that is not valid UTF-8. Lines can be decoded separately, because in UTF-8 a line feed octet is
     * never part of another character.
     */
    private static int lineOfForeignOctet(byte[] octets) {
        int line = 1;
        int start = 0;
        for (int i = 0; i <= octets.length; i++) {
            if (i == octets.length || octets[i] == '\n') {
                try {
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets, start, i - start));
                } catch (CharacterCodingException e) {
                    return line;
                }
                line++;
                start = i + 1;
            }
        }
        return 0;
    }

    private void requireList(Node root) {
        if (root instanceof SequenceNode list) {
            requireSingleKeys(root);
            list.getValue().forEach(this::requireBeginning);
            return;
        }
        String what = "the file is a single text";
        if (root instanceof MappingNode mapping) {
            what = value(mapping, "kind").isPresent()
                    ? "a Kubernetes resource is not read"
                    : "the file is a map (is \"- \" missing before its first key?)";
        }
        isPassedOver = true;
        addProblem(root, what, LIST);
    }

    private void requireSingleKeys(Node node) {
        if (node instanceof SequenceNode list) {
            list.getValue().forEach(this::requireSingleKeys);
        } else if (node instanceof MappingNode mapping) {
            Map<String, Integer> lines = new HashMap<>();
            for (NodeTuple pair : mapping.getValue()) {
                if (pair.getKeyNode() instanceof ScalarNode key) {
                    Integer first = lines.putIfAbsent(key.getValue(), line(key));
                    if (first != null) {
                        addProblem(key, key.getValue() + " is in line " + first + " already", "each key once");
                    }
                }
                requireSingleKeys(pair.getValueNode());
            }
        }
    }

    private void requireBeginning(Node entry) {
        if (entry instanceof MappingNode mapping) {
            value(mapping, "route")
                    .filter(route -> !(route instanceof MappingNode steps
                            && value(steps, "from").isPresent()))
                    .ifPresent(route -> addProblem(entry, "a route without from", "from: with a uri"));
        }
    }

    private static Optional<Node> value(MappingNode mapping, String key) {
        return mapping.getValue().stream()
                .filter(pair -> pair.getKeyNode() instanceof ScalarNode scalar
                        && scalar.getValue().equals(key))
                .map(NodeTuple::getValueNode)
                .findFirst();
    }

    private void addProblem(Node node, String what, String expected) {
        problems.add(new ConfigProblem(ConfigProblem.at(file, line(node)), what, expected));
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }
}
