package dev.caravan.reload;

import dev.caravan.net.ListenerKind;
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

    /** A listener as its file defined it at first; only the steps are replaced. */
    private record Listener(Path file, String uri, List<RouteDefinition> beginnings, RouteDefinition steps) {
        Listener with(Path newFile, RouteDefinition newSteps) {
            return new Listener(newFile, uri, beginnings, newSteps);
        }
    }

    /** A listener as its file defines it now. */
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

    /** If a route listens, keeps its beginning apart; the route then begins with {@code direct:}. */
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
                // The answer or the exception of the steps is returned unchanged.
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

    /** The URI for each address that the route names; none if its setting has no address. */
    private List<String> addressed(String uri) {
        List<SmtpListener> named = smtp.namedBy(uri);
        boolean isForSmtp =
                Stream.of(ListenerKind.values()).map(ListenerKind::placeholder).anyMatch(uri::contains);
        return !isForSmtp
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

    /** Puts what was read in use; returns the steps that were replaced. */
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

    /** Forgets what was read. */
    void forget() {
        reading.clear();
        begun.clear();
    }

    /** The changes of listeners that take effect at the next start, in words for the log. */
    List<String> notes(Set<Path> files) {
        List<String> notes = new ArrayList<>();
        listeners.forEach((name, listener) -> {
            Read read = reading.get(name);
            if (read != null && !read.uri().equals(listener.uri())) {
                notes.add(listener.file() + ": the new beginning of route " + name
                        + " takes effect at the next start; its steps are in use now");
            } else if (read == null && files.contains(listener.file())) {
                notes.add(listener.file() + ": route " + name + " listens until the next start");
            }
        });
        reading.clear();
        return notes;
    }

    /**
     * The kinds of listeners that have addresses, and no route names their setting. A server without {@code smtp.listen}
     * in its routes is one that takes no mail from other servers.
     */
    List<ListenerKind> unserved() {
        return Stream.of(ListenerKind.values())
                .filter(kind -> kind != ListenerKind.SMTP && !smtp.of(kind).isEmpty())
                .filter(kind -> listeners.values().stream()
                        .noneMatch(route -> route.uri().contains(kind.placeholder())))
                .toList();
    }

    /** The beginnings and steps in use. */
    List<RouteDefinition> inForce() {
        List<RouteDefinition> all = new ArrayList<>();
        for (Listener listener : listeners.values()) {
            all.addAll(listener.beginnings());
            all.add(listener.steps());
        }
        return all;
    }
}
