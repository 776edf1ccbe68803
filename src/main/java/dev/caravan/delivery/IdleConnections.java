package dev.caravan.delivery;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Open sessions that wait for another message with the same {@link ConnectionKey}; the one that was used last is reused
 * first. They are counted by address, because a server limits the connections of a client whatever name the client used
 * for it. Thread-safe.
 */
final class IdleConnections {
    private final Map<InetSocketAddress, Deque<Idle>> idle = new HashMap<>();
    private final ConnectionReuse reuse;
    private int count;
    private boolean isClosed;

    private record Idle(ConnectionKey key, SmtpConnection connection) {}

    IdleConnections(ConnectionReuse reuse) {
        this.reuse = reuse;
    }

    /** Keeps a connection; returns false if enough are kept already. */
    synchronized boolean offer(ConnectionKey key, SmtpConnection connection) {
        if (isClosed || count >= reuse.idleInAll()) {
            return false;
        }
        Deque<Idle> connections = idle.computeIfAbsent(key.address(), unused -> new ArrayDeque<>());
        if (connections.size() >= reuse.idlePerDestination()) {
            return false;
        }
        connections.push(new Idle(key, connection));
        count++;
        return true;
    }

    /** Takes a connection; empty if there is none with this key. */
    synchronized Optional<SmtpConnection> take(ConnectionKey key) {
        Iterator<Idle> connections =
                idle.getOrDefault(key.address(), new ArrayDeque<>()).iterator();
        while (connections.hasNext()) {
            Idle one = connections.next();
            if (one.key().equals(key)) {
                connections.remove();
                forgetIfNone(key.address());
                count--;
                return Optional.of(one.connection());
            }
        }
        return Optional.empty();
    }

    /** Removes a connection that has ended; no effect if it was taken before. */
    synchronized void remove(ConnectionKey key, SmtpConnection connection) {
        Deque<Idle> connections = idle.get(key.address());
        if (connections != null && connections.remove(new Idle(key, connection))) {
            forgetIfNone(key.address());
            count--;
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
        count = 0;
        return all;
    }
}
