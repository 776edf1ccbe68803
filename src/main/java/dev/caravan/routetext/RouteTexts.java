package dev.caravan.routetext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The steps of a route file as written, each with its line; Camel's own model has lines for some steps only. */
final class RouteTexts {
    private static final String URI = "uri";

    private final Path file;
    private final List<Route> routes = new ArrayList<>();
    private final Optional<Node> root;

    /** @param file a file that Camel can load. */
    RouteTexts(Path file) throws IOException {
        this.file = file;
        this.root = new Compose(LoadSettings.builder().build()).composeString(Files.readString(file));
        root.ifPresent(list -> items(list).forEach(this::note));
    }

    /**
     * A route.
     *
     * @param from the endpoint of its {@code from}, without parameters; placeholders are not replaced.
     */
    record Route(String id, String from, Path file, int line, Node steps) {}

    /** Visits each key with its value in the order of the file, parents before children. */
    interface Visitor {
        /** @return whether to visit the children too. */
        boolean visit(String key, Node value);
    }

    private void note(Node entry) {
        Optional<Node> route = value(entry, "route");
        Optional<Node> from = route.isPresent() ? value(route.get(), "from") : value(entry, "from");
        from.ifPresent(begin -> {
            String uri = text(begin)
                    .or(() -> value(begin, URI).flatMap(RouteTexts::text))
                    .orElse("");
            String id =
                    value(route.orElse(begin), "id").flatMap(RouteTexts::text).orElse("");
            Node steps = value(begin, "steps")
                    .or(() -> value(route.orElse(begin), "steps"))
                    .orElse(begin);
            routes.add(new Route(id, endpoint(uri), file, line(entry), steps));
        });
    }

    List<Route> routes() {
        return List.copyOf(routes);
    }

    /** Visits the whole file. */
    void visit(Visitor visitor) {
        root.ifPresent(node -> visit("", node, visitor));
    }

    /** Visits a node and its children. */
    static void visit(String key, Node node, Visitor visitor) {
        if (node instanceof SequenceNode list) {
            list.getValue().forEach(item -> visit(key, item, visitor));
        } else if (visitor.visit(key, node) && node instanceof MappingNode mapping) {
            for (NodeTuple pair : mapping.getValue()) {
                if (pair.getKeyNode() instanceof ScalarNode name) {
                    visit(name.getValue(), pair.getValueNode(), visitor);
                }
            }
        }
    }

    private static List<Node> items(Node node) {
        return node instanceof SequenceNode list ? list.getValue() : List.of(node);
    }

    /** The value of a key. */
    static Optional<Node> value(Node node, String key) {
        if (!(node instanceof MappingNode mapping)) {
            return Optional.empty();
        }
        return mapping.getValue().stream()
                .filter(pair -> pair.getKeyNode() instanceof ScalarNode scalar
                        && scalar.getValue().equals(key))
                .map(NodeTuple::getValueNode)
                .findFirst();
    }

    /** The value of a key, if it is a scalar. */
    static Optional<String> text(Node node, String key) {
        return value(node, key).flatMap(RouteTexts::text);
    }

    static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar ? Optional.of(scalar.getValue()) : Optional.empty();
    }

    /** The endpoint of a step, which is a text or a map with {@code uri}. */
    static String target(Node step) {
        return text(step).or(() -> text(step, URI)).map(RouteTexts::endpoint).orElse("");
    }

    private static String endpoint(String uri) {
        int parameters = uri.indexOf('?');
        return (parameters < 0 ? uri : uri.substring(0, parameters)).replace("://", ":");
    }

    static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }
}
