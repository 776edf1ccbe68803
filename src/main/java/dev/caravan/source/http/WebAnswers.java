package dev.caravan.source.http;

import dev.caravan.http.WebReply;
import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.session.Disposition;
import dev.caravan.smtp.Reply;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.steps.Rule;
import dev.caravan.store.StoreFailure;
import dev.caravan.store.Stored;
import dev.caravan.submit.NextHops;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a route left on an exchange, as HTTP says it; whatever cannot be explained is 503, so that the client tries again. */
public final class WebAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(WebAnswers.class);
    private static final String TROUBLE = "trouble on our side, try again later";

    private WebAnswers() {}

    public static WebReply of(Exchange exchange) {
        if (exchange.getException() != null) {
            return failed(exchange.getException());
        }
        Object body = exchange.getMessage().getBody();
        if (body instanceof WebReply reply) {
            return reply;
        }
        if (body instanceof Stored stored) {
            return WebReply.accepted(
                    stored.id().text(), Optional.ofNullable(exchange.getProperty(PostedMail.MESSAGE_ID, String.class)));
        }
        if (body instanceof Reply reply && !reply.isPositive()) {
            return reply.isPermanent() ? WebReply.refusal(422, reply.text()) : WebReply.later(reply.text());
        }
        if (exchange.getProperty(NextHops.DISPOSITION) == Disposition.DISCARD) {
            return WebReply.json(202, "discarded", exchange.getProperty(Rule.REASON, "a rule said so", String.class));
        }
        LOG.error("route {} ended without an answer", exchange.getFromRouteId());
        return WebReply.later(TROUBLE);
    }

    private static WebReply failed(Exception failure) {
        if (failure instanceof InvalidSubmissionException invalid) {
            int status = switch (invalid.fault()) {
                case MALFORMED -> 400;
                case TOO_LARGE -> 413;
                case UNSUPPORTED -> 415;
                case UNACCEPTABLE -> 422;
            };
            return WebReply.refusal(status, invalid.reason());
        }
        if (failure instanceof MemoryExhaustedException) {
            LOG.warn("an HTTP request is put off: {}", failure.toString());
            return WebReply.later("too much at once for the memory, try again later");
        }
        if (failure instanceof StoreFailure || failure instanceof java.io.IOException) {
            LOG.warn("an HTTP request is put off: {}", failure.toString());
        } else {
            LOG.error("an HTTP route failed; the client hears 503", failure);
        }
        return WebReply.later(TROUBLE);
    }
}
