package dev.caravan.submit;

import dev.caravan.auth.SenderRights;
import dev.caravan.config.MailSettings;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.Settings;
import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.Domain;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailObject;
import dev.caravan.queue.ContentEdit;
import dev.caravan.queue.Spool;
import dev.caravan.session.SessionFacts;
import dev.caravan.smtp.Reply;
import dev.caravan.submit.SubmittedHeader.Result;
import java.io.IOException;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;

/**
 * Completes the header of a message from a listener for users or devices, and checks its author, as {@link
 * SubmittedHeader} says. Does nothing to the mail of other servers and other sources.
 */
public final class CompleteSubmission implements Processor, BlockingStep, Reconfigurable {
    private static final String NAME = "completeSubmission";

    private static final Reply TOO_LARGE = Reply.of(
            554,
            "5.6.0",
            "the header is too large to be checked (expected: <= " + HeaderSection.MAX_OCTETS + " octets)");

    private final SenderRights rights;
    private final Domain host;
    private final ContentEdit edit;
    private final Spool spool;
    private final Decisions decisions;
    private volatile FromCheck check;

    /** @param rights as whom users may send. */
    public CompleteSubmission(SenderRights rights, Settings settings, Spool spool, Decisions decisions) {
        this.rights = rights;
        this.host = settings.get(MailSettings.HOSTNAME);
        this.edit = new ContentEdit(spool);
        this.spool = spool;
        this.decisions = decisions;
        this.check = settings.get(SubmissionSettings.FROM_CHECK);
    }

    @Override
    public void reconfigure(Settings settings) {
        check = settings.get(SubmissionSettings.FROM_CHECK);
    }

    @Override
    public void process(Exchange exchange) throws IOException {
        MailExchange view = MailExchange.of(exchange);
        Optional<SessionFacts> facts = view.request()
                .map(request -> request.facts())
                .filter(session -> session.kind().isForSubmission());
        if (facts.isEmpty()) {
            return;
        }
        MailObject mail = view.message();
        Content content = mail.content();
        HeaderSection header = HeaderSection.of(content);
        if (!header.isWhole()) {
            decisions.reply(exchange, NAME, TOO_LARGE, () -> "");
            return;
        }
        Result result = SubmittedHeader.of(
                header,
                new SubmittedHeader.Submission(
                        mail.envelope().reversePath(),
                        facts.get().identity(),
                        rights,
                        check,
                        host,
                        mail.id().text(),
                        mail.arrival().at()));
        if (result instanceof Result.Changed changed) {
            view.replaceContent(edit.withHeader(content, header, changed.header()), spool);
            decisions.pass(exchange, NAME, () -> String.join(", ", changed.changes()));
        } else if (result instanceof Result.Refused refused) {
            decisions.reply(exchange, NAME, refused.reply(), () -> "");
        } else if (!(result instanceof Result.Unchanged)) {
            throw new AssertionError(result);
        }
    }
}
