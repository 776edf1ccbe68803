package dev.caravan.source.http;

import dev.caravan.http.WebReply;
import dev.caravan.http.WebRequest;
import dev.caravan.mail.MailObject;
import dev.caravan.source.SourceIntake;
import dev.caravan.source.SourceIntake.Origin;
import dev.caravan.source.SourceIntake.Taken;
import dev.caravan.source.SubmissionEnd;
import dev.caravan.source.SubmissionMark;
import dev.caravan.source.SubmissionMarks;
import dev.caravan.source.message.GivenEnvelope;
import dev.caravan.source.message.Handed;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.source.message.Wishes;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.support.SynchronizationAdapter;

/**
 * Makes a mail of what an HTTP client posted. A request with an {@code Idempotency-Key} that was answered before gets
 * the same answer again, and its mail is not sent a second time.
 */
public final class PostedMail implements Processor {
    /** The exchange property with what the message's field Message-ID says, without angle brackets. */
    static final String MESSAGE_ID = "submittedMessageId";

    private static final Set<String> PARAMETERS = new TreeSet<>(Set.of("from", "to", "envid", "notify", "ret"));
    private static final Pattern KEY = Pattern.compile("[ -~]{1,255}");

    private final SourceIntake intake;
    private final SubmissionMarks marks;
    private final SubmissionEnd end;
    private volatile long maxOctets;
    private final Clock clock;

    public PostedMail(SourceIntake intake, SubmissionMarks marks, SubmissionEnd end, long maxOctets, Clock clock) {
        this.intake = intake;
        this.marks = marks;
        this.end = end;
        this.maxOctets = maxOctets;
        this.clock = clock;
    }

    /** Messages that are posted from now on may have so many octets. */
    public void use(long octets) {
        maxOctets = octets;
    }

    @Override
    public void process(Exchange exchange) throws InvalidSubmissionException, IOException, JMSException {
        WebRequest request = exchange.getMessage().getBody(WebRequest.class);
        if (isEncoded(request)) {
            // RFC 9110 §15.5.16
            WebReply refusal = WebReply.refusal(415, "a Content-Encoding (expected: none)");
            answer(exchange, refusal.with("Accept-Encoding", "identity"));
            return;
        }
        requireFit(request);
        Optional<String> name = request.header("Idempotency-Key");
        if (name.isEmpty()) {
            exchange.getExchangeExtension().addOnCompletion(new Ending(Optional.empty()));
            Taken taken = take(exchange, request, request.content());
            exchange.setProperty(MESSAGE_ID, taken.messageId().orElse(null));
            return;
        }
        if (!KEY.matcher(name.get()).matches()) {
            throw new InvalidSubmissionException(
                    Fault.MALFORMED, "Idempotency-Key (expected: 1 to 255 characters of printable ASCII)");
        }
        String key = SubmissionMark.key("http", name.get());
        if (!marks.begin(key)) {
            answer(exchange, WebReply.refusal(409, "a request with this Idempotency-Key is not answered yet"));
            return;
        }
        exchange.getExchangeExtension().addOnCompletion(new Ending(Optional.of(key)));
        takeOnce(exchange, request, key);
    }

    private void takeOnce(Exchange exchange, WebRequest request, String key)
            throws InvalidSubmissionException, IOException, JMSException {
        Optional<SubmissionMark> known = marks.find(key);
        MessageDigest digest = SubmissionMark.sha256();
        digest.update((request.parameters() + "\n" + type(request) + "\n").getBytes(StandardCharsets.UTF_8));
        Taken taken = take(exchange, request, new DigestInputStream(request.content(), digest));
        MailObject mail = taken.mail();
        String hex = SubmissionMark.hex(digest.digest());
        if (known.isEmpty()) {
            SubmissionMark mark = new SubmissionMark(key, hex, mail.id().text(), clock.instant());
            exchange.setProperty(SubmissionMark.PROPERTY, mark);
            exchange.setProperty(MESSAGE_ID, taken.messageId().orElse(null));
        } else if (known.get().digest().equals(hex)) {
            String first = known.get().mailId();
            // An id of ours is made of that of the message, and so was that of the first time.
            Optional<String> messageId = taken.messageId()
                    .map(id -> id.equals(intake.messageId(mail.id().text())) ? intake.messageId(first) : id);
            answer(exchange, WebReply.accepted(first, messageId));
        } else {
            answer(exchange, WebReply.refusal(422, "another mail came with this Idempotency-Key before"));
        }
    }

    private Taken take(Exchange exchange, WebRequest request, InputStream content)
            throws InvalidSubmissionException, IOException {
        Origin origin = new Origin("HTTP", Optional.of(request.remote()), Optional.empty());
        Taken taken = intake.take(handed(request, content), origin);
        // Its memory is in use until the message is stored.
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                taken.close();
            }
        });
        exchange.setProperty(SubmissionEnd.MAIL, taken.mail());
        exchange.getMessage().setBody(taken.mail());
        return taken;
    }

    private Handed handed(WebRequest request, InputStream content) throws InvalidSubmissionException {
        Wishes wishes = new Wishes(request.parameter("envid"), request.parameter("notify"), request.parameter("ret"));
        List<String> to = request.parameters().getOrDefault("to", List.of());
        String type = type(request);
        if (type.equals("message/rfc822")) {
            return new Handed.Whole(content, new GivenEnvelope(request.parameter("from"), to, wishes));
        }
        if (!type.equals("application/json")) {
            throw new InvalidSubmissionException(
                    Fault.UNSUPPORTED, "Content-Type " + type + " (expected: message/rfc822 or application/json)");
        }
        if (!to.isEmpty() || request.parameter("from").isPresent()) {
            throw new InvalidSubmissionException(
                    Fault.UNACCEPTABLE, "from or to in the query (expected: in the JSON document)");
        }
        return new Handed.Json(content, wishes);
    }

    private static String type(WebRequest request) {
        return request.header("Content-Type")
                .orElse("")
                .replaceFirst(";.*", "")
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** Whether a client has compressed the body (RFC 9110 §8.4); nothing here undoes that. */
    private static boolean isEncoded(WebRequest request) {
        String codings = request.header("Content-Encoding").orElse("");
        return Arrays.stream(codings.split(",", -1))
                .map(String::strip)
                .anyMatch(coding -> !coding.isEmpty() && !coding.equalsIgnoreCase("identity"));
    }

    /** Says so before the client has sent all of it. */
    private void requireFit(WebRequest request) throws InvalidSubmissionException {
        Optional<String> length = request.header("Content-Length").filter(text -> text.matches("[0-9]{1,18}"));
        long most = maxOctets;
        if (length.isPresent() && Long.parseLong(length.get()) > most) {
            throw new InvalidSubmissionException(Fault.TOO_LARGE, length.get() + " octets (expected: <= " + most + ")");
        }
        for (String parameter : request.parameters().keySet()) {
            if (!PARAMETERS.contains(parameter)) {
                throw new InvalidSubmissionException(
                        Fault.MALFORMED, "unknown parameter " + parameter + " (expected: " + PARAMETERS + ")");
            }
        }
    }

    private static void answer(Exchange exchange, WebReply reply) {
        exchange.getMessage().setBody(reply);
        exchange.setRouteStop(true);
    }

    /** What is to be done when the request is answered, whatever the answer. */
    private final class Ending extends SynchronizationAdapter {
        private final Optional<String> key;

        Ending(Optional<String> key) {
            this.key = key;
        }

        @Override
        public void onDone(Exchange exchange) {
            end.end(exchange);
            key.ifPresent(marks::end);
        }
    }
}
