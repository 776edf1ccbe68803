package dev.caravan.filter;

import dev.caravan.mail.Content;
import dev.caravan.net.LimitedBody;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks HTTP services. No thread waits for them; a message is sent in pieces, never copied as a whole. Connections are
 * kept and used again; there is no limit to their number, since each filter has one. Thread-safe.
 */
public final class HttpQuestions {
    /** The time limit for connecting. */
    static final Duration CONNECT = Duration.ofSeconds(2);

    private final Executor threads;
    private @Nullable HttpClient client;

    /** @param threads run what an answer causes, and read files; may block for the disk. */
    public HttpQuestions(Executor threads) {
        this.threads = threads;
    }

    /**
     * A question; its method is POST.
     *
     * @param to absolute, http or https.
     * @param fields header fields.
     * @param body what is posted.
     * @param whole the time limit from the beginning to the last octet of the answer.
     * @param maxAnswer the maximum octets of an answer's body.
     */
    public record Question(URI to, Map<String, List<String>> fields, Content body, Duration whole, int maxAnswer) {}

    /**
     * An answer.
     *
     * @param code the HTTP status.
     * @param body in UTF-8.
     */
    public record Answer(int code, String body) {}

    /**
     * The address in a route.
     *
     * @throws IllegalArgumentException if it is no absolute address of HTTP.
     */
    public static URI address(String text) {
        URI address = URI.create(text.strip());
        String scheme = String.valueOf(address.getScheme());
        if (!(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https")) || address.getHost() == null) {
            throw new IllegalArgumentException("malformed address (expected: http://host:port/path or https://...)");
        }
        return address;
    }

    /** The host and port of an address, without what may be secret. */
    public static String shown(URI address) {
        return address.getPort() < 0 ? address.getHost() : address.getHost() + ":" + address.getPort();
    }

    /**
     * Asks. A kept connection that the other side has closed meanwhile is replaced by a new one, once.
     *
     * @return completes exceptionally with {@link IOException} or {@link TimeoutException} if there is no whole answer.
     */
    public CompletionStage<Answer> ask(Question question) {
        CompletableFuture<Answer> first = send(question);
        return first.exceptionallyCompose(
                failure -> isStale(failure) ? send(question) : CompletableFuture.failedFuture(failure));
    }

    private static boolean isStale(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof IOException
                && !(cause instanceof HttpTimeoutException)
                && !(cause instanceof ConnectException)
                && !(cause instanceof LimitedBody.TooLongException);
    }

    private CompletableFuture<Answer> send(Question question) {
        HttpRequest.Builder request = HttpRequest.newBuilder(question.to());
        question.fields().forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        Upload upload = new Upload(question.body());
        request.POST(upload.publisher());
        CompletableFuture<HttpResponse<String>> sent =
                client().sendAsync(request.build(), info -> new LimitedBody(question.maxAnswer()));
        return sent.copy()
                .orTimeout(question.whole().toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((answer, failure) -> {
                    upload.close();
                    if (failure != null) {
                        sent.cancel(true);
                    }
                })
                .thenApply(answer -> new Answer(answer.statusCode(), answer.body()));
    }

    /** Made when it is needed, because it has a thread. */
    private synchronized HttpClient client() {
        if (client == null) {
            client = HttpClient.newBuilder()
                    .version(Version.HTTP_1_1)
                    .followRedirects(Redirect.NEVER)
                    .connectTimeout(CONNECT)
                    .executor(threads)
                    .build();
        }
        return client;
    }

    /** Posts a content in pieces, and closes its file however the question ends. */
    private static final class Upload {
        private final Content content;
        private @Nullable InputStream open;
        private boolean closed;

        Upload(Content content) {
            this.content = content;
        }

        BodyPublisher publisher() {
            return content.size() == 0
                    ? BodyPublishers.noBody()
                    : BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(this::open), content.size());
        }

        private synchronized InputStream open() {
            try {
                close();
                InputStream in = content.open();
                open = in;
                closed = false;
                return in;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        synchronized void close() {
            if (open == null || closed) {
                return;
            }
            closed = true;
            try {
                open.close();
            } catch (IOException e) {
                // It was only read.
                return;
            }
        }
    }
}
