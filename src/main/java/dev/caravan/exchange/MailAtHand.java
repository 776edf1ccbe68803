package dev.caravan.exchange;

import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.Spool;
import dev.caravan.session.PolicyRequest.MailQuestion;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole mail that a route has in hand: in {@code direct:check-mail} a question about it, later the mail itself. */
public final class MailAtHand {
    private static final Logger LOG = LoggerFactory.getLogger(MailAtHand.class);

    private MailAtHand() {}

    /**
     * The mail.
     *
     * @throws IllegalStateException if there is none yet.
     */
    public static MailObject of(Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        if (body instanceof MailQuestion question) {
            return question.mail();
        }
        if (body instanceof MailObject mail) {
            return mail;
        }
        throw new IllegalStateException(
                "no whole mail is here (expected: a step of check-mail, or of a route that submit calls)");
    }

    /**
     * The mail has another content from now on. It is stored with the mail; when the route has ended, whichever way,
     * nothing is left of the old and the new content but the files of items.
     */
    public static void replace(Exchange exchange, Content content, Spool spool) {
        MailObject mail = of(exchange);
        MailObject changed = mail.withContent(content);
        Object body = exchange.getMessage().getBody() instanceof MailQuestion question
                ? new MailQuestion(question.facts(), changed, question.disposition(), question.memory())
                : changed;
        exchange.getMessage().setBody(body);
        releaseAfterwards(exchange, spool, mail.content(), content);
    }

    /** When the route has ended, whichever way, nothing is left of these contents but the files of items. */
    public static void releaseAfterwards(Exchange exchange, Spool spool, Content... contents) {
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                for (Content content : contents) {
                    releaseTemporary(spool, content);
                }
            }
        });
    }

    private static void releaseTemporary(Spool spool, Content content) {
        try {
            spool.releaseTemporary(content);
        } catch (IOException e) {
            LOG.warn("a temporary spool file could not be removed, the sweep will try again: {}", e.toString());
        }
    }
}
