package dev.caravan.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * One connection of an HTTP client, with the time that the client has for the next part of its request, and to read the
 * answer. Confined to the event loop.
 */
final class HttpPeer {
    private static final long NO_TIMER = -1;
    /** Answers that a client has not read yet; one that goes on asking nevertheless is closed. */
    private static final long MAX_UNREAD = 1 << 20;
    /** A client that still sends what is refused has this long to read why. */
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    /** A connection stays open for the next request. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(60);
    /** A client reads an answer within this time. */
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

    /** The header of a request has arrived; its body has this long. */
    void receiving(Duration bodyTime) {
        isIdle = false;
        closeAfter(bodyTime);
    }

    /** A whole request has arrived, and waits for its answer. */
    void complete() {
        cancel();
    }

    /** Whether the client sends requests and does not read the answers. */
    boolean isFlooding() {
        return unread > MAX_UNREAD;
    }

    /** Answers a request. If it has not arrived to its end, the connection is closed after the client had time to read. */
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
            // What is still on its way is read and dropped: a connection that is closed before that is reset, and the
            // client never sees the answer.
            request.handler(dropped -> {});
            request.endHandler(end -> connection.close());
            request.resume();
        }
    }

    private static boolean hasBody(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return request.getHeader("Transfer-Encoding") != null || length != null && !length.equals("0");
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
