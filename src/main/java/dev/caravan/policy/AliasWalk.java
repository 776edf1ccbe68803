package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;

/**
 * Expands one alias to the addresses that it stands for after all aliases were followed, target by target in the order
 * of the directory. Uses no thread while a directory looks for an answer. Use each object once.
 */
final class AliasWalk {
    /** The longest chain of aliases. */
    static final int MAX_DEPTH = 10;
    /** The most addresses of one alias after all aliases were followed. */
    static final int MAX_RECIPIENTS = 10_000;

    private final AliasDirectory directory;
    private final LocalDomains localDomains;
    private final Predicate<String> isLoop;
    private final Map<String, End> found = new LinkedHashMap<>();
    private final Set<String> loops = new LinkedHashSet<>();
    private final Set<Key> known = new HashSet<>();
    private final List<Step> path = new ArrayList<>();
    private final Map<String, CompletableFuture<Optional<Alias>>> answers = new HashMap<>();
    private final CompletableFuture<Result> result = new CompletableFuture<>();

    /**
     * What an alias stands for.
     *
     * @param ends each once.
     * @param loops aliases that were not followed.
     */
    record Result(List<End> ends, List<String> loops) {}

    /**
     * One address that an alias stands for.
     *
     * @param aliases on the way to it, in lower case.
     * @param owner of the last of them that has one.
     */
    record End(ForwardPath path, List<String> aliases, Optional<Mailbox> owner) {}

    private record Key(String name, String address) {
        static Key of(Alias alias) {
            return new Key(alias.name(), alias.address());
        }
    }

    private record Step(Alias alias, Iterator<Alias.Target> rest) {}

    /**
     * A look-up without an answer yet. The caller and the answer race; the one that comes second continues the walk.
     */
    private final class Pending {
        private static final String SUSPENDED = "suspended";

        private final Mailbox address;
        private final AtomicReference<Object> state = new AtomicReference<>();

        Pending(Mailbox address) {
            this.address = address;
        }

        /** Whether the answer will continue the walk; if not, the answer has arrived. */
        boolean suspends() {
            return state.compareAndSet(null, SUSPENDED);
        }

        void answered(CompletableFuture<Optional<Alias>> answer) {
            if (!state.compareAndSet(null, answer)) {
                resume(address, answer);
            }
        }
    }

    private AliasWalk(AliasDirectory directory, LocalDomains localDomains, Predicate<String> isLoop) {
        this.directory = directory;
        this.localDomains = localDomains;
        this.isLoop = isLoop;
    }

    /**
     * Walks from an alias.
     *
     * @param isLoop whether an alias, an address in lower case, is not followed.
     * @return completes exceptionally as the directory does, and with an {@link IllegalArgumentException} if there are too
     *     many addresses or too many steps on the way.
     */
    static CompletionStage<Result> from(
            Alias alias, AliasDirectory directory, LocalDomains localDomains, Predicate<String> isLoop) {
        AliasWalk walk = new AliasWalk(directory, localDomains, isLoop);
        walk.advance(() -> walk.follow(alias));
        return walk.result;
    }

    private void resume(Mailbox address, CompletableFuture<Optional<Alias>> answer) {
        advance(() -> arrive(address, answer));
    }

    private void advance(Runnable first) {
        try {
            first.run();
            while (!path.isEmpty()) {
                Step step = path.get(path.size() - 1);
                if (!step.rest().hasNext()) {
                    path.remove(path.size() - 1);
                } else if (isSuspended(step.rest().next())) {
                    return;
                }
            }
            result.complete(new Result(List.copyOf(found.values()), List.copyOf(loops)));
        } catch (CompletionException e) {
            result.completeExceptionally(e.getCause() == null ? e : e.getCause());
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    private boolean isSuspended(Alias.Target target) {
        Mailbox address = target.mailbox();
        if (target.isFinal() || !localDomains.contains(address.domain())) {
            end(address);
            return false;
        }
        // Lists that include each other repeat the same addresses many times.
        CompletableFuture<Optional<Alias>> answer = answers.computeIfAbsent(
                key(address), unused -> directory.find(address).toCompletableFuture());
        if (!answer.isDone()) {
            Pending pending = new Pending(address);
            answer.whenComplete((alias, failure) -> pending.answered(answer));
            if (pending.suspends()) {
                return true;
            }
        }
        arrive(address, answer);
        return false;
    }

    private void arrive(Mailbox address, CompletableFuture<Optional<Alias>> answer) {
        Optional<Alias> alias = answer.join();
        // An alias that leads back to itself means the user of that name.
        if (alias.isEmpty() || isOnPath(Key.of(alias.get()))) {
            end(address);
        } else {
            follow(alias.get());
        }
    }

    private boolean isOnPath(Key key) {
        return path.stream().anyMatch(step -> Key.of(step.alias()).equals(key));
    }

    private void follow(Alias alias) {
        if (isLoop.test(alias.address())) {
            loops.add(alias.address());
        } else if (known.add(Key.of(alias))) {
            path.add(new Step(alias, alias.targets().iterator()));
            require(path.size() <= MAX_DEPTH, "leads through more than " + MAX_DEPTH + " aliases");
        }
    }

    private void end(Mailbox mailbox) {
        String key = key(mailbox);
        if (!found.containsKey(key)) {
            List<String> way = path.stream().map(step -> step.alias().address()).toList();
            Optional<Mailbox> owner =
                    path.stream().flatMap(step -> step.alias().owner().stream()).reduce((outer, inner) -> inner);
            found.put(key, new End(new ForwardPath(mailbox), way, owner));
            require(found.size() <= MAX_RECIPIENTS, "stands for more than " + MAX_RECIPIENTS + " addresses");
        }
    }

    /** The form in which the same recipient is always the same text. */
    private String key(Mailbox mailbox) {
        boolean isLocal = localDomains.contains(mailbox.domain());
        return (isLocal ? mailbox.localKey() : mailbox.localPart()) + "@"
                + mailbox.domain().key();
    }

    private void require(boolean isWithinLimit, String excess) {
        if (!isWithinLimit) {
            throw new IllegalArgumentException("alias " + path.get(0).alias().name() + " " + excess);
        }
    }
}
