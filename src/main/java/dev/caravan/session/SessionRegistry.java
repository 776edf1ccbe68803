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

/** Counts the sessions of a server, refuses those that are too many, and ends them all when asked. Thread-safe. */
public final class SessionRegistry {
    /** A session as the registry sees it. */
    interface Member {
        /** Ends the session as soon as no mail is in hand; on any thread, and more than once. */
        void drain();
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

    /** How many sessions there are now. */
    public int open() {
        return open.get();
    }

    /**
     * Ends all sessions: new ones and idle ones get 421, those with a mail in hand get it when that mail is answered.
     *
     * @return completes when the last session is gone; who cannot wait for slow clients sets a time limit.
     */
    public CompletionStage<Void> drain() {
        draining = true;
        members.forEach(Member::drain);
        completeIfDrained();
        return drained.copy();
    }

    /** Counts a session in, or says why it may not begin; only one that was let in leaves. */
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
            // The drain may have begun after our look at it and before the member could be seen.
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
