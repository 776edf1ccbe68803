package dev.caravan.reload;

import dev.caravan.camel.QueueConsumer;
import dev.caravan.camel.ReplaceableDirect;
import dev.caravan.config.ConfigProblem;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.SmtpListeners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.camel.Consumer;
import org.apache.camel.ErrorHandlerFactory;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.Route;
import org.apache.camel.RouteConfigurationsBuilder;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.direct.DirectConsumer;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RedeliveryPolicyDefinition;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.model.errorhandler.RefErrorHandlerDefinition;
import org.apache.camel.support.PluginHelper;

/**
 * The routes of a running server, by the files that define them. A file can be read again while messages go through its
 * routes: the new routes start beside the old ones and take all new exchanges, and the old ones run until their last
 * exchange has ended. So no message is lost, sent twice or kept waiting. If a new route cannot be started, the old ones stay
 * in use.
 *
 * <p>A route that listens for connections keeps its beginning for as long as the server runs, because its end would end
 * the sessions; only its steps are replaced. Routes that begin with neither a queue nor {@code direct:} are stopped
 * before their successors are started, so that no file, timer or port is served by both.
 */
public final class ReloadableRoutes {
    /** How long the exchanges of a route may take to end when it must stop before its successor starts. */
    private static final long STOP_SECONDS = 20;

    private final ReplaceableDirect directs;
    private final RouteStartup startup;
    private final DrainingRoutes retiring = new DrainingRoutes();
    private final ListenerRoutes listeners;
    private final Map<Path, Loaded> files = new LinkedHashMap<>();
    private List<RouteDefinition> loading = new ArrayList<>();
    private Path reading = Path.of("");
    private RouteBeginnings beginnings = new RouteBeginnings();
    private int generation;
    private Predicate<String> starts = uri -> true;

    /** What a file defined when it was read. */
    private record Loaded(List<RouteDefinition> routes, List<RouteConfigurationDefinition> configurations) {}

    /** @param smtp the addresses that routes name by their settings. */
    public ReloadableRoutes(ReplaceableDirect directs, RouteStartup startup, SmtpListeners smtp) {
        this.listeners = new ListenerRoutes(smtp);
        this.directs = directs;
        this.startup = startup;
    }

    /** Only routes that begin at these URIs are started; all others exist and take nothing. */
    public void startOnly(Predicate<String> uris) {
        starts = uris;
    }

    /** Adds the routes of these files to a context that is about to start. */
    public RoutesBuilder of(List<Path> routeFiles) {
        return new RouteBuilder() {
            @Override
            public void configure() throws Exception {
                ModelCamelContext context = (ModelCamelContext) getContext();
                context.setRouteFilter(route -> adopt(context, route));
                files.putAll(load(context, routeFiles));
                context.addRouteDefinitions(listeners.beginnings());
                listeners.take();
                listeners.forget();
            }
        };
    }

    /** The routes in use. */
    public synchronized List<RouteDefinition> inForce() {
        List<RouteDefinition> all = new ArrayList<>(listeners.inForce());
        files.values().forEach(file -> all.addAll(file.routes()));
        return all;
    }

    /** The kinds of listeners that have addresses, and no route names their setting. */
    public synchronized List<ListenerKind> unserved() {
        return listeners.unserved();
    }

    /** Removes replaced routes whose last exchange has ended. */
    void removeIdle(ModelCamelContext context) {
        retiring.removeIdle(context);
    }

    /**
     * Reads files again, new ones for the first time, and removes the routes of files that do not exist any more.
     *
     * @param kept files that are not read again, whatever changes.
     * @return the changes that take effect at the next start, in words for the log.
     * @throws Exception if a route cannot be built or started; then nothing has changed.
     */
    synchronized List<String> replace(ModelCamelContext context, Set<Path> changed, Set<Path> kept) throws Exception {
        Set<Path> concerned = concerned(changed);
        concerned.removeAll(kept);
        RouteBeginnings begun = beginnings;
        beginnings = begun.without(concerned);
        generation++;
        List<RouteDefinition> stopped = new ArrayList<>();
        Map<Path, Loaded> fresh;
        loading = new ArrayList<>();
        try {
            for (RouteDefinition route : routesOf(concerned)) {
                if (isExclusive(context, route)) {
                    stop(context, route);
                    stopped.add(route);
                }
            }
            removeConfigurations(context, concerned);
            directs.replacing(true);
            fresh = load(context, concerned.stream().filter(Files::exists).toList());
            begin(context);
        } catch (Exception e) {
            beginnings = begun;
            undo(context, concerned, stopped);
            throw e;
        } finally {
            directs.replacing(false);
        }
        routesOf(concerned).forEach(route -> retiring.add(context, route));
        listeners.take().forEach(route -> retiring.add(context, route));
        concerned.forEach(files::remove);
        files.putAll(fresh);
        return listeners.notes(concerned);
    }

    private void begin(ModelCamelContext context) throws Exception {
        for (RouteDefinition beginning : listeners.beginnings()) {
            try {
                context.addRouteDefinition(beginning);
            } catch (Exception e) {
                throw new FailedToStartRouteException(beginning.getId(), "it cannot start", e);
            }
        }
    }

    private void undo(ModelCamelContext context, Set<Path> concerned, List<RouteDefinition> stopped) throws Exception {
        for (RouteDefinition beginning : listeners.beginnings()) {
            context.removeRouteDefinition(beginning);
        }
        listeners.forget();
        for (RouteDefinition route : loading) {
            retiring.add(context, route);
        }
        // Removes by id, so these are the new configurations, which replaced those of the same ids.
        removeConfigurations(context, concerned);
        for (Path file : concerned) {
            if (files.containsKey(file)) {
                context.addRouteConfigurations(files.get(file).configurations());
            }
        }
        for (RouteDefinition route : stopped) {
            context.getRouteController().startRoute(route.getId());
        }
    }

