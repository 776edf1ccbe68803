package dev.caravan.source.http;

import dev.caravan.exchange.MailExchange;
import dev.caravan.http.HttpResponse;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reply;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.store.StoreException;
import dev.caravan.store.Stored;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP responses to completed exchanges; an unexpected failure is 503, so that the client tries again. */
public final class SubmissionResponses {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionResponses.class);

    private SubmissionResponses() {}

    /** The response of an exchange that failed or that has a result of the server; empty if it has another body. */
    public static Optional<HttpResponse> of(Exchange exchange) {
        if (exchange.getException() != null) {
            return Optional.of(failed(exchange.getException()));
        }
        Object body = exchange.getMessage().getBody();
        if (body instanceof HttpResponse reply) {
            return Optional.of(reply);
        }
        if (body instanceof Stored stored) {
            return Optional.of(HttpResponse.accepted(
                    stored.id().text(), MailExchange.of(exchange).submittedMessageId()));
        }
        if (body instanceof Reply reply && !reply.isPositive()) {
            return Optional.of(
                    reply.isPermanent() ? HttpResponse.refusal(422, reply.text()) : HttpResponse.later(reply.text()));
        }
        if (MailExchange.of(exchange).disposition() == Disposition.DISCARD) {
            return Optional.of(HttpResponse.json(
                    202,
                    "discarded",
                    MailExchange.of(exchange).dispositionReason().orElse("a rule said so")));
        }
        return Optional.empty();
    }

    private static HttpResponse failed(Exception failure) {
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
            LOG.warn("an HTTP request is put off: {}", failure.toString());
            return HttpResponse.later("too much at once for the memory, try again later");
        }
        if (failure instanceof StoreException || failure instanceof java.io.IOException) {
            LOG.warn("an HTTP request is put off: {}", failure.toString());
        } else {
            LOG.error("an HTTP route failed; the client gets 503", failure);
        }
        return HttpResponse.later(HttpResponse.TROUBLE);
    }
}
