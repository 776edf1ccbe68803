package dev.caravan.http;

/** Answers the requests for a resource, on a pool thread. Thread-safe. */
public interface HttpHandler {
    /**
     * Answers a request. The client has the role of the resource.
     *
     * @throws IllegalArgumentException if the request is malformed: the client gets 400 with the message, which says what
     *     was expected.
     * @throws Exception on a fault of the server: it is logged, and the client gets 503.
     */
    HttpResponse answer(HttpRequest request) throws Exception;
}
