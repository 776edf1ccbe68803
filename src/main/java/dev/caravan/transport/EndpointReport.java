package dev.caravan.transport;

import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.HttpAnswer;
import dev.caravan.delivery.RecipientAnswers;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.queue.QueueItem;
import dev.caravan.settle.AttemptResult;
import dev.caravan.settle.DeliveryFailureHandler;
import dev.caravan.store.QueueTransaction;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns the result of an endpoint of the operator's into a delivery report. */
public final class EndpointReport implements AttemptResult, BlockingStep {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointReport.class);

    private final Clock clock;
    private final DeliveryFailureHandler failures;

    public EndpointReport(Clock clock, DeliveryFailureHandler failures) {
        this.clock = clock;
        this.failures = failures;
    }

    /** The endpoint has succeeded; if it was an HTTP server, its response is evaluated. */
    @Override
    public DeliveryReport delivered(@ExchangeProperty(MailExchange.ITEM) QueueItem item, Exchange exchange)
            throws IOException {
        Optional<HttpAnswer> answer = HttpDeliveryReply.answer(exchange);
        Map<ForwardPath, RecipientResult> single =
                answer.isPresent() && answer.get().isSuccess()
                        ? RecipientAnswers.read(
                                HttpDeliveryReply.body(exchange), answer.get().host())
                        : Map.of();
        Diagnosis taken = Diagnosis.ours(
                "2.0.0", "taken by the destination " + item.nextHop().transport());
        return report(item, exchange, path -> {
            RecipientResult usual = answer.map(http -> http.result(path))
                    .orElseGet(() -> new RecipientResult.Delivered(path, taken, RecipientResult.Handling.FINAL));
            return single.getOrDefault(path, usual);
        });
    }

    /** The endpoint, or another step of the route, has failed; null if the message stays in its queue. */
    @Override
    public @Nullable DeliveryReport failed(
            @ExchangeProperty(MailExchange.ITEM) @Nullable QueueItem item,
            @ExchangeProperty(MailExchange.REPORT) @Nullable DeliveryReport known,
            @ExchangeProperty(MailExchange.TRANSACTION) QueueTransaction transaction,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Throwable cause,
            Exchange exchange) {
        Optional<HttpAnswer> answer = HttpDeliveryReply.answer(cause);
        if (answer.isEmpty() || item == null || known != null) {
            return failures.deferAll(item, known, transaction, cause, exchange);
        }
        LOG.info(
                "{}: the destination {} answers HTTP {}",
                item.id(),
                item.nextHop().transport(),
                answer.get().code());
        transaction.reset();
        return report(item, exchange, answer.get()::result);
    }

    /** Replaces what the endpoint left on the message. */
    private DeliveryReport report(QueueItem item, Exchange exchange, Function<ForwardPath, RecipientResult> result) {
        exchange.getMessage().removeHeaders("*");
        List<RecipientResult> results = item.recipients().stream()
                .map(recipient -> result.apply(recipient.path()))
                .toList();
        return new DeliveryReport(clock.instant(), results);
    }
}
