package dev.caravan.source;

import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.exchange.MailExchange;
import dev.caravan.mail.Printable;
import dev.caravan.queue.QueueNames;
import dev.caravan.source.MailObjectFactory.Origin;
import dev.caravan.source.MailObjectFactory.Taken;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.camel.AsyncProducer;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spi.ReactiveExecutor;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.service.ServiceHelper;
import org.jspecify.annotations.Nullable;

/**
 * Submits messages of a system that keeps each of them until it is acknowledged and may deliver it repeatedly: each
 * name is submitted once. The result tells the caller whether it can acknowledge the message. Many submissions at a time
 * share commits. Thread-safe.
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
    private final Map<Target, AsyncProducer> producers = new HashMap<>();

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
     * Submits a message and blocks until it is stored.
     *
     * @param route the endpoint that submits it: {@code direct:submit}.
     */
    public SubmissionResult submit(Target route, Name name, String protocol, SubmissionOpener opening) {
        return submitLater(route, name, protocol, opening).toCompletableFuture().join();
    }

    /**
     * Submits a message. When this returns, it was read to its end, and what it was read from may be closed.
     *
     * @param route the endpoint that submits it: {@code direct:submit}.
     * @return completes with the result, never exceptionally; on a thread that must not wait.
     */
    public CompletionStage<SubmissionResult> submitLater(
            Target route, Name name, String protocol, SubmissionOpener opening) {
        String key = name.key();
        if (guard.isFull()) {
            return CompletableFuture.completedFuture(new Deferred("no room to keep mail"));
        }
        if (!records.begin(key)) {
            return CompletableFuture.completedFuture(new Deferred("it is being submitted already"));
        }
        CompletableFuture<SubmissionResult> result = new CompletableFuture<>();
        boolean begun = false;
        try {
            handIn(route, key, protocol, opening, result);
            begun = true;
        } catch (StoreException e) {
            begun = true;
            result.complete(new Failed(e));
        } finally {
            if (!begun) {
                records.end(key);
            }
        }
        return result.thenApply(ended -> {
            records.end(key);
            return ended;
        });
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

    private void handIn(
            Target route,
            String key,
            String protocol,
            SubmissionOpener opening,
            CompletableFuture<SubmissionResult> result) {
        Taken taken;
        String digest;
        try {
            OpenedSubmission opened = opening.open();
            taken = intake.take(opened.handed(), Origin.of(protocol));
            digest = opened.digest().get();
        } catch (InvalidSubmissionException e) {
            result.complete(new Rejected(e.reason()));
            return;
        } catch (IOException e) {
            result.complete(new Failed(e));
            return;
        }
        Exchange exchange = new DefaultExchange(route.context());
        MailExchange.of(exchange).submitted(taken.mail());
        boolean goesOn = false;
        try {
            Optional<IdempotencyRecord> known = records.find(key);
            if (known.isPresent()) {
                result.complete(
                        known.get().digest().equals(digest)
                                ? again(known.get())
                                : new Rejected("another mail had this name before (expected: a name of its own)"));
                return;
            }
            new IdempotencyRecord(key, digest, taken.mail().id().text(), clock.instant()).storeWith(exchange);
            exchange.getMessage().setBody(taken.mail());
            AsyncProducer producer = producer(route);
            goesOn = true;
            producer.process(exchange, doneSync -> {
                SubmissionResult ended = SubmissionResult.of(exchange);
                end(exchange, taken);
                result.complete(ended);
            });
            // A caller that is itself a step of a route has to run the steps that Camel has put off until it returns.
            ReactiveExecutor steps = route.context().getCamelContextExtension().getReactiveExecutor();
            while (!result.isDone() && steps.executeFromQueue()) {}
        } finally {
            if (!goesOn) {
                end(exchange, taken);
            }
        }
    }

    private void end(Exchange exchange, Taken taken) {
        try (taken) {
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

    private synchronized AsyncProducer producer(Target route) {
        AsyncProducer known = producers.get(route);
        if (known != null) {
            return known;
        }
        try {
            AsyncProducer made = route.context().getEndpoint(route.uri()).createAsyncProducer();
            ServiceHelper.startService(made);
            producers.put(route, made);
            return made;
        } catch (Exception e) {
            throw new IllegalStateException(route.uri() + " cannot be reached: " + e.getMessage(), e);
        }
    }
}
