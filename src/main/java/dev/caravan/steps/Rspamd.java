package dev.caravan.steps;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.Decisions;
import dev.caravan.exchange.MailExchange;
import dev.caravan.filter.HttpQuestions;
import dev.caravan.filter.HttpQuestions.Question;
import dev.caravan.mail.Content;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.policy.Verdict;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.scan.RspamdAnswer;
import dev.caravan.scan.RspamdAnswer.Action;
import dev.caravan.smtp.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks rspamd about a message in check-mail: {@code bean: {ref: rspamd, method: "ask('http://127.0.0.1:11333/checkv2')"}}.
 * No thread waits for the answer. Routes that ask by an HTTP endpoint of Camel call {@code mail} before it and {@code
 * answered} after it; both may block.
 */
public final class Rspamd implements BlockingStep {
    /** The time limit for an answer. */
    private static final Duration WHOLE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(Rspamd.class);

    private static final String NAME = "rspamd";
    /** The maximum number of recipients in a request to rspamd: each is a header field. */
    private static final int MOST_RECIPIENTS = 50;

    private static final int MAX_HELO = 255;

    private static final List<String> HEADERS = List.of("Ip", "From", "Rcpt", "Queue-Id");

    private final HeaderFields fields;
    private final Decisions decisions;
    private final FilterAnswers filters;
    private final HttpQuestions http;

    Rspamd(HeaderFields fields, Decisions decisions, FilterAnswers filters, HttpQuestions http) {
        this.fields = fields;
        this.decisions = decisions;
        this.filters = filters;
        this.http = http;
    }

    /**
     * Posts the message to rspamd and does what it advises: 554, 451, or the fields X-Spam and X-Spam-Score. 451 4.7.1
     * if there is no answer within a minute, 451 4.3.2 if too many messages wait for rspamd.
     *
     * @param address such as {@code http://127.0.0.1:11333/checkv2}.
     * @return completes when the route can go on.
     * @throws IllegalArgumentException if the address is malformed.
     */
    public CompletionStage<Void> ask(@Argument(ArgumentForm.WEB_ADDRESS) String address, Exchange exchange) {
        MailObject mail = MailExchange.of(exchange).message();
        URI to = HttpQuestions.address(address);
        Question question = new Question(to, about(mail), mail.content(), WHOLE, RspamdAnswer.MAX_OCTETS);
        return filters.ask(
                filters.line(NAME, HttpQuestions.shown(to)),
                NAME,
                exchange,
                () -> http.ask(question),
                answer -> decide(RspamdAnswer.of(answer.code(), answer.body()), exchange),
                failure -> {
                    LOG.warn(
                            "{} was not scanned, rspamd did not answer: {}",
                            mail.id(),
                            Printable.line("" + failure, 200));
                    noAnswer(exchange);
                });
    }

    private static Map<String, List<String>> about(MailObject mail) {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        mail.arrival().remote().ifPresent(address -> fields.put("Ip", List.of(address.getHostAddress())));
        fields.put("Helo", List.of(Printable.line(mail.arrival().helo(), MAX_HELO)));
        fields.put("From", List.of(mail.envelope().reversePath().address()));
        fields.put("Queue-Id", List.of(mail.id().text()));
        fields.put("Rcpt", recipients(mail));
        return fields;
    }

    private static List<String> recipients(MailObject mail) {
        return mail.envelope().recipients().stream()
                .limit(MOST_RECIPIENTS)
                .map(recipient -> recipient.path().address())
                .toList();
    }

    /** The body becomes the message's octets, and the headers describe its envelope. */
    public void mail(Exchange exchange) {
        MailObject mail = MailExchange.of(exchange).message();
        Message message = exchange.getMessage();
        MailExchange.of(exchange).keepBody();
        mail.arrival().remote().ifPresent(address -> message.setHeader("Ip", address.getHostAddress()));
        message.setHeader("From", mail.envelope().reversePath().address());
        message.setHeader("Queue-Id", mail.id().text());
        message.setHeader("Rcpt", recipients(mail));
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
        decide(answer, exchange);
    }

    private void decide(RspamdAnswer answer, Exchange exchange) throws IOException {
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
        noAnswer(exchange);
    }

    private void noAnswer(Exchange exchange) {
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
