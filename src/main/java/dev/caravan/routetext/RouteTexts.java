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

/** The steps of a file of routes as they are written, each with its line, which Camel's own model has for some only. */
final class RouteTexts {
    private static final String URI = "uri";

    private final Path file;
    private final List<Route> routes = new ArrayList<>();
    private final Optional<Node> root;

    /** @param file one that Camel can read. */
    RouteTexts(Path file) throws IOException {
        this.file = file;
        this.root = new Compose(LoadSettings.builder().build()).composeString(Files.readString(file));
        root.ifPresent(list -> items(list).forEach(this::note));
    }

    /**
     * A route.
     *
     * @param from the endpoint at which it begins, without parameters; placeholders as they are written.
     */
    record Route(String id, String from, Path file, int line, Node steps) {}

    /** Sees each key with its value, in the order of the file, outer ones before those within. */
    interface Visitor {
        /** @return whether what is within is visited too. */
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

    /** Visits a part of a file. */
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

    /** What stands behind a key of a map. */
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

    /** What stands behind a key of a map, if it is a single text. */
    static Optional<String> text(Node node, String key) {
        return value(node, key).flatMap(RouteTexts::text);
    }

    static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar ? Optional.of(scalar.getValue()) : Optional.empty();
    }

    /** The endpoint of a step, written as a text or as a map with {@code uri}. */
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
