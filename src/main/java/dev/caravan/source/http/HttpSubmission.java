package dev.caravan.source.http;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.exchange.MailExchange;
import dev.caravan.http.HttpRequest;
import dev.caravan.http.HttpResponse;
import dev.caravan.mail.MailObject;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotencyStore;
import dev.caravan.source.MailObjectFactory;
import dev.caravan.source.MailObjectFactory.Origin;
import dev.caravan.source.MailObjectFactory.Taken;
import dev.caravan.source.SubmissionCompletion;
import dev.caravan.source.message.DsnOptions;
import dev.caravan.source.message.EnvelopeOverride;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.source.message.SubmittedForm;
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
 * Submits the message that an HTTP client posted. A request with an {@code Idempotency-Key} that was answered before
 * gets the same answer again, and its message is not sent twice.
 */
public final class HttpSubmission implements Processor, BlockingStep {
    private static final Set<String> PARAMETERS = new TreeSet<>(Set.of("from", "to", "envid", "notify", "ret"));
    private static final Pattern KEY = Pattern.compile("[ -~]{1,255}");

    private final MailObjectFactory factory;
    private final IdempotencyStore records;
    private final SubmissionCompletion completion;
    private final Clock clock;

    public HttpSubmission(
            MailObjectFactory factory, IdempotencyStore records, SubmissionCompletion completion, Clock clock) {
        this.factory = factory;
        this.records = records;
        this.completion = completion;
        this.clock = clock;
    }

    @Override
    public void process(Exchange exchange) throws InvalidSubmissionException, IOException {
        HttpRequest request = MailExchange.of(exchange).requireBody(HttpRequest.class);
        if (isEncoded(request)) {
            // RFC 9110 §15.5.16
            HttpResponse refusal = HttpResponse.refusal(415, "a Content-Encoding (expected: none)");
            answer(exchange, refusal.with("Accept-Encoding", "identity"));
            return;
        }
        requireFit(request);
        Optional<String> name = request.header("Idempotency-Key");
        if (name.isEmpty()) {
            exchange.getExchangeExtension().addOnCompletion(new Ending(Optional.empty()));
            Taken taken = take(exchange, request, request.content());
            MailExchange.of(exchange).submittedMessageId(taken.messageId());
            return;
        }
        if (!KEY.matcher(name.get()).matches()) {
            throw new InvalidSubmissionException(
                    Fault.MALFORMED, "Idempotency-Key (expected: 1 to 255 characters of printable ASCII)");
        }
        String key = IdempotencyRecord.key("http", name.get());
        if (!records.begin(key)) {
            answer(exchange, HttpResponse.refusal(409, "a request with this Idempotency-Key is not answered yet"));
            return;
        }
        exchange.getExchangeExtension().addOnCompletion(new Ending(Optional.of(key)));
        takeOnce(exchange, request, key);
    }

    private void takeOnce(Exchange exchange, HttpRequest request, String key)
            throws InvalidSubmissionException, IOException {
        Optional<IdempotencyRecord> known = records.find(key);
        MessageDigest digest = IdempotencyRecord.sha256();
        digest.update((request.parameters() + "\n" + type(request) + "\n").getBytes(StandardCharsets.UTF_8));
        Taken taken = take(exchange, request, new DigestInputStream(request.content(), digest));
        MailObject mail = taken.mail();
        String hex = IdempotencyRecord.hex(digest.digest());
        if (known.isEmpty()) {
            IdempotencyRecord record = new IdempotencyRecord(key, hex, mail.id().text(), clock.instant());
            record.storeWith(exchange);
            MailExchange.of(exchange).submittedMessageId(taken.messageId());
        } else if (known.get().digest().equals(hex)) {
            String first = known.get().mailId();
            // A Message-ID that the server added contains the id of the message, so the answer has the one of the first
            // message.
            Optional<String> messageId = taken.messageId()
                    .map(id -> id.equals(factory.messageId(mail.id().text())) ? factory.messageId(first) : id);
            answer(exchange, HttpResponse.accepted(first, messageId));
        } else {
            answer(exchange, HttpResponse.refusal(422, "another mail came with this Idempotency-Key before"));
        }
    }

    private Taken take(Exchange exchange, HttpRequest request, InputStream content)
            throws InvalidSubmissionException, IOException {
        Origin origin = new Origin("HTTP", Optional.of(request.remote()), Optional.empty());
        Taken taken = factory.take(form(request, content), origin);
        // The memory stays in use until the message is stored.
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                taken.close();
            }
        });
        MailExchange.of(exchange).submitted(taken.mail());
        exchange.getMessage().setBody(taken.mail());
        return taken;
    }

    private SubmittedForm form(HttpRequest request, InputStream content) throws InvalidSubmissionException {
        DsnOptions dsnOptions =
                new DsnOptions(request.parameter("envid"), request.parameter("notify"), request.parameter("ret"));
        List<String> to = request.parameters().getOrDefault("to", List.of());
        String type = type(request);
        if (type.equals("message/rfc822")) {
            return new SubmittedForm.Whole(content, new EnvelopeOverride(request.parameter("from"), to, dsnOptions));
        }
        if (!type.equals("application/json")) {
            throw new InvalidSubmissionException(
                    Fault.UNSUPPORTED, "Content-Type " + type + " (expected: message/rfc822 or application/json)");
        }
        if (!to.isEmpty() || request.parameter("from").isPresent()) {
            throw new InvalidSubmissionException(
                    Fault.UNACCEPTABLE, "from or to in the query (expected: in the JSON document)");
        }
        return new SubmittedForm.Json(content, dsnOptions);
    }

    private static String type(HttpRequest request) {
        return request.header("Content-Type")
                .orElse("")
                .replaceFirst(";.*", "")
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** Whether the client has compressed the body (RFC 9110 §8.4); the server does not decompress it. */
    private static boolean isEncoded(HttpRequest request) {
        String codings = request.header("Content-Encoding").orElse("");
        return Arrays.stream(codings.split(",", -1))
                .map(String::strip)
                .anyMatch(coding -> !coding.isEmpty() && !coding.equalsIgnoreCase("identity"));
    }

    /** Refuses a body that is too large by its Content-Length. */
    private void requireFit(HttpRequest request) throws InvalidSubmissionException {
        Optional<String> length = request.header("Content-Length").filter(text -> text.matches("[0-9]{1,18}"));
        long most = factory.maxOctets();
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

    private static void answer(Exchange exchange, HttpResponse reply) {
        exchange.getMessage().setBody(reply);
        exchange.setRouteStop(true);
    }

    /** Runs when the request is answered, whatever the answer. */
    private final class Ending extends SynchronizationAdapter {
        private final Optional<String> key;

        Ending(Optional<String> key) {
            this.key = key;
        }

        @Override
        public void onDone(Exchange exchange) {
            completion.complete(exchange);
            key.ifPresent(records::end);
        }
    }
}
