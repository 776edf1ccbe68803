package dev.caravan.source;

import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.Printable;
import dev.caravan.queue.QueueNames;
import dev.caravan.source.MailObjectFactory.Origin;
import dev.caravan.source.SubmissionResult.Deferred;
import dev.caravan.source.SubmissionResult.Duplicate;
import dev.caravan.source.SubmissionResult.Failed;
import dev.caravan.source.SubmissionResult.Later;
import dev.caravan.source.SubmissionResult.Rejected;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.SubmittedForm;
import dev.caravan.store.FreeSpaceGuard;
import dev.caravan.store.GroupCommitEnqueuer;
import dev.caravan.store.StoreException;
import dev.caravan.trace.MailEvents;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.support.DefaultExchange;
import org.jspecify.annotations.Nullable;

/**
 * Submits messages of a system that keeps each of them until it is acknowledged and may deliver it repeatedly: each
 * name is submitted once. Blocks the calling thread until the commit, so that the caller can then acknowledge the
 * message.
 */
public final class IdempotentSubmitter {
    private static final int MAX_NAME = 300;

    private final MailObjectFactory intake;
    private final IdempotencyStore records;
    private final SubmissionCompletion completion;
    private final GroupCommitEnqueuer enqueuer;
    private final FreeSpaceGuard guard;
    private final MailEvents events;
    private final Clock clock;
    private final Map<CamelContext, ProducerTemplate> templates = new HashMap<>();

    public IdempotentSubmitter(
            MailObjectFactory intake,
            IdempotencyStore records,
            SubmissionCompletion completion,
            GroupCommitEnqueuer enqueuer,
            FreeSpaceGuard guard,
            MailEvents events,
            Clock clock) {
        this.intake = intake;
        this.records = records;
        this.completion = completion;
        this.enqueuer = enqueuer;
        this.guard = guard;
        this.events = events;
        this.clock = clock;
    }

    /**
     * The name of a message in another system.
     *
     * @param source identifies the system.
     * @param text unique within it; any characters.
     */
    public record Name(String source, String text) {
        String key() {
            return IdempotencyRecord.key(source, text);
        }

        public String printable() {
            return Printable.line(text.replace('\n', ' '), MAX_NAME);
        }
    }

    /** Opens the submission; called once. */
    public interface SubmissionOpener {
        OpenedSubmission open() throws InvalidSubmissionException, IOException;
    }

    /**
     * An opened submission.
     *
     * @param digest its digest, available after it was read: a known name with a different digest is not a repetition.
     */
    public record OpenedSubmission(SubmittedForm handed, Supplier<String> digest) {
        /** A submission whose name alone identifies its content. */
        public static OpenedSubmission of(SubmittedForm handed) {
            return new OpenedSubmission(handed, () -> IdempotencyRecord.NO_DIGEST);
        }
    }

    /**
     * Submits a message.
     *
     * @param route the endpoint that submits it: {@code direct:submit}.
     */
    public SubmissionResult submit(Target route, Name name, String protocol, SubmissionOpener opening) {
        return once(name.key(), key -> handIn(route, key, protocol, opening));
    }

    /** The endpoint that submits messages. */
    public record Target(CamelContext context, String uri) {}

    /**
     * Puts an invalid submission into {@code mail.submit.invalid}, once per name.
     *
     * @param properties shown to the operator with it.
     */
    public SubmissionResult setAside(Name name, byte[] octets, Map<String, String> properties, String reason) {
        Map<String, Object> all = new HashMap<>(properties);
        all.put("reason", reason);
        EncodedItemMessage message = new EncodedItemMessage(QueueNames.SUBMIT_INVALID, octets, all);
        return once(name.key(), key -> {
            Optional<IdempotencyRecord> known = records.find(key);
            if (known.isPresent()) {
                return again(known.get()) instanceof Later later ? later : new Rejected(reason);
            }
            IdempotencyRecord record = new IdempotencyRecord(key, IdempotencyRecord.NO_DIGEST, "", clock.instant());
            try {
                enqueuer.store(List.of(message, record.message()))
                        .toCompletableFuture()
                        .join();
            } catch (CompletionException e) {
                records.doubt();
                return new Failed(cause(e));
            }
            records.stored(record);
            events.invalid(QueueNames.SUBMIT_INVALID, name.source() + " " + name.printable(), reason);
            return new Rejected(reason);
        });
    }

    /** Another server may have stored submissions of this source: the next look-up reads the queue again. */
    public void doubt() {
        records.doubt();
    }

    public boolean isFull() {
        return guard.isFull();
    }

    private interface Work {
        SubmissionResult work(String key);
    }

    private SubmissionResult once(String key, Work work) {
        if (guard.isFull()) {
            return new Deferred("no room to keep mail");
        }
        if (!records.begin(key)) {
            return new Deferred("it is being submitted already");
        }
        try {
            return work.work(key);
        } catch (StoreException e) {
            return new Failed(e);
        } finally {
            records.end(key);
        }
    }

    private SubmissionResult handIn(Target route, String key, String protocol, SubmissionOpener opening) {
        MailObject mail;
        String digest;
        try {
            OpenedSubmission opened = opening.open();
            mail = intake.read(opened.handed(), Origin.of(protocol));
            digest = opened.digest().get();
        } catch (InvalidSubmissionException e) {
            return new Rejected(e.reason());
        } catch (IOException e) {
            return new Failed(e);
        }
        Exchange exchange = new DefaultExchange(route.context());
        MailExchange.of(exchange).submitted(mail);
        try {
            Optional<IdempotencyRecord> known = records.find(key);
            if (known.isPresent()) {
                return known.get().digest().equals(digest)
                        ? again(known.get())
                        : new Rejected("another mail had this name before (expected: a name of its own)");
            }
            new IdempotencyRecord(key, digest, mail.id().text(), clock.instant()).storeWith(exchange);
            exchange.getMessage().setBody(mail);
            template(route.context()).send(route.uri(), exchange);
            return SubmissionResult.of(exchange);
        } finally {
            completion.complete(exchange);
        }
    }

    /**
     * Handles a repetition. A system that cannot delete a submission repeats it for as long as that lasts, so the
     * record of an old name is stored again.
     */
    private SubmissionResult again(IdempotencyRecord known) {
        if (records.isAging(known)) {
            IdempotencyRecord record =
                    new IdempotencyRecord(known.key(), known.digest(), known.mailId(), clock.instant());
            try {
                enqueuer.store(List.of(record.message())).toCompletableFuture().join();
            } catch (CompletionException e) {
                records.doubt();
                return new Failed(cause(e));
            }
            records.stored(record);
        }
        return new Duplicate(known.mailId());
    }

    private static Throwable cause(CompletionException failure) {
        @Nullable Throwable cause = failure.getCause();
        return cause == null ? failure : cause;
    }

    private synchronized ProducerTemplate template(CamelContext context) {
        return templates.computeIfAbsent(context, CamelContext::createProducerTemplate);
    }
}
