package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import dev.caravan.config.Spelling;
import dev.caravan.routetext.BeanMethods.Given;
import dev.caravan.routetext.RouteTexts.Route;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Follows the rules of each stage ({@link StageHeaders}) through all routes that they call, and finds headers that are
 * not available and beans that do not work there. After a step that may set any header, such as a bean of the
 * operator's, it reports only names that look like a misspelling.
 */
final class RuleHeadersCheck {
    private static final Set<String> FOREIGN = Set.of(
            "toD",
            "enrich",
            "pollEnrich",
            "poll",
            "recipientList",
            "routingSlip",
            "dynamicRouter",
            "script",
            "unmarshal",
            "kamelet",
            "transformDataType",
            "tokenizer");
    private static final Set<String> CALLS = Set.of("bean", "method", "process");
    private static final Set<String> KEEPS_HEADERS = Set.of("log", "mailqueue", "mock");

    private final Map<String, Route> routes;
    private final BeanMethods methods;
    private final UnaryOperator<String> resolve;
    private final Map<Use, Set<String>> unknownIn = new LinkedHashMap<>();
    private final Set<Use> known = new HashSet<>();
    private final Map<Use, Set<String>> misplacedIn = new LinkedHashMap<>();
    private final Set<Use> placed = new HashSet<>();
    private final Set<String> set = new HashSet<>();
    private boolean setsAnyName;

    /** A header or a bean that a route text uses. */
    private record Use(Path file, int line, String name) {}

    /**
     * Follows all routes.
     *
     * @param routes the routes by their {@code from} endpoint.
     * @param resolve replaces placeholders.
     */
    RuleHeadersCheck(Map<String, Route> routes, BeanMethods methods, UnaryOperator<String> resolve) {
        this.routes = Map.copyOf(routes);
        this.methods = methods;
        this.resolve = resolve;
        routes.values().forEach(route -> RouteTexts.visit("steps", route.steps(), this::noteSet));
        StageHeaders.byEndpoint()
                .forEach((endpoint, headers) -> Optional.ofNullable(routes.get(endpoint))
                        .ifPresent(route -> new Walk(endpoint, headers).through(route)));
    }

    private boolean noteSet(String key, Node value) {
        if (key.equals("setHeader") || key.equals("headers")) {
            RouteTexts.text(value, "name").ifPresent(name -> {
                set.add(folded(resolve.apply(name)));
                setsAnyName |= SimpleText.isDynamic(name);
            });
        }
        return true;
    }

    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** The headers and beans that are not available in any of the routes from which their route is called. */
    List<ConfigProblem> problems() {
        List<ConfigProblem> problems = new ArrayList<>();
        misplacedIn.forEach((use, stages) -> {
            if (!placed.contains(use)) {
                problems.add(new ConfigProblem(
                        ConfigProblem.at(use.file(), use.line()),
                        "bean " + use.name() + " does not work in " + names(stages),
                        "in " + names(new TreeSet<>(StageHeaders.placesOf(use.name())))));
            }
        });
        unknownIn.forEach((use, stages) -> {
            if (!known.contains(use)) {
                Set<String> names = new TreeSet<>();
                stages.forEach(stage -> names.addAll(StageHeaders.byEndpoint().get(stage)));
                problems.add(new ConfigProblem(
                        ConfigProblem.at(use.file(), use.line()),
                        "header " + use.name() + " is not known in " + names(stages),
                        "one of " + String.join(", ", names)
                                + "; fields of the message are asked for by the bean headerFields"));
            }
        });
        return problems;
    }

    private static String names(Set<String> stages) {
        return String.join(", ", stages).replace("direct:", "");
    }

    /** One path through the rules. */
    private final class Walk {
        private final String stage;
        private final Set<String> names;
        private final Set<String> folded = new HashSet<>();
        private final Set<Route> visited = new HashSet<>();
        private boolean isForeign;

        Walk(String stage, Set<String> names) {
            this.stage = stage;
            this.names = names;
            names.stream().map(RuleHeadersCheck::folded).forEach(folded::add);
        }

        void through(Route route) {
            if (visited.add(route)) {
                RouteTexts.visit("steps", route.steps(), (key, value) -> step(route.file(), key, value));
            }
        }

        private boolean step(Path file, String key, Node value) {
            int line = RouteTexts.line(value);
            RouteTexts.text(value).ifPresent(text -> {
                SimpleText.headers(text).forEach(name -> use(file, line, name));
                SimpleText.calls(text).forEach(call -> place(file, line, call.bean()));
                if (key.equals("header")) {
                    use(file, line, text);
                }
            });
            if (key.equals("bean") || key.equals("method")) {
                counted(file, line, value);
            }
            if (CALLS.contains(key)) {
                RouteTexts.text(value, "ref").ifPresent(bean -> place(file, line, bean));
            }
            if (key.equals("bean") || key.equals("process")) {
                isForeign |=
                        !RouteTexts.text(value, "ref").filter(methods::isOurs).isPresent();
            } else if (key.equals("to")) {
                call(value);
            } else {
                isForeign |= FOREIGN.contains(key);
            }
            return true;
        }

        /** Notes a header that the call of a bean names as its argument. */
        private void counted(Path file, int line, Node value) {
            String bean = RouteTexts.text(value, "ref").orElse("");
            String method = RouteTexts.text(value, "method").map(resolve).orElse("");
            for (Given given : methods.check(bean, method).given()) {
                if (given.form() == ArgumentForm.COUNTED_HEADER && StageHeaders.COUNTED.contains(given.value())) {
                    use(file, line, given.value());
                }
            }
        }

        private void call(Node value) {
            String target = resolve.apply(RouteTexts.target(value));
            Route called = routes.get(target);
            if (called != null) {
                through(called);
                return;
            }
            boolean isSilent = RouteTexts.value(value, "parameters")
                    .flatMap(parameters -> RouteTexts.text(parameters, "skipResponseHeaders"))
                    .filter("true"::equals)
                    .isPresent();
            isForeign |= !isSilent && !KEEPS_HEADERS.contains(target.replaceFirst(":.*", ""));
        }

        private void place(Path file, int line, String bean) {
            Set<String> places = StageHeaders.placesOf(bean);
            if (!places.isEmpty() && methods.isOurs(bean)) {
                Use use = new Use(file, line, bean);
                if (places.contains(stage)) {
                    placed.add(use);
                } else {
                    misplacedIn.computeIfAbsent(use, any -> new TreeSet<>()).add(stage);
                }
            }
        }

        private void use(Path file, int line, String name) {
            Use use = new Use(file, line, name);
            if (folded.contains(folded(name)) || set.contains(folded(name)) || name.startsWith("Camel")) {
                known.add(use);
            } else if (!(isForeign || setsAnyName)
                    || Spelling.nearest(name, names).isPresent()) {
                unknownIn.computeIfAbsent(use, any -> new TreeSet<>()).add(stage);
            } else {
                known.add(use);
            }
        }
    }
}
