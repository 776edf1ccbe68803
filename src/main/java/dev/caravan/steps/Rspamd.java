package dev.caravan.steps;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.policy.Verdict;
import dev.caravan.scan.RspamdAnswer;
import dev.caravan.scan.RspamdAnswer.Action;
import dev.caravan.smtp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;

/** Asks rspamd about a message in check-mail: {@code mail} before the HTTP endpoint, {@code answered} after it. */
public final class Rspamd implements BlockingStep {
    private static final String NAME = "rspamd";
    /** The maximum number of recipients in a request to rspamd: each is a header field. */
    private static final int MOST_RECIPIENTS = 50;

    private static final List<String> HEADERS = List.of("Ip", "From", "Rcpt", "Queue-Id");

    private final HeaderFields fields;
    private final Decisions decisions;

    public Rspamd(HeaderFields fields, Decisions decisions) {
        this.fields = fields;
        this.decisions = decisions;
    }

    /** The body becomes the message's octets, and the headers describe its envelope. */
    public void mail(Exchange exchange) {
        MailObject mail = MailExchange.of(exchange).message();
        Message message = exchange.getMessage();
        MailExchange.of(exchange).keepBody();
        mail.arrival().remote().ifPresent(address -> message.setHeader("Ip", address.getHostAddress()));
        message.setHeader("From", mail.envelope().reversePath().address());
        message.setHeader("Queue-Id", mail.id().text());
        message.setHeader(
                "Rcpt",
                mail.envelope().recipients().stream()
                        .limit(MOST_RECIPIENTS)
                        .map(recipient -> recipient.path().address())
                        .toList());
        message.setBody(
                mail.content() instanceof Content.InFile file ? file.file().toFile() : octets(mail.content()));
    }

    private static byte[] octets(Content content) {
        return ((Content.InMemory) content).octets();
    }

    /** Does what rspamd advised: 554, 451, or the fields X-Spam and X-Spam-Score; restores the body. */
    public void answered(Exchange exchange) throws IOException {
        Message message = exchange.getMessage();
        int code = Optional.ofNullable(message.getHeader(Exchange.HTTP_RESPONSE_CODE, Integer.class))
                .orElse(0);
        RspamdAnswer answer;
        try (InputStream in = message.getBody(InputStream.class)) {
            byte[] read = in == null ? new byte[0] : in.readNBytes(RspamdAnswer.MAX_OCTETS);
            answer = RspamdAnswer.of(code, new String(read, StandardCharsets.UTF_8));
        }
        restore(exchange);
        // Fields of these names from the sender are removed.
        fields.remove("X-Spam", exchange);
        fields.remove("X-Spam-Score", exchange);
        Action action = answer.action();
        Supplier<String> evidence = () -> action.name().toLowerCase(Locale.ROOT) + ", score " + answer.shownScore();
        if (action == Action.REJECT) {
            decisions.reply(exchange, NAME, Reply.of(554, "5.7.1", "refused as spam"), evidence);
        } else if (action == Action.SOFT_REJECT || action == Action.GREYLIST || action == Action.UNKNOWN) {
            decisions.apply(exchange, NAME, Verdict.defer("cannot take this mail now, try again later"), evidence);
        } else if (action == Action.ADD_HEADER || action == Action.REWRITE_SUBJECT) {
            fields.put("X-Spam-Score", answer.shownScore(), exchange);
            fields.put("X-Spam", "Yes", exchange);
            decisions.report(exchange, NAME, () -> "marked as spam", evidence);
        } else {
            decisions.pass(exchange, NAME, evidence);
        }
    }

    /** rspamd did not answer: the client gets 451. */
    public void failed(Exchange exchange) {
        restore(exchange);
        decisions.apply(
                exchange, NAME, Verdict.defer("cannot be scanned now, try again later"), () -> "rspamd did not answer");
    }

    private static void restore(Exchange exchange) {
        Message message = exchange.getMessage();
        MailExchange.of(exchange).restoreBody();
        message.removeHeaders("CamelHttp*");
        message.removeHeader(Exchange.CONTENT_TYPE);
        HEADERS.forEach(message::removeHeader);
    }
}
