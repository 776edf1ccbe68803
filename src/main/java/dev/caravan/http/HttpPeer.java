package dev.caravan.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * One connection of an HTTP client, with the time limits for sending the next part of a request and for reading the
 * response. Confined to the event loop.
 */
final class HttpPeer {
    private static final long NO_TIMER = -1;
    /** The maximum octets of responses that a client has not read; beyond it the next request closes the connection. */
    private static final long MAX_UNREAD = 1 << 20;
    /** How long a client that is still sending a refused request may take to read the response. */
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    /** How long an idle connection stays open for the next request. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);
    /** How long a client may take to read a response. */
    private static final Duration READ_TIME = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final HttpConnection connection;
    private long timer = NO_TIMER;
    private long unread;
    private boolean isIdle = true;
    private boolean isClosed;

    HttpPeer(Vertx vertx, HttpConnection connection, Duration headTime) {
        this.vertx = vertx;
        this.connection = connection;
        closeAfter(headTime);
    }

    /** The header of a request has arrived; starts the time limit for its body. */
    void receiving(Duration bodyTime) {
        isIdle = false;
        closeAfter(bodyTime);
    }

    /** The whole request has arrived; stops the time limit. */
    void complete() {
        cancel();
    }

    /** Whether the client sends requests without reading the responses. */
    boolean isFlooding() {
        return unread > MAX_UNREAD;
    }

    /**
     * Answers a request. If the request has not arrived completely, the connection is closed after the client had time
     * to read the response.
     */
    void answer(HttpServerRequest request, HttpResponse reply) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        boolean isCut = !request.isEnded() && hasBody(request);
        response.setStatusCode(reply.status());
        response.putHeader("Content-Type", reply.type());
        reply.fields().forEach(response::putHeader);
        if (isCut) {
            response.putHeader("Connection", "close");
        }
        int octets = reply.octets().length;
        unread += octets;
        isIdle = true;
        closeAfter(isCut ? GOODBYE : READ_TIME);
        response.end(Buffer.buffer(reply.octets())).onComplete(written -> {
            unread -= octets;
            if (!isCut && isIdle && !isClosed) {
                closeAfter(KEEP_ALIVE);
            }
        });
        if (isCut) {
            // The rest of the request is read and dropped: closing with unread octets would reset the connection, and
            // the client might lose the response.
            request.handler(dropped -> {});
            request.endHandler(end -> connection.close());
            request.resume();
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return request.getHeader("Transfer-Encoding") != null || (length != null && !length.equals("0"));
    }

    private void closeAfter(Duration time) {
        cancel();
        timer = vertx.setTimer(Math.max(1, time.toMillis()), late -> {
            timer = NO_TIMER;
            connection.close();
        });
    }

    private void cancel() {
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }

    /** The connection is closed. */
    void closed() {
        isClosed = true;
        cancel();
    }
}
