package dev.caravan.http;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request of an HTTP client. It is the body of the exchange in routes from {@code web:}; no part of it becomes a
 * Camel header.
 *
 * @param method the request method, such as POST.
 * @param path without the query, decoded.
 * @param variables the segments that stand in the braces of the resource's path, decoded, by name.
 * @param parameters the query parameters, decoded; each with all its values.
 * @param remote the client's address.
 * @param fields the first value of each header field by its name; the case of names is ignored.
 * @param content the body, complete when the handler begins; can be read until the request is answered.
 */
public record HttpRequest(
        String method,
        String path,
        Map<String, String> variables,
        Map<String, List<String>> parameters,
        InetAddress remote,
        Map<String, String> fields,
        InputStream content) {
    public HttpRequest {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(fields);
        fields = Collections.unmodifiableMap(copy);
    }

    /**
     * The parameters of a query.
     *
     * @throws IllegalArgumentException if it is malformed.
     */
    static Map<String, List<String>> parameters(URI target) {
        Map<String, List<String>> parameters = new TreeMap<>();
        for (String pair : Optional.ofNullable(target.getRawQuery()).orElse("").split("&", -1)) {
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

    /** Whether the body has no octets. */
    boolean isEmpty() {
        return content instanceof BodyStream body && body.length() == 0;
    }

    /** The value of the first header field with a name. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** The first value of a parameter. */
    public Optional<String> parameter(String name) {
        return parameters.getOrDefault(name, List.of()).stream().findFirst();
    }
}