    /** The error handling of a file applies to routes of other files too, so these are built again with it. */
    private Set<Path> concerned(Set<Path> changed) throws IOException {
        Set<Path> concerned = new LinkedHashSet<>(changed);
        for (Path file : changed) {
            Loaded before = files.get(file);
            boolean hadConfigurations =
                    before != null && !before.configurations().isEmpty();
            if (hadConfigurations || (Files.exists(file) && new RouteFileKinds(file).hasConfigurations())) {
                concerned.addAll(files.keySet());
            }
        }
        return concerned;
    }

    private List<RouteDefinition> routesOf(Collection<Path> of) {
        return of.stream()
                .flatMap(file -> Stream.ofNullable(files.get(file)))
                .flatMap(before -> before.routes().stream())
                .toList();
    }

    private void removeConfigurations(ModelCamelContext context, Set<Path> concerned) throws Exception {
        for (Path file : concerned) {
            Loaded before = files.get(file);
            if (before != null) {
                for (RouteConfigurationDefinition old : before.configurations()) {
                    context.removeRouteConfiguration(old);
                }
            }
        }
    }

    /** Whether a route and its successor must not run at the same time. */
    private static boolean isExclusive(ModelCamelContext context, RouteDefinition definition) {
        Route route = context.getRoute(definition.getId());
        Consumer consumer = route == null ? null : route.getConsumer();
        return consumer != null && !(consumer instanceof DirectConsumer) && !QueueConsumer.is(consumer);
    }

    private static void stop(ModelCamelContext context, RouteDefinition route) throws Exception {
        if (!context.getRouteController().stopRoute(route.getId(), STOP_SECONDS, TimeUnit.SECONDS, true)) {
            throw new IllegalStateException("route " + route.getId() + " did not end within " + STOP_SECONDS + " s");
        }
    }

    private Map<Path, Loaded> load(ModelCamelContext context, List<Path> routeFiles) throws Exception {
        Map<Path, List<RoutesBuilder>> builders = new LinkedHashMap<>();
        for (Path file : routeFiles) {
            List<RoutesBuilder> found = List.copyOf(PluginHelper.getRoutesLoader(context)
                    .findRoutesBuilders(PluginHelper.getResourceLoader(context).resolveResource("file:" + file)));
            builders.put(file, found);
            for (RoutesBuilder builder : found) {
                if (builder instanceof RouteConfigurationsBuilder configurations) {
                    context.addRoutesConfigurations(configurations);
                }
            }
        }
        Map<Path, Loaded> loaded = new LinkedHashMap<>();
        for (Map.Entry<Path, List<RoutesBuilder>> found : builders.entrySet()) {
            Path file = found.getKey();
            List<RouteDefinition> before = loading;
            loading = new ArrayList<>();
            listeners.readFrom(file);
            reading = file;
            try {
                for (RoutesBuilder builder : found.getValue()) {
                    context.addRoutes(builder);
                }
            } finally {
                loaded.put(file, new Loaded(withoutSteps(loading), configurations(found.getValue())));
                before.addAll(loading);
                loading = before;
            }
        }
        for (List<RoutesBuilder> all : builders.values()) {
            for (RoutesBuilder builder : all) {
                context.addTemplatedRoutes(builder);
            }
        }
        return loaded;
    }

    /** The steps of a listener belong to the listener. */
    private List<RouteDefinition> withoutSteps(List<RouteDefinition> routes) {
        return routes.stream().filter(route -> !listeners.isSteps(route)).toList();
    }

    private static List<RouteConfigurationDefinition> configurations(List<RoutesBuilder> builders) {
        return builders.stream()
                .filter(RouteConfigurationBuilder.class::isInstance)
                .flatMap(builder -> ((RouteConfigurationBuilder) builder)
                        .getRouteConfigurationCollection().getRouteConfigurations().stream())
                .toList();
    }

    /**
     * Prepares each route before Camel gets it.
     *
     * @throws IllegalArgumentException if it begins where only one route may, and another route does.
     */
    private boolean adopt(ModelCamelContext context, RouteDefinition route) {
        if (!listeners.isBeginning(route)) {
            Optional<ConfigProblem> isTaken = beginnings.add(reading, route, context);
            if (isTaken.isPresent()) {
                throw new IllegalArgumentException(isTaken.get().toString());
            }
            boolean isToldSo = route.getAutoStartup() != null;
            if (!starts.test(route.getInput().getEndpointUri()) || (!isToldSo && !startup.starts(route))) {
                route.setAutoStartup("false");
            }
            if (route.getInput().getEndpointUri().startsWith("deliver:") && hasUsualErrorHandler(route)) {
                route.setErrorHandlerFactory(withoutLog());
            }
            listeners.split(route);
            RouteGenerations.renew(route, generation);
            loading.add(route);
        }
        return true;
    }

    /** Whether neither the route nor its file sets an error handler. */
    private static boolean hasUsualErrorHandler(RouteDefinition route) {
        return !route.isErrorHandlerFactorySet()
                || (route.getErrorHandlerFactory() instanceof RefErrorHandlerDefinition ref
                        && RefErrorHandlerDefinition.DEFAULT_ERROR_HANDLER_BUILDER.equals(ref.getRef()));
    }

    /** Camel need not log what fails in a delivery route: it is logged with what becomes of its message. */
    private static ErrorHandlerFactory withoutLog() {
        DefaultErrorHandlerDefinition handler = new DefaultErrorHandlerDefinition();
        handler.setRedeliveryPolicy(new RedeliveryPolicyDefinition().logExhausted(false));
        return handler;
    }
}
