package dev.caravan.source.http;

import dev.caravan.exchange.MailExchange;
import dev.caravan.http.HttpResponse;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reply;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.store.StoreException;
import dev.caravan.store.Stored;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns a completed exchange into an HTTP response; anything unexpected is 503, so that the client tries again. */
public final class SubmissionResponses {
    private static final Logger LOG = LoggerFactory.getLogger(SubmissionResponses.class);
    private static final String TROUBLE = "trouble on our side, try again later";

    private SubmissionResponses() {}

    public static HttpResponse of(Exchange exchange) {
        if (exchange.getException() != null) {
            return failed(exchange.getException());
        }
        Object body = exchange.getMessage().getBody();
        if (body instanceof HttpResponse reply) {
            return reply;
        }
        if (body instanceof Stored stored) {
            return HttpResponse.accepted(
                    stored.id().text(), MailExchange.of(exchange).submittedMessageId());
        }
        if (body instanceof Reply reply && !reply.isPositive()) {
            return reply.isPermanent() ? HttpResponse.refusal(422, reply.text()) : HttpResponse.later(reply.text());
        }
        if (MailExchange.of(exchange).disposition() == Disposition.DISCARD) {
            return HttpResponse.json(
                    202,
                    "discarded",
                    MailExchange.of(exchange).dispositionReason().orElse("a rule said so"));
        }
        LOG.error("route {} ended without an answer", exchange.getFromRouteId());
        return HttpResponse.later(TROUBLE);
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
        return HttpResponse.later(TROUBLE);
    }
}
