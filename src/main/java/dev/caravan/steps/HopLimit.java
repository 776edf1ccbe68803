package dev.caravan.steps;

import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.smtp.Reply;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/** Rejects a message that has passed too many servers, which means a loop (RFC 5321 §6.3). */
public final class HopLimit implements Processor, NonBlockingStep.ReadsHeader, Reconfigurable {
    private static final String NAME = "hopLimit";

    private final Decisions decisions;
    private volatile int limit;

    /** @param limit the maximum number of Received fields of a message. */
    public HopLimit(int limit, Decisions decisions) {
        this.decisions = decisions;
        this.limit = limit;
    }

    @Override
    public void reconfigure(Settings settings) {
        limit = settings.get(PolicySettings.MAX_HOPS);
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        MailObject mail = MailExchange.of(exchange).requireBody(MailObject.class);
        int most = limit;
        int hops = HeaderSection.of(mail.content()).count("Received");
        if (hops > most) {
            Reply loop = Reply.of(554, "5.4.6", "mail loop: " + hops + " hops (expected: <= " + most + ")");
            decisions.reply(exchange, NAME, loop, () -> "");
        } else {
            decisions.pass(exchange, NAME, () -> hops + " hops, at most " + most);
        }
    }
}
