package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/** A directory that answers when a test says so: at once, later, never, or with a failure. Thread-safe. */
public final class FakeDirectory implements RecipientDirectory, AliasDirectory {
    private final Map<String, List<String>> aliases;
    private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean isSlow;
    private volatile Optional<RuntimeException> failure = Optional.empty();

    /** @param aliases targets by address, both in lower case; a target without an entry is a user. */
    public FakeDirectory(Map<String, List<String>> aliases) {
        this.aliases = new HashMap<>(aliases);
    }

    /** Keeps questions until {@link #answer}. */
    public FakeDirectory slow() {
        isSlow = true;
        return this;
    }

    /** Fails instead of answering. */
    public FakeDirectory failing(RuntimeException reason) {
        failure = Optional.of(reason);
        return this;
    }

    /** How many questions have no answer. */
    public int open() {
        return waiting.size();
    }

    /** Answers one question that was kept; false if there is none. */
    public boolean answer() {
        Runnable next = waiting.poll();
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    @Override
    public CompletionStage<Boolean> exists(ForwardPath recipient) {
        String address = recipient.address();
        boolean isTarget = aliases.values().stream().flatMap(List::stream).anyMatch(address::equals);
        return reply(isTarget || aliases.containsKey(address));
    }

    @Override
    public CompletionStage<Optional<Alias>> find(Mailbox address) {
        String key = address.toString();
        return reply(Optional.ofNullable(aliases.get(key))
                .map(targets -> new Alias(
                        key,
                        key,
                        Stream.of(targets.toArray(String[]::new))
                                .map(target -> new Alias.Target(Mailbox.parse(target), false))
                                .toList(),
                        Optional.empty())));
    }

    private <T> CompletionStage<T> reply(T answer) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        Runnable completes = () -> failure.ifPresentOrElse(reply::completeExceptionally, () -> reply.complete(answer));
        if (isSlow) {
            waiting.add(completes);
        } else {
            completes.run();
        }
        return reply;
    }
}
