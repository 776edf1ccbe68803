package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The kinds of parts in a file of routes; they decide whether it can be read again while the server runs. */
final class RouteFileKinds {
    private static final String CONFIGURATION = "routeConfiguration";

    private static final Set<String> REPLACEABLE = Set.of("route", "from", CONFIGURATION);

    private record Kind(String name, int line) {}

    private final Path file;
    private final List<Kind> kinds = new ArrayList<>();

    /** @param file one that Camel can read. */
    RouteFileKinds(Path file) throws IOException {
        this.file = file;
        Optional<Node> root = new Compose(LoadSettings.builder().build()).composeString(Files.readString(file));
        if (root.isPresent() && root.get() instanceof SequenceNode list) {
            list.getValue().forEach(this::note);
        } else {
            root.ifPresent(other -> kinds.add(new Kind("what is no list of routes", lineOf(other))));
        }
    }

    private void note(Node entry) {
        if (entry instanceof MappingNode mapping) {
            for (NodeTuple pair : mapping.getValue()) {
                if (pair.getKeyNode() instanceof ScalarNode key) {
                    kinds.add(new Kind(key.getValue(), lineOf(key)));
                }
            }
        }
    }

    private static int lineOf(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }

    /** Whether its error handling may apply to routes of other files. */
    boolean hasConfigurations() {
        return kinds.stream().anyMatch(kind -> kind.name().equals(CONFIGURATION));
    }

    /** The parts that take effect at the next start only. */
    List<ConfigProblem> fixed() {
        return kinds.stream()
                .filter(kind -> !REPLACEABLE.contains(kind.name()))
                .map(kind -> new ConfigProblem(
                        ConfigProblem.at(file, kind.line()),
                        kind.name() + " takes effect at the next start only",
                        "route, from or routeConfiguration"))
                .toList();
    }
}
