package dev.caravan.source.http;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.http.HttpAccess;
import dev.caravan.http.HttpSettings;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SubmissionCompletion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Takes mail that clients post by HTTP. */
public final class HttpSourceModule implements ServerModule {
    private final HttpAccess access;
    private final HttpSubmission submission;
    private final RequestSizeLimit requestSize;

    /** @throws InvalidSettingsException if the file of tokens cannot be read. */
    public HttpSourceModule(
            ServerHome home,
            Settings settings,
            MailObjectFactory factory,
            IdempotencyStore idempotency,
            SubmissionCompletion completion,
            Clock clock) {
        this.access = access(home, settings);
        this.submission = new HttpSubmission(factory, idempotency, completion, clock);
        this.requestSize = new RequestSizeLimit(settings);
    }

    private static HttpAccess access(ServerHome home, Settings settings) {
        Optional<Path> tokens = settings.get(HttpSettings.TOKENS).map(home::own);
        if (tokens.isPresent() && !Files.isReadable(tokens.get())) {
            throw new InvalidSettingsException(HttpSettings.TOKENS, "cannot read " + tokens.get(), "a token a line");
        }
        return new HttpAccess(settings.get(HttpSettings.NETWORKS), tokens);
    }

    /** Who may send requests. */
    public HttpAccess access() {
        return access;
    }

    /** The size in octets of the largest body that is read. */
    public LongSupplier requestSize() {
        return requestSize;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("httpAccess", access, "postedMail", submission);
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(requestSize);
    }
}
