package dev.caravan.steps;

import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.net.HostAndPort;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.scan.ClamdClient;
import dev.caravan.scan.NoScanException;
import dev.caravan.scan.ScanResult;
import dev.caravan.smtp.Reply;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scans a message with clamd: {@code bean: {ref: clamd, method: "scan('127.0.0.1:3310')"}} in check-mail. No thread waits
 * for the result.
 */
public final class Clamd implements NonBlockingStep {
    private static final String NAME = "clamd";
    private static final Logger LOG = LoggerFactory.getLogger(Clamd.class);

    private final Decisions decisions;
    private final FilterAnswers filters;
    private final ClamdClient client;

    Clamd(Decisions decisions, FilterAnswers filters, ClamdClient client) {
        this.decisions = decisions;
        this.filters = filters;
        this.client = client;
    }

    /**
     * Replies 554 5.7.1 if clamd finds something in the message, 451 4.7.1 if it gives no answer, 451 4.3.2 if too many
     * messages wait for it; otherwise the message passes.
     *
     * @param address {@code host} or {@code host:port}.
     * @return completes when the route can go on.
     * @throws IllegalArgumentException if the address is malformed.
     */
    public CompletionStage<Void> scan(@Argument(ArgumentForm.HOST) String address, Exchange exchange) {
        MailObject mail = MailExchange.of(exchange).message();
        HostAndPort clamd = HostAndPort.parse(address, ClamdClient.PORT);
        return filters.ask(
                filters.line(NAME, clamd.toString()),
                NAME,
                exchange,
                () -> client.scan(clamd, mail.content()).thenCompose(Clamd::answer),
                found -> {
                    if (found.isPresent()) {
                        Reply refused = Reply.of(554, "5.7.1", "refused, contains " + found.get());
                        decisions.reply(exchange, NAME, refused, () -> address);
                    } else {
                        decisions.pass(exchange, NAME, () -> address);
                    }
                },
                failure -> {
                    LOG.warn("{} was not scanned and is deferred: {}", mail.id(), failure.getMessage());
                    Reply later = Reply.of(451, "4.7.1", "cannot be scanned now, try again later");
                    decisions.reply(exchange, NAME, later, () -> String.valueOf(failure.getMessage()));
                });
    }

    /** What was found, if anything; without a result there is no answer. */
    private static CompletionStage<Optional<String>> answer(ScanResult result) {
        if (result instanceof ScanResult.Clean) {
            return CompletableFuture.completedFuture(Optional.empty());
        } else if (result instanceof ScanResult.Found found) {
            return CompletableFuture.completedFuture(Optional.of(found.name()));
        } else if (result instanceof ScanResult.Unknown unknown) {
            return CompletableFuture.failedFuture(new NoScanException(unknown));
        }
        throw new AssertionError(result);
    }
}
