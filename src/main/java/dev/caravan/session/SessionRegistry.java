package dev.caravan.session;

import dev.caravan.smtp.Reply;
import java.net.InetAddress;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the sessions of a server, refuses those beyond the limits, and ends all of them on request. Thread-safe. */
public final class SessionRegistry {
    /** A registered session. */
    interface Member {
        /** Ends the session as soon as it has no open transaction. Called on any thread, possibly more than once. */
        void drain();

        /** Ends the session if its login has been revoked. Cheap; called on any thread, often. */
        default void review() {}
    }

    private final SessionLimits.Connections limits;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();
    private final Set<Member> members = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private volatile boolean draining;

    public SessionRegistry(SessionLimits.Connections limits) {
        this.limits = limits;
    }

    /** The number of open sessions. */
    public int open() {
        return open.get();
    }

    /**
     * Ends all sessions with 421: new and idle sessions at once, sessions with an open transaction when the server has
     * replied to its message.
     *
     * @return completes when the last session has ended; slow clients may delay it without bound, so callers set a time
     *     limit.
     */
    public CompletionStage<Void> drain() {
        draining = true;
        members.forEach(Member::drain);
        completeIfDrained();
        return drained.copy();
    }

    /** Ends the sessions whose logins have been revoked. */
    public void review() {
        members.forEach(Member::review);
    }

    /** Registers a session, or returns the reply that refuses it; only a registered session is removed later. */
    Optional<Reply> enter(Member member, InetAddress address, Replies replies) {
        if (open.incrementAndGet() > limits.total()) {
            countOut();
            return Optional.of(replies.tooManyConnections("at once"));
        }
        if (draining) {
            countOut();
            return Optional.of(replies.shutdown());
        }
        if (perAddress.merge(address, 1, Integer::sum) > limits.perAddress()) {
            forget(address);
            countOut();
            return Optional.of(replies.tooManyConnections("from your address"));
        }
        members.add(member);
        if (draining) {
            // drain() may have run after the check above and before the member was registered.
            member.drain();
        }
        return Optional.empty();
    }

    void leave(Member member, InetAddress address) {
        if (members.remove(member)) {
            forget(address);
            countOut();
        }
    }

    private void forget(InetAddress address) {
        perAddress.computeIfPresent(address, (key, count) -> count > 1 ? Integer.valueOf(count - 1) : null);
    }

    private void countOut() {
        open.decrementAndGet();
        completeIfDrained();
    }

    private void completeIfDrained() {
        if (draining && open.get() == 0) {
            drained.complete(null);
        }
    }
}
