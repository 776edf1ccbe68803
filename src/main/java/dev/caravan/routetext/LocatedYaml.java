package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

/** A node of a YAML file with its file and line, which problem messages name. */
public final class LocatedYaml {
    private final Path file;
    private final Node node;
    private final List<ConfigProblem> problems;

    private LocatedYaml(Path file, Node node, List<ConfigProblem> problems) {
        this.file = file;
        this.node = node;
        this.problems = problems;
    }

    /**
     * Reads a file.
     *
     * @param problems collects problems, both now and when a node is read as a type that it does not have.
     * @return the root node; empty if the file is not YAML or is empty.
     * @throws IOException if the file cannot be read.
     */
    public static Optional<LocatedYaml> read(Path file, List<ConfigProblem> problems) throws IOException {
        try {
            Optional<Node> root = new Compose(LoadSettings.builder().build()).composeString(Files.readString(file));
            if (root.isEmpty()) {
                problems.add(new ConfigProblem(file.toString(), "the file is empty", "tests"));
            }
            return root.map(node -> new LocatedYaml(file, node, problems));
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
            problems.add(new ConfigProblem(ConfigProblem.at(file, line), String.valueOf(e.getProblem()), "YAML"));
        } catch (YamlEngineException | CharacterCodingException e) {
            problems.add(new ConfigProblem(file.toString(), String.valueOf(e.getMessage()), "YAML in UTF-8"));
        }
        return Optional.empty();
    }

    /** File and line. */
    public String place() {
        return ConfigProblem.at(file, node.getStartMark().map(Mark::getLine).orElse(-1) + 1);
    }

    public void addProblem(String what, String expected) {
        problems.add(new ConfigProblem(place(), what, expected));
    }

    /** The value of each key; unknown keys are reported as problems. */
    public Map<String, LocatedYaml> fields(Set<String> known) {
        Map<String, LocatedYaml> fields = pairs();
        fields.forEach((key, value) -> {
            if (!known.contains(key)) {
                value.addProblem(
                        key + " is not a key",
                        "one of " + known.stream().sorted().toList());
            }
        });
        return fields;
    }

    /** The value of each key; accepts any key. */
    public Map<String, LocatedYaml> pairs() {
        Map<String, LocatedYaml> pairs = new LinkedHashMap<>();
        if (!(node instanceof MappingNode mapping)) {
            addProblem("a text or list", "key: value");
            return pairs;
        }
        for (NodeTuple pair : mapping.getValue()) {
            if (pair.getKeyNode() instanceof ScalarNode key) {
                pairs.put(key.getValue(), new LocatedYaml(file, pair.getValueNode(), problems));
            }
        }
        return pairs;
    }

    /** The entries of a list; any other node is a list of one entry. */
    public List<LocatedYaml> items() {
        if (node instanceof SequenceNode list) {
            return list.getValue().stream()
                    .map(item -> new LocatedYaml(file, item, problems))
                    .toList();
        }
        return List.of(this);
    }

    /** A text, number or other scalar; any other node is reported as a problem, with an empty text as result. */
    public String text() {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        addProblem("a list or key: value", "a text");
        return "";
    }
}
