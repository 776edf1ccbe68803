package dev.caravan.source.kafka;

import dev.caravan.exchange.BlockingStep;
import dev.caravan.lifecycle.ShutdownState;
import dev.caravan.routetext.Argument;
import dev.caravan.routetext.ArgumentForm;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotentSubmitter;
import dev.caravan.source.IdempotentSubmitter.Name;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.source.message.AnnotatedPayload;
import dev.caravan.source.message.DsnOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.kafka.KafkaConstants;
import org.apache.camel.component.kafka.consumer.KafkaManualCommit;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Submits the message of a record, as {@code docs/sources.md} describes it. The offset is committed when the message is
 * stored or set aside; a record that cannot be stored now is tried again, and the records after it wait.
 */
public final class KafkaRecordSource implements BlockingStep {
    /**
     * How long one record is tried; then another consumer may try it. Kafka would revoke the partition after five
     * minutes.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final List<String> LABELS =
            List.of("contentType", "from", "to", "cc", "bcc", "subject", "envid", "notify", "ret");

    private final IdempotentSubmitter submissions;
    private final ShutdownState shutdown;

    public KafkaRecordSource(IdempotentSubmitter submissions, ShutdownState shutdown) {
        this.submissions = submissions;
        this.shutdown = shutdown;
    }

    /**
     * Submits one record.
     *
     * @param route the endpoint that submits its message: {@code direct:submit}.
     */
    public void submitTo(@Argument(ArgumentForm.ROUTE) String route, Exchange exchange) {
        Message record = exchange.getMessage();
        byte[] octets = Optional.ofNullable(record.getBody(byte[].class)).orElse(new byte[0]);
        String place = record.getHeader(KafkaConstants.TOPIC, String.class) + "-"
                + record.getHeader(KafkaConstants.PARTITION, Integer.class) + "-"
                + record.getHeader(KafkaConstants.OFFSET, Long.class);
        // The timestamp is part of the name because a topic that was deleted and created again numbers its records from
        // 0.
        Name name = new Name(
                "kafka",
                place + " " + record.getHeader(KafkaConstants.TIMESTAMP, Long.class) + " "
                        + IdempotencyRecord.hex(IdempotencyRecord.sha256().digest(octets)));
        Map<String, String> labels = labels(record.getHeader(KafkaConstants.HEADERS, Headers.class));
        Target target = new Target(exchange.getContext(), route);
        long until = System.nanoTime() + PATIENCE.toNanos();
        SubmissionResult result = take(target, name, octets, labels);
        while (!result.isFinal() && !shutdown.hasBegun() && System.nanoTime() - until < 0) {
            shutdown.pause();
            result = take(target, name, octets, labels);
        }
        result.requireFinal("record " + place + " comes again");
        KafkaManualCommit offset = record.getHeader(KafkaConstants.MANUAL_COMMIT, KafkaManualCommit.class);
        if (offset == null) {
            throw new IllegalStateException(
                    "the offset of record " + place + " cannot be committed (expected: allowManualCommit=true)");
        }
        offset.commit();
    }

    private SubmissionResult take(Target target, Name name, byte[] octets, Map<String, String> labels) {
        SubmissionResult result = submissions.submit(target, name, "KAFKA", () -> {
            AnnotatedPayload payload = new AnnotatedPayload(label -> label(labels, label), dsnOptions(labels));
            return OpenedSubmission.of(payload.of(payload.typeOf(octets), octets));
        });
        if (result instanceof SubmissionResult.Rejected rejected) {
            Map<String, String> beside = new HashMap<>(labels);
            beside.put("source", "kafka " + name.printable());
            return submissions.setAside(name, octets, beside, rejected.reason());
        }
        return result;
    }

    private static DsnOptions dsnOptions(Map<String, String> labels) {
        return new DsnOptions(label(labels, "envid"), label(labels, "notify"), label(labels, "ret"));
    }

    private static Optional<String> label(Map<String, String> labels, String name) {
        return Optional.ofNullable(labels.get(name));
    }

    /** The last header of each name that is used. */
    private static Map<String, String> labels(@Nullable Headers headers) {
        Map<String, String> labels = new HashMap<>();
        if (headers == null) {
            return labels;
        }
        for (String name : LABELS) {
            Header header = headers.lastHeader(name);
            if (header != null && header.value() != null && header.value().length > 0) {
                labels.put(name, new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return labels;
    }
}
