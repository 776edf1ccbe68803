package dev.caravan.routetext;

import dev.caravan.config.ConfigProblem;
import dev.caravan.routetext.BeanMethods.Given;
import dev.caravan.routetext.RouteTexts.Route;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Finds mistakes in the text of routes that Camel would report only when a message arrives: arguments of Caravan's
 * beans, queues that no route consumes, and headers that are not available where they are used.
 */
public final class RouteTextsCheck {
    private static final String DELIVER = "deliver:";
    /** Called by the server itself, to ask about a login. */
    private static final String LOGIN = "direct:authenticate";

    /** The same queues, for routes that settle by steps of their own. */
    private static final String DELIVER_BY_STEPS = "mailqueue:mail.deliver.";

    private static final Set<String> BUILT_IN = Set.of("smtp", "local");
    /** The keys that call a bean: as a step, or as a predicate or expression within a step. */
    private static final Set<String> CALLS = Set.of("bean", "method");

    private final BeanMethods methods;
    private final Properties placeholders;
    private final List<RouteTexts> files = new ArrayList<>();
    private final Map<String, Route> routes = new HashMap<>();
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<ConfigProblem> notes = new ArrayList<>();
    private final Set<Node> beginnings = new HashSet<>();
    private final Set<String> targets = new HashSet<>();
    private final Set<String> transports = new HashSet<>();

    /**
     * Checks files together, because routes of one file call routes of others.
     *
     * @param readable files that Camel can load.
     * @param beans by the names that routes use.
     * @param placeholders the values of the placeholders in double braces.
     */
    public RouteTextsCheck(List<Path> readable, Map<String, Object> beans, Properties placeholders) throws IOException {
        this.methods = new BeanMethods(beans);
        this.placeholders = placeholders;
        for (Path file : readable) {
            files.add(new RouteTexts(file));
        }
        files.stream()
                .flatMap(file -> file.routes().stream())
                .forEach(route -> routes.put(resolved(route.from()), route));
        for (int i = 0; i < readable.size(); i++) {
            Path file = readable.get(i);
            files.get(i).visit((key, value) -> {
                collect(file, key, value);
                return true;
            });
        }
        problems.addAll(new RuleHeadersCheck(routes, methods, this::resolved).problems());
        unused();
    }

    /** The errors. */
    public List<ConfigProblem> problems() {
        return List.copyOf(problems);
    }

    /** The findings that may be intended. */
    public List<ConfigProblem> notes() {
        return List.copyOf(notes);
    }

    private String resolved(String text) {
        return SimpleText.resolved(text, placeholders).orElse("");
    }

    private void collect(Path file, String key, Node value) {
        int line = RouteTexts.line(value);
        if (CALLS.contains(key)) {
            Optional<String> bean = RouteTexts.text(value, "ref");
            Optional<Node> method = RouteTexts.value(value, "method");
            int place = method.map(RouteTexts::line).orElse(line);
            bean.ifPresent(name ->
                    call(file, place, name, method.flatMap(RouteTexts::text).orElse("")));
        }
        RouteTexts.text(value).ifPresent(text -> {
            SimpleText.calls(text).forEach(call -> call(file, line, call.bean(), call.method()));
            if (text.startsWith("bean:")) {
                String[] parts = text.substring("bean:".length()).split("\\?method=", 2);
                call(file, line, parts[0], parts.length > 1 ? parts[1] : "");
            }
        });
        RouteTexts.text(value, "uri")
                .filter(uri -> uri.startsWith("bean:"))
                .ifPresent(uri -> RouteTexts.value(value, "parameters")
                        .flatMap(parameters -> RouteTexts.value(parameters, "method"))
                        .ifPresent(method -> call(
                                file,
                                RouteTexts.line(method),
                                uri.substring("bean:".length()),
                                RouteTexts.text(method).orElse(""))));
        if (key.equals("from")) {
            RouteTexts.value(value, "uri").ifPresent(beginnings::add);
        } else if (!beginnings.contains(value)) {
            targets.add(resolved(RouteTexts.target(value)));
        }
    }

    private void call(Path file, int line, String bean, String method) {
        Optional<String> text = SimpleText.resolved(method, placeholders);
        if (text.isEmpty()) {
            return;
        }
        String place = ConfigProblem.at(file, line);
        BeanMethods.Checked checked = methods.check(bean, text.get());
        checked.objections()
                .forEach(objection -> problems.add(new ConfigProblem(place, objection.what(), objection.expected())));
        for (Given given : checked.given()) {
            if (given.form() == ArgumentForm.TRANSPORT) {
                transport(place, given.value());
            } else if (given.form() == ArgumentForm.ROUTE) {
                targets.add(given.value());
            }
        }
    }

    private void transport(String place, String name) {
        transports.add(name);
        boolean isUnread = !BUILT_IN.contains(name)
                && !routes.containsKey(DELIVER + name)
                && !routes.containsKey(DELIVER_BY_STEPS + name);
        if (isUnread
                && !SimpleText.isDynamic(name)
                && ArgumentForm.TRANSPORT.objection(name).isEmpty()) {
            problems.add(new ConfigProblem(
                    place, "no route takes messages from mail.deliver." + name, "a route from " + DELIVER + name));
        }
    }

    private void unused() {
        boolean isDynamic = transports.stream().anyMatch(SimpleText::isDynamic);
        for (Map.Entry<String, Route> entry : new TreeMap<>(routes).entrySet()) {
            String from = entry.getKey();
            Route route = entry.getValue();
            String place = ConfigProblem.at(route.file(), route.line());
            if (from.startsWith("direct:") && !targets.contains(from) && !from.equals(LOGIN)) {
                notes.add(new ConfigProblem(
                        place, "no step calls route " + route.id() + ", such as \"- to: " + from + "\""));
            } else if ((from.startsWith(DELIVER) || from.startsWith(DELIVER_BY_STEPS)) && !isDynamic) {
                String name = from.replace(DELIVER_BY_STEPS, "").replace(DELIVER, "");
                if (!BUILT_IN.contains(name) && !transports.contains(name)) {
                    notes.add(new ConfigProblem(
                            place,
                            "no step sends messages to route " + route.id()
                                    + ", such as \"destination\" with send('a.example', '" + name + "')"));
                }
            }
        }
    }
}
