package dev.caravan.source.http;

import dev.caravan.exchange.MailExchange;
import dev.caravan.http.HttpResponse;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.store.StoreException;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns a completed exchange into an HTTP response; anything unexpected is 503, so that the client tries again. */
public final class SubmissionResponses {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionResponses.class);
    private static final String TROUBLE = "trouble on our side, try again later";

    private SubmissionResponses() {}

    public static HttpResponse of(Exchange exchange) {
        if (exchange.getException() == null && exchange.getMessage().getBody() instanceof HttpResponse response) {
            return response;
        }
        SubmissionResult result = SubmissionResult.of(exchange);
        if (result instanceof SubmissionResult.Taken taken) {
            return taken(taken, exchange);
        } else if (result instanceof SubmissionResult.Rejected rejected) {
            return HttpResponse.refusal(422, rejected.reason());
        } else if (result instanceof SubmissionResult.Later later) {
            return later(later);
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

    private static HttpResponse later(SubmissionResult.Later later) {
        if (later instanceof SubmissionResult.Deferred deferred) {
            return HttpResponse.later(deferred.reason());
        } else if (later instanceof SubmissionResult.InDoubt doubt) {
            return failed(doubt.failure());
        } else if (later instanceof SubmissionResult.Failed failed) {
            return failed(failed.failure());
        }
        throw new AssertionError(later);
    }

    private static HttpResponse failed(Throwable failure) {
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
        return HttpResponse.later(TROUBLE);
    }
}
