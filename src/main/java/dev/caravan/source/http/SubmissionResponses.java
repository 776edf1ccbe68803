package dev.caravan.source.http;

import dev.caravan.exchange.MailExchange;
import dev.caravan.http.HttpResponse;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.store.StoreException;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP responses to completed exchanges; an unexpected failure is 503, so that the client tries again. */
public final class SubmissionResponses {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionResponses.class);

    private SubmissionResponses() {}

    /** The response of an exchange that failed or that has a result of the server; empty if it has another body. */
    public static Optional<HttpResponse> of(Exchange exchange) {
        Throwable failure = exchange.getException();
        if (failure != null) {
            return Optional.of(failed(exchange, failure));
        }
        if (exchange.getMessage().getBody() instanceof HttpResponse response) {
            return Optional.of(response);
        }
        SubmissionResult result = SubmissionResult.of(exchange);
        if (result instanceof SubmissionResult.Taken taken) {
            return Optional.of(taken(taken, exchange));
        } else if (result instanceof SubmissionResult.Rejected rejected) {
            return Optional.of(HttpResponse.refusal(422, rejected.reason()));
        } else if (result instanceof SubmissionResult.Later later) {
            // What a route makes of a failure that it has handled is its own response.
            return later instanceof SubmissionResult.Deferred
                    ? Optional.of(HttpResponse.later(later.reason()))
                    : Optional.empty();
        }
        throw new AssertionError(result);
    }

    private static HttpResponse taken(SubmissionResult.Taken taken, Exchange exchange) {
        if (taken instanceof SubmissionResult.Stored || taken instanceof SubmissionResult.Duplicate) {
            return HttpResponse.accepted(
                    taken.mailId(), MailExchange.of(exchange).submittedMessageId());
        } else if (taken instanceof SubmissionResult.Discarded discarded) {
            return HttpResponse.json(202, "discarded", discarded.reason());
        }
        throw new AssertionError(taken);
    }

    private static HttpResponse failed(Exchange exchange, Throwable failure) {
        SubmissionResult result = SubmissionResult.of(exchange);
        return result instanceof SubmissionResult.Stored stored ? taken(stored, exchange) : failed(failure);
    }

    private static HttpResponse failed(@Nullable Throwable failure) {
        if (failure instanceof InvalidSubmissionException invalid) {
            int status = switch (invalid.fault()) {
                case MALFORMED -> 400;
                case TOO_LARGE -> 413;
                case UNSUPPORTED -> 415;
                case UNACCEPTABLE -> 422;
            };
            return HttpResponse.refusal(status, invalid.reason());
        }
        if (failure instanceof MemoryExhaustedException) {
            LOG.warn("an HTTP request is deferred: {}", failure.toString());
            return HttpResponse.later("too much at once for the memory, try again later");
        }
        if (failure instanceof StoreException || failure instanceof java.io.IOException) {
            LOG.warn("an HTTP request is deferred: {}", failure.toString());
        } else {
            LOG.error("an HTTP route failed; the client gets 503", failure);
        }
        return HttpResponse.later(HttpResponse.TROUBLE);
    }
}
