package dev.caravan.http;

import java.util.Set;
import java.util.TreeSet;

/**
 * What an HTTP listener serves under a path.
 *
 * @param methods the request methods that the handler answers, such as GET; HEAD is answered where GET is.
 * @param role what a client needs to be.
 * @param isOwn whether it is a page of the server itself, which never waits for the queues: it has threads of its own, is
 *     also answered while the server stops, is not counted, and no route can take its path.
 */
public record HttpResource(HttpPath path, Set<String> methods, HttpRole role, boolean isOwn, HttpHandler handler) {
    private static final String GET = "GET";
    private static final String HEAD = "HEAD";

    public HttpResource {
        methods = Set.copyOf(methods);
    }

    /** A resource of one method. */
    public static HttpResource of(String method, String path, HttpRole role, HttpHandler handler) {
        return new HttpResource(HttpPath.of(path), Set.of(method), role, false, handler);
    }

    /** A page of the server itself, answered to GET. */
    public static HttpResource own(String path, HttpRole role, HttpHandler handler) {
        return new HttpResource(HttpPath.of(path), Set.of(GET), role, true, handler);
    }

    /** Whether it answers a method; as {@link #handled} says, HEAD may be answered like GET. */
    boolean answers(String method) {
        return methods.contains(method) || (method.equals(HEAD) && methods.contains(GET));
    }

    /** The method that the handler sees for one that it answers: GET for a HEAD that it does not know. */
    String handled(String method) {
        return methods.contains(method) ? method : GET;
    }

    /** The methods for the field {@code Allow}, sorted. */
    static String allow(Iterable<HttpResource> resources) {
        Set<String> all = new TreeSet<>();
        resources.forEach(resource -> all.addAll(resource.methods()));
        return String.join(", ", all);
    }
}
