package dev.caravan.delivery;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Open sessions that wait for another mail to the same address and port. The last that came is the first to go. */
final class IdleConnections {
    private final Map<InetSocketAddress, Deque<SmtpConnection>> idle = new HashMap<>();
    private final int perDestination;
    private boolean isClosed;

    IdleConnections(int perDestination) {
        this.perDestination = perDestination;
    }

    /** Keeps a connection; false if there are enough already. */
    synchronized boolean offer(InetSocketAddress address, SmtpConnection connection) {
        Deque<SmtpConnection> connections = idle.computeIfAbsent(address, unused -> new ArrayDeque<>());
        if (isClosed || connections.size() >= perDestination) {
            return false;
        }
        connections.push(connection);
        return true;
    }

    synchronized Optional<SmtpConnection> take(InetSocketAddress address) {
        Deque<SmtpConnection> connections = idle.get(address);
        return connections == null ? Optional.empty() : Optional.ofNullable(connections.poll());
    }

    /** Forgets a connection that ended; false if somebody took it before. */
    synchronized boolean remove(InetSocketAddress address, SmtpConnection connection) {
        Deque<SmtpConnection> connections = idle.get(address);
        boolean wasThere = connections != null && connections.remove(connection);
        if (connections != null && connections.isEmpty()) {
            idle.remove(address);
        }
        return wasThere;
    }

    /** Takes all; no more are kept. */
    synchronized List<SmtpConnection> close() {
        isClosed = true;
        List<SmtpConnection> all = new ArrayList<>();
        idle.values().forEach(all::addAll);
        idle.clear();
        return all;
    }
}
