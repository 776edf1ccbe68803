package dev.caravan.reload;

import dev.caravan.net.SmtpListener;
import dev.caravan.net.SmtpListeners;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.camel.model.FromDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.ToDefinition;
import org.apache.camel.model.errorhandler.NoErrorHandlerDefinition;

/**
 * Routes that listen for connections, each cut in two: a beginning that stays for as long as the server runs, with the
 * sessions that go through it, and the steps, which can be replaced. A route that names a setting with several addresses
 * has a beginning for each of them, all with the same steps; the first has the id of the route.
 */
final class ListenerRoutes {
    private static final String SCHEME = "netty:";
    private static final String STEPS = "-steps";

    /** A route as its file said it at first; only the steps change. */
    private record Listener(Path file, String uri, List<RouteDefinition> beginnings, RouteDefinition steps) {
        Listener with(Path newFile, RouteDefinition newSteps) {
            return new Listener(newFile, uri, beginnings, newSteps);
        }
    }

    /** What a file says now. */
    private record Read(Path file, String uri, RouteDefinition steps) {}

    private final Map<String, Listener> listeners = new LinkedHashMap<>();
    private final Map<String, Read> reading = new LinkedHashMap<>();
    private final Map<String, List<RouteDefinition>> begun = new LinkedHashMap<>();
    private final SmtpListeners smtp;
    private Path file = Path.of("");

    /** @param smtp the addresses that routes name by their settings. */
    ListenerRoutes(SmtpListeners smtp) {
        this.smtp = smtp;
    }

    /** The file of the routes that are split from now on. */
    void readFrom(Path source) {
        file = source;
    }

    /** If a route listens, takes its beginning away: it then begins with {@code direct:}. */
    void split(RouteDefinition route) {
        String uri = route.getInput().getEndpointUri();
        String name = route.getId();
        if (name == null || !uri.startsWith(SCHEME)) {
            return;
        }
        String steps = "direct:" + name + STEPS;
        if (!listeners.containsKey(name)) {
            List<String> uris = addressed(uri);
            List<RouteDefinition> beginnings = new ArrayList<>();
            for (int i = 0; i < uris.size(); i++) {
                RouteDefinition beginning = new RouteDefinition();
                beginning.setId(i == 0 ? name : name + "-" + (i + 1));
                beginning.setInput(new FromDefinition(uris.get(i)));
                beginning.setAutoStartup(route.getAutoStartup());
                beginning.addOutput(new ToDefinition(steps));
                // What the steps leave, an answer or an exception, goes back as it is.
                beginning.setErrorHandlerFactory(new NoErrorHandlerDefinition());
                beginnings.add(beginning);
            }
            begun.put(name, List.copyOf(beginnings));
        }
        route.getInput().setUri(steps);
        route.setAutoStartup(null);
        route.setId(name + STEPS);
        reading.put(name, new Read(file, uri, route));
    }

    /** The URI for each address that it names. */
    private List<String> addressed(String uri) {
        List<SmtpListener> named = smtp.namedBy(uri);
        return named.isEmpty()
                ? List.of(uri)
                : named.stream()
                        .map(listener -> uri.replace(
                                listener.placeholder(), listener.address().toString()))
                        .toList();
    }

    boolean isBeginning(RouteDefinition route) {
        return Stream.concat(
                        begun.values().stream(), listeners.values().stream().map(Listener::beginnings))
                .flatMap(List::stream)
                .anyMatch(beginning -> beginning == route);
    }

    boolean isSteps(RouteDefinition route) {
        return reading.values().stream().anyMatch(read -> read.steps() == route);
    }

    /** The beginnings of listeners that are new. */
    Collection<RouteDefinition> beginnings() {
        return begun.values().stream().flatMap(List::stream).toList();
    }

    /** What was read counts from now on; returns the steps that were replaced. */
    List<RouteDefinition> take() {
        List<RouteDefinition> replaced = new ArrayList<>();
        reading.forEach((name, read) -> {
            Listener known = listeners.get(name);
            if (known == null) {
                List<RouteDefinition> beginnings = Objects.requireNonNull(begun.get(name));
                listeners.put(name, new Listener(read.file(), read.uri(), beginnings, read.steps()));
            } else {
                replaced.add(known.steps());
                listeners.put(name, known.with(read.file(), read.steps()));
            }
        });
        begun.clear();
        return replaced;
    }

    /** What was read does not count. */
    void forget() {
        reading.clear();
        begun.clear();
    }

    /** What files that were read say of listeners and what counts only after a restart. */
    List<String> notes(Set<Path> files) {
        List<String> notes = new ArrayList<>();
        listeners.forEach((name, listener) -> {
            Read read = reading.get(name);
            if (read != null && !read.uri().equals(listener.uri())) {
                notes.add(listener.file() + ": the new beginning of route " + name
                        + " counts after a restart; its steps count now");
            } else if (read == null && files.contains(listener.file())) {
                notes.add(listener.file() + ": route " + name + " goes on until a restart");
            }
        });
        reading.clear();
        return notes;
    }

    /** Beginnings and steps in force. */
    List<RouteDefinition> inForce() {
        List<RouteDefinition> all = new ArrayList<>();
        for (Listener listener : listeners.values()) {
            all.addAll(listener.beginnings());
            all.add(listener.steps());
        }
        return all;
    }
}
