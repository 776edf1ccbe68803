package dev.caravan.http;

import java.io.IOException;
import java.util.Set;

/** Finds out which roles a client has. Thread-safe; runs on pool threads and may read files. */
public interface Authenticator {
    /**
     * The roles of the client that sent a request; {@link HttpRole#PUBLIC} need not be among them.
     *
     * @throws IOException if that cannot be found out now: the client gets 503.
     */
    Set<HttpRole> roles(HttpRequest request) throws IOException;

    /** The answer 401 or 403 to a client without the role of a resource; says what the client needs. */
    HttpResponse refusal(HttpRequest request);
}
