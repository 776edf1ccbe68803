package dev.caravan.submit;

import dev.caravan.dsn.DsnComposer;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.Placement;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.queue.QueueItem;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;

/**
 * Step {@code report-expansion} of {@code direct:submit}: reports to senders who asked for it that their message went to all
 * who are behind an alias ("expanded", RFC 3461 §5.2.7.3). The report is stored, and held if the message is, together with
 * the items of the message, a {@link SplitMail}.
 */
public final class ReportExpansion extends StageStep<List<RoutedMail>> implements NonBlockingStep.WritesSuccessReport {
    private final DsnComposer composer;
    private final SuccessReports rule;
    private final ExpandAliases aliases;
    private final ChooseTransport transports;
    private final SplitByNextHop splitter;

    /**
     * @param rule when success is reported.
     * @param aliases the way of a report through {@code direct:submit}, as are the next two.
     */
    public ReportExpansion(
            DsnComposer composer,
            SuccessReports rule,
            ExpandAliases aliases,
            ChooseTransport transports,
            SplitByNextHop splitter) {
        this.composer = composer;
        this.rule = rule;
        this.aliases = aliases;
        this.transports = transports;
        this.splitter = splitter;
    }

    /** Composes the report, if there is to be one, and gives it its next hop. */
    @Override
    CompletionStage<List<RoutedMail>> ask(Exchange exchange) throws IOException, InvalidPayloadException {
        SplitMail split = exchange.getMessage().getMandatoryBody(SplitMail.class);
        QueueItem item = split.placements().get(0).item();
        List<CompletableFuture<RoutedMail>> reports =
                composer.compose(Outcome.expanded(item, split.expanded(), rule)).stream()
                        .map(report -> route(report, MailExchange.of(exchange)).toCompletableFuture())
                        .toList();
        return CompletableFuture.allOf(reports.toArray(CompletableFuture[]::new))
                .thenApply(
                        unused -> reports.stream().map(CompletableFuture::join).toList());
    }

    private CompletionStage<RoutedMail> route(MailObject report, MailExchange exchange) {
        return aliases.expand(report).thenCompose(expanded -> {
            MailObject mail = report.withEnvelope(
                    expanded.expansion().envelope(report.envelope()).orElseThrow());
            return transports.route(mail, expanded, exchange.destinations(), exchange.copies());
        });
    }

    @Override
    void answered(List<RoutedMail> reports, Exchange exchange) throws IOException, InvalidPayloadException {
        SplitMail split = exchange.getMessage().getMandatoryBody(SplitMail.class);
        for (RoutedMail report : reports) {
            List<Placement> placements = splitter.split(report, exchange);
            split = split.with(placements);
        }
        exchange.getMessage().setBody(split);
    }
}
