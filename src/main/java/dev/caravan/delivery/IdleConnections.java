package dev.caravan.delivery;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * Open sessions that wait for another message with the same {@link ConnectionKey}; the one that was used last is reused
 * first. They are counted by address, because a server limits the connections of a client whatever name the client used
 * for it. Thread-safe.
 */
final class IdleConnections {
    /** When connections are scarce, one in so many of the usual number is kept. */
    private static final int SCARCE_PART = 8;

    private final Map<InetSocketAddress, Deque<Idle>> idle = new HashMap<>();
    private final ConnectionReuse reuse;
    /** All of them, the longest unused first. */
    private final Set<Idle> byAge = new LinkedHashSet<>();

    private BooleanSupplier isScarce = () -> false;
    private boolean isClosed;

    private record Idle(ConnectionKey key, SmtpConnection connection) {}

    IdleConnections(ConnectionReuse reuse) {
        this.reuse = reuse;
    }

    /** Says when few connections are to be kept, because many are needed elsewhere. */
    synchronized void keepFewWhile(BooleanSupplier scarce) {
        isScarce = scarce;
    }

    /**
     * Keeps a connection.
     *
     * @return the one that is to be ended: this one if enough are kept for its address, or the one that has been unused
     *     for longest if there are enough in all.
     */
    Optional<SmtpConnection> offer(ConnectionKey key, SmtpConnection connection) {
        BooleanSupplier scarce;
        synchronized (this) {
            scarce = isScarce;
        }
        int most = scarce.getAsBoolean() ? Math.max(1, reuse.idleInAll() / SCARCE_PART) : reuse.idleInAll();
        synchronized (this) {
            Deque<Idle> connections = idle.computeIfAbsent(key.address(), unused -> new ArrayDeque<>());
            if (isClosed || connections.size() >= reuse.idlePerDestination()) {
                forgetIfNone(key.address());
                return Optional.of(connection);
            }
            Idle added = new Idle(key, connection);
            connections.push(added);
            byAge.add(added);
            if (byAge.size() <= most) {
                return Optional.empty();
            }
            Idle oldest = byAge.iterator().next();
            remove(oldest.key(), oldest.connection());
            return Optional.of(oldest.connection());
        }
    }

    /** Takes a connection; empty if there is none with this key. */
    synchronized Optional<SmtpConnection> take(ConnectionKey key) {
        Iterator<Idle> connections =
                idle.getOrDefault(key.address(), new ArrayDeque<>()).iterator();
        while (connections.hasNext()) {
            Idle one = connections.next();
            if (one.key().equals(key)) {
                connections.remove();
                byAge.remove(one);
                forgetIfNone(key.address());
                return Optional.of(one.connection());
            }
        }
        return Optional.empty();
    }

    /** Removes a connection that has ended; no effect if it was taken before. */
    synchronized void remove(ConnectionKey key, SmtpConnection connection) {
        Deque<Idle> connections = idle.get(key.address());
        Idle gone = new Idle(key, connection);
        if (connections != null && connections.remove(gone)) {
            byAge.remove(gone);
            forgetIfNone(key.address());
        }
    }

    private void forgetIfNone(InetSocketAddress address) {
        idle.computeIfPresent(address, (unused, connections) -> connections.isEmpty() ? null : connections);
    }

    /** Takes all connections; keeps no more from now on. */
    synchronized List<SmtpConnection> close() {
        isClosed = true;
        List<SmtpConnection> all = new ArrayList<>();
        idle.values().forEach(connections -> connections.forEach(one -> all.add(one.connection())));
        idle.clear();
        byAge.clear();
        return all;
    }
}
