package dev.caravan.source.http;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Settings;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.SubmissionCompletion;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** Takes mail that clients post by HTTP. */
public final class HttpSourceModule implements ServerModule {
    private final HttpSubmission submission;
    private final RequestSizeLimit requestSize;

    public HttpSourceModule(
            Settings settings,
            MailObjectFactory factory,
            IdempotencyStore idempotency,
            SubmissionCompletion completion,
            Clock clock) {
        this.submission = new HttpSubmission(factory, idempotency, completion, clock);
        this.requestSize = new RequestSizeLimit(settings);
    }

    /** The size in octets of the largest body that is read. */
    public LongSupplier requestSize() {
        return requestSize;
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of("postedMail", submission);
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(requestSize);
    }
}
