package dev.caravan.camel;

import com.sun.net.httpserver.HttpExchange;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What an HTTP client asks for. Routes that begin at {@code web:} have it as body; nothing of it becomes a Camel header.
 *
 * @param method such as POST.
 * @param path without the query.
 * @param parameters of the query, decoded; each with all its values.
 * @param remote the client's address.
 * @param exchange for the rest.
 */
public record WebRequest(
        String method, String path, Map<String, List<String>> parameters, InetAddress remote, HttpExchange exchange) {
    /** @throws IllegalArgumentException if the query is malformed. */
    static WebRequest of(HttpExchange exchange) {
        return new WebRequest(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                parameters(Optional.ofNullable(exchange.getRequestURI().getRawQuery())
                        .orElse("")),
                exchange.getRemoteAddress().getAddress(),
                exchange);
    }

    private static Map<String, List<String>> parameters(String query) {
        Map<String, List<String>> parameters = new TreeMap<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                parameters
                        .computeIfAbsent(decoded(name), n -> new ArrayList<>())
                        .add(decoded(value));
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** The first header field with a name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    /** The first value of a parameter. */
    public Optional<String> parameter(String name) {
        return parameters.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The body; read once. */
    public InputStream content() {
        return exchange.getRequestBody();
    }
}
