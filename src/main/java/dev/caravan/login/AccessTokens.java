package dev.caravan.login;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.mail.Printable;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access tokens of one login (RFC 6749 §4.4, §6): asked for once for all messages, kept, and renewed before they
 * expire. Thread-safe; never blocks.
 */
final class AccessTokens {
    /** A longer answer is refused. */
    static final int MAX_ANSWER = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AccessTokens.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** The life of a token whose answer does not say it. */
    private static final Duration USUAL_LIFE = Duration.ofMinutes(10);
    /** A token is not used in the last seconds of its life: it must last until the login. */
    private static final Duration RESERVE = Duration.ofSeconds(10);

    private static final Duration LONGEST_LIFE = Duration.ofDays(1);

    private static final int RENEWED_AT_PERCENT = 80;
    private static final int MAX_WORDS = 200;
    private static final int OK = 200;

    private final LoginSettings.Token settings;
    private final HttpClient http;
    private final Executor disk;
    private final Clock clock;
    private final Optional<SecretFile> clientSecret;
    private final Optional<SecretFile> refreshToken;

    // Guarded by this object.
    private Optional<Token> current = Optional.empty();
    private Optional<CompletableFuture<Secret>> request = Optional.empty();

    private record Token(Secret secret, Instant renewAt, Instant expiresAt) {}

    /** What is sent, and the refresh token that was sent. */
    private record Form(HttpRequest request, Optional<Secret> refreshToken) {}

    /** @param files of the secrets that the settings name. */
    AccessTokens(
            LoginSettings.Token settings,
            Function<Path, SecretFile> files,
            HttpClient http,
            Executor disk,
            Clock clock) {
        this.settings = settings;
        this.http = http;
        this.disk = disk;
        this.clock = clock;
        this.clientSecret = settings.clientSecret().map(files);
        this.refreshToken = settings.refreshToken().map(files);
    }

    /**
     * A token that is valid for some seconds at least.
     *
     * @return completes exceptionally with a {@link LoginException} if there is none.
     */
    CompletionStage<Secret> token() {
        Instant now = clock.instant();
        synchronized (this) {
            // A clock that was set back does not make a token valid for longer than any token is.
            current = current.filter(token -> now.plus(LONGEST_LIFE).isAfter(token.expiresAt())
                    && now.plus(RESERVE).isBefore(token.expiresAt()));
            if (current.isPresent() && now.isBefore(current.get().renewAt())) {
                return CompletableFuture.completedFuture(current.get().secret());
            }
        }
        CompletableFuture<Secret> renewed = renew();
        synchronized (this) {
            return current.map(token -> CompletableFuture.completedFuture(token.secret()))
                    .orElse(renewed);
        }
    }

    /** A host refused this token: it is not given out again. */
    synchronized void refused(Secret token) {
        current = current.filter(known -> !known.secret().equals(token));
    }

    /** The request in progress, or a new one. */
    private CompletableFuture<Secret> renew() {
        CompletableFuture<Secret> mine = new CompletableFuture<>();
        synchronized (this) {
            if (request.isPresent()) {
                return request.get();
            }
            request = Optional.of(mine);
        }
        // Whatever the executor or the client does, the request ends.
        supply(this::form)
                .thenCompose(form -> http.sendAsync(form.request(), info -> new BoundedBody())
                        .thenCompose(answer -> supply(() -> accept(answer, form.refreshToken()))))
                .whenComplete((token, failure) -> ended(mine, token, failure));
        return mine;
    }

    private void ended(CompletableFuture<Secret> mine, Token token, Throwable failure) {
        synchronized (this) {
            request = Optional.empty();
            if (failure == null) {
                current = Optional.of(token);
            } else if (current.isPresent()) {
                // The present one is still valid; the next try is not at once.
                Token known = current.get();
                current = Optional.of(new Token(known.secret(), clock.instant().plusSeconds(30), known.expiresAt()));
            }
        }
        if (failure == null) {
            mine.complete(token.secret());
            return;
        }
        LoginException reason = reason(failure);
        LOG.warn("no token from {}: {}", settings.endpoint(), reason.getMessage());
        mine.completeExceptionally(reason);
    }

