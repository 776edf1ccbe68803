package dev.caravan.submit;

import dev.caravan.dsn.DsnComposer;
import dev.caravan.dsn.Notification;
import dev.caravan.exchange.MailExchange;
import dev.caravan.exchange.NonBlockingStep;
import dev.caravan.mail.MailObject;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.SuccessReports;
import dev.caravan.queue.QueueItem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.camel.Exchange;
import org.apache.camel.InvalidPayloadException;

/**
 * Step {@code report-expansion} of {@code direct:submit}: reports to senders who asked for it that their message went
 * to all recipients of an alias ("expanded", RFC 3461 §5.2.7.3). The report is stored, and held if the message is,
 * together with the items of the message, a {@link SplitMail}.
 */
public final class ReportExpansion extends StageStep<List<ReportExpansion.RoutedReport>>
        implements NonBlockingStep.WritesSuccessReport {
    private final DsnComposer composer;
    private final SuccessReports rule;
    private final ExpandAliases aliases;
    private final ChooseTransport transports;
    private final SplitByNextHop splitter;

    /**
     * @param rule when success is reported.
     * @param aliases handles the report as {@code direct:submit} would, as do the next two.
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

    /**
     * A report and its next hop.
     *
     * @param report as composed.
     */
    record RoutedReport(Notification report, RoutedMail mail) {}

    /** Composes the report, if there is to be one, and gives it its next hop. */
    @Override
    CompletionStage<List<RoutedReport>> ask(Exchange exchange) throws IOException, InvalidPayloadException {
        SplitMail split = exchange.getMessage().getMandatoryBody(SplitMail.class);
        if (split.expanded().isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        QueueItem item = split.placements().get(0).item();
        List<CompletableFuture<RoutedReport>> reports = new ArrayList<>();
        for (Notification report : composer.compose(Outcome.expanded(item, split.expanded(), rule))) {
            reports.add(route(report.mail(), MailExchange.of(exchange))
                    .thenApply(routed -> new RoutedReport(report, routed))
                    .toCompletableFuture());
        }
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
    void answered(List<RoutedReport> reports, Exchange exchange) throws IOException, InvalidPayloadException {
        SplitMail split = exchange.getMessage().getMandatoryBody(SplitMail.class);
        for (RoutedReport report : reports) {
            split = split.with(report.report(), splitter.split(report.mail(), exchange));
        }
        exchange.getMessage().setBody(split);
    }
}
