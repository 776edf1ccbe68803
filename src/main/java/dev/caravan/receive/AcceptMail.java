package dev.caravan.receive;

import dev.caravan.exchange.ClientGoneException;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.session.Disposition;
import dev.caravan.session.PolicyRequest.MailQuestion;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Sends the message of a session on to {@code direct:submit}, unless a rule discards it. */
public final class AcceptMail implements Processor, NonBlockingStep {
    @Override
    public void process(Exchange exchange) throws ClientGoneException {
        Object body = exchange.getMessage().getBody();
        if (!(body instanceof MailQuestion question)) {
            throw new IllegalStateException(
                    "check-mail ended with the body "
                            + (body == null ? "null" : body.getClass().getName())
                            + " (expected: the body that it began with; the result of a bean belongs into setProperty or filter)");
        }
        MailObject mail = question.mail();
        Disposition disposition = MailExchange.of(exchange).disposition();
        if (disposition == Disposition.DISCARD) {
            exchange.setRouteStop(true);
            return;
        }
        if (MailExchange.of(exchange).isClientGone()) {
            throw new ClientGoneException();
        }
        exchange.getMessage().setBody(mail);
    }
}
