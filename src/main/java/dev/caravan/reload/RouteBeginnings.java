package dev.caravan.reload;

import dev.caravan.config.ConfigProblem;
import dev.caravan.exchange.RouteIds;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.util.URISupport;

/**
 * The beginnings that only one route may have: {@code deliver:NAME}, because two routes would share the messages of the
 * transport, and a path and method of HTTP, because one of two routes would get no requests. Camel lets several routes begin
 * there. Routes that do not start by themselves, and routes made of templates, are not looked at. Not thread-safe.
 */
public final class RouteBeginnings {
    private static final String DELIVER = "deliver:";
    private static final String WEB = "web:";
    private static final String PLATFORM_HTTP = "platform-http:";

    private final List<Taken> all;

    private RouteBeginnings(List<Taken> all) {
        this.all = all;
    }

    /** None yet. */
    public RouteBeginnings() {
        this(new ArrayList<>());
    }

    /**
     * What a route takes.
     *
     * @param place the same for all beginnings with the same messages or paths.
     * @param methods of HTTP; empty for all of them, and without HTTP.
     */
    private record Place(String place, Set<String> methods) {
        boolean meets(Place other) {
            return place.equals(other.place)
                    && (methods.isEmpty() || other.methods.isEmpty() || !Collections.disjoint(methods, other.methods));
        }
    }

    /** @param route its id, or where it stands if it has none. */
    private record Taken(Path file, String route, Place place) {}

    /** Those of other files. */
    RouteBeginnings without(Collection<Path> files) {
        return new RouteBeginnings(all.stream()
                .filter(taken -> !files.contains(taken.file()))
                .collect(Collectors.toCollection(ArrayList::new)));
    }

    /**
     * Adds the beginning of a route, unless another route has it already.
     *
     * @param file that defines the route.
     * @param context has the placeholders that the route may name.
     * @return what is wrong; empty if the route may begin there.
     */
    public Optional<ConfigProblem> add(Path file, RouteDefinition route, CamelContext context) {
        Optional<String> uri = uri(route, context);
        Optional<Place> place = uri.flatMap(RouteBeginnings::place);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        Optional<Taken> other =
                all.stream().filter(taken -> taken.place().meets(place.get())).findFirst();
        if (other.isEmpty()) {
            String id = route.getId();
            all.add(new Taken(
                    file,
                    id == null ? ConfigProblem.at(file, route.getLineNumber()) : RouteIds.withoutGeneration(id),
                    place.get()));
        }
        String begun = uri.get();
        return other.map(taken -> new ConfigProblem(
                ConfigProblem.at(file, route.getLineNumber()),
                scheme(begun) + path(begun) + " is the beginning of another route already, " + taken.route(),
                begun.startsWith(DELIVER) ? "one route for each transport" : "one route for each path and method"));
    }

    /** Where a route begins, with the values of its placeholders; empty if that cannot be told, or it does not start. */
    private static Optional<String> uri(RouteDefinition route, CamelContext context) {
        if (route.getTemplateParameters() != null) {
            return Optional.empty();
        }
        try {
            String starts = route.getAutoStartup();
            if (starts != null && context.resolvePropertyPlaceholders(starts).equals("false")) {
                return Optional.empty();
            }
            return Optional.of(
                    context.resolvePropertyPlaceholders(route.getInput().getEndpointUri()));
        } catch (IllegalArgumentException e) {
            // A placeholder without a value, which Camel reports.
            return Optional.empty();
        }
    }

    private static Optional<Place> place(String uri) {
        return switch (scheme(uri)) {
            case DELIVER -> Optional.of(new Place(DELIVER + path(uri), Set.of()));
            case WEB -> {
                String method = String.valueOf(parameters(uri).getOrDefault("method", "GET"));
                yield Optional.of(new Place(shape(path(uri), false), Set.of(method)));
            }
            case PLATFORM_HTTP -> {
                Map<String, Object> parameters = parameters(uri);
                boolean isPrefix = "true".equals(String.valueOf(parameters.get("matchOnUriPrefix")));
                Set<String> methods = Arrays.stream(
                                plain(String.valueOf(parameters.getOrDefault("httpMethodRestrict", "")))
                                        .toUpperCase(Locale.ROOT)
                                        .split(",", -1))
                        .map(String::strip)
                        .filter(method -> !method.isEmpty())
                        .collect(Collectors.toSet());
                yield Optional.of(new Place(shape(path(uri), isPrefix), methods));
            }
            default -> Optional.empty();
        };
    }

    private static String scheme(String uri) {
        return uri.substring(0, uri.indexOf(':') + 1);
    }

    /** What stands between scheme and parameters. Camel may have put two slashes before it. */
    private static String path(String uri) {
        String rest = URISupport.stripQuery(uri).substring(scheme(uri).length());
        return plain(rest.startsWith("//") ? rest.substring(2) : rest);
    }

    /** Without the percent-encoding of commas and braces, which Camel leaves as they are written or encodes. */
    private static String plain(String text) {
        return text.replaceAll("%2[Cc]", ",").replaceAll("%7[Bb]", "{").replaceAll("%7[Dd]", "}");
    }

    /** The same for paths that match the same requests, which the names in braces do not change. */
    private static String shape(String path, boolean isPrefix) {
        String bare = path.replaceFirst("^/+", "");
        String whole = isPrefix ? bare.replaceFirst("/$", "") + "/*" : bare;
        return "/" + whole.replaceAll("\\{[^/]*\\}", "{}");
    }

    private static Map<String, Object> parameters(String uri) {
        String query = URISupport.extractQuery(uri);
        try {
            return query == null ? Map.of() : URISupport.parseQuery(query, false, true);
        } catch (URISyntaxException e) {
            // Camel reports it.
            return Map.of();
        }
    }
}