    private LoginException reason(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof LoginException known) {
            return known;
        }
        String words = cause instanceof IOException ? String.valueOf(cause.getMessage()) : cause.toString();
        return new LoginException(
                Printable.line("no token from " + settings.endpoint().getHost() + ": " + words, MAX_WORDS), cause);
    }

    private interface Work<T> {
        T run() throws IOException, LoginException;
    }

    private <T> CompletableFuture<T> supply(Work<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        try {
            disk.execute(() -> {
                try {
                    done.complete(work.run());
                } catch (IOException | LoginException | RuntimeException e) {
                    done.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(e);
        }
        return done;
    }

    private Form form() throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        Optional<Secret> refresh =
                refreshToken.isPresent() ? Optional.of(refreshToken.get().read()) : Optional.empty();
        fields.put("grant_type", refresh.isPresent() ? "refresh_token" : "client_credentials");
        fields.put("client_id", settings.clientId());
        refresh.ifPresent(token -> fields.put("refresh_token", token.reveal()));
        if (clientSecret.isPresent()) {
            fields.put("client_secret", clientSecret.get().read().reveal());
        }
        if (!settings.scope().isEmpty()) {
            fields.put("scope", settings.scope());
        }
        StringBuilder body = new StringBuilder();
        fields.forEach((name, value) -> body.append(body.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        HttpRequest made = HttpRequest.newBuilder(settings.endpoint())
                .timeout(PATIENCE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build();
        return new Form(made, refresh);
    }

    private Token accept(HttpResponse<String> answer, Optional<Secret> sent) throws LoginException {
        JsonNode json = json(answer.body());
        if (answer.statusCode() != OK) {
            String error = json.path("error").asText("") + " "
                    + json.path("error_description").asText("");
            throw new LoginException(Printable.line(
                    "token refused by " + settings.endpoint().getHost() + ": " + answer.statusCode() + " "
                            + error.strip(),
                    MAX_WORDS));
        }
        String token = json.path("access_token").asText("");
        if (!token.matches("[!-~]{1,60000}")) {
            throw new LoginException(
                    "no token in the answer of " + settings.endpoint().getHost());
        }
        String next = json.path("refresh_token").asText("");
        if (refreshToken.isPresent() && !next.isEmpty() && !sent.equals(Optional.of(new Secret(next)))) {
            keep(refreshToken.get(), new Secret(next));
        }
        Instant now = clock.instant();
        long seconds = json.path("expires_in").asLong(USUAL_LIFE.toSeconds());
        Duration life = Duration.ofSeconds(Math.max(1, Math.min(LONGEST_LIFE.toSeconds() - 1, seconds)));
        return new Token(
                new Secret(token),
                now.plus(life.multipliedBy(RENEWED_AT_PERCENT).dividedBy(100)),
                now.plus(life));
    }

    private void keep(SecretFile file, Secret next) {
        try {
            file.write(next);
        } catch (IOException e) {
            LOG.warn(
                    "the new refresh token of {} could not be written to {}: {}; the old one is used until it ends",
                    settings.user(),
                    settings.refreshToken().map(Object::toString).orElse(""),
                    e.toString());
        }
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    /** The body as text, up to a limit. */
    private static final class BoundedBody implements HttpResponse.BodySubscriber<String> {
        private final HttpResponse.BodySubscriber<String> whole =
                HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
        private Optional<Flow.Subscription> source = Optional.empty();
        private long octets;

        @Override
        public CompletionStage<String> getBody() {
            return whole.getBody();
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            source = Optional.of(subscription);
            whole.onSubscribe(subscription);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                octets += buffer.remaining();
            }
            if (octets > MAX_ANSWER) {
                source.ifPresent(Flow.Subscription::cancel);
                whole.onError(new IOException("answer of more than " + MAX_ANSWER + " octets"));
            } else {
                whole.onNext(buffers);
            }
        }

        @Override
        public void onError(Throwable failure) {
            whole.onError(failure);
        }

        @Override
        public void onComplete() {
            whole.onComplete();
        }
    }
}
