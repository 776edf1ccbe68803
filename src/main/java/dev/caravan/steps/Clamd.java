package dev.caravan.steps;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.net.HostAndPort;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.scan.ClamdClient;
import dev.caravan.scan.ScanResult;
import dev.caravan.smtp.Reply;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Scans a message with clamd: {@code bean: {ref: clamd, method: "scan('127.0.0.1:3310')"}} in check-mail. */
public final class Clamd implements BlockingStep {
    private static final String NAME = "clamd";
    private static final Logger LOG = LoggerFactory.getLogger(Clamd.class);

    private final Decisions decisions;

    public Clamd(Decisions decisions) {
        this.decisions = decisions;
    }

    /**
     * Replies 554 5.7.1 if clamd finds something in the message, 451 4.7.1 if it gives no answer; otherwise the message
     * passes.
     *
     * @param address {@code host} or {@code host:port}.
     * @throws IllegalArgumentException if the address is malformed.
     */
    public void scan(@Argument(ArgumentForm.HOST) String address, Exchange exchange) {
        MailObject mail = MailExchange.of(exchange).message();
        HostAndPort clamd = HostAndPort.parse(address, ClamdClient.PORT);
        ScanResult result = new ClamdClient(clamd, ClamdClient.CONNECT, ClamdClient.WHOLE).scan(mail.content());
        if (result instanceof ScanResult.Found found) {
            decisions.reply(exchange, NAME, Reply.of(554, "5.7.1", "refused, contains " + found.name()), () -> address);
        } else if (result instanceof ScanResult.Unknown unknown) {
            LOG.warn("{} was not scanned and is deferred: {}", mail.id(), unknown.reason());
            Reply later = Reply.of(451, "4.7.1", "cannot be scanned now, try again later");
            decisions.reply(exchange, NAME, later, unknown::reason);
        } else if (result instanceof ScanResult.Clean) {
            decisions.pass(exchange, NAME, () -> address);
        } else {
            throw new AssertionError(result);
        }
    }
}
