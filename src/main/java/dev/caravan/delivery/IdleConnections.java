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
    private final ConnectionReuse reuse;
    private int count;
    private boolean isClosed;

    IdleConnections(ConnectionReuse reuse) {
        this.reuse = reuse;
    }

    /** Keeps a connection; false if there are enough already. */
    synchronized boolean offer(InetSocketAddress address, SmtpConnection connection) {
        if (isClosed || count >= reuse.idleInAll()) {
            return false;
        }
        Deque<SmtpConnection> connections = idle.computeIfAbsent(address, unused -> new ArrayDeque<>());
        if (connections.size() >= reuse.idlePerDestination()) {
            return false;
        }
        connections.push(connection);
        count++;
        return true;
    }

    synchronized Optional<SmtpConnection> take(InetSocketAddress address) {
        Deque<SmtpConnection> connections = idle.get(address);
        Optional<SmtpConnection> taken = Optional.ofNullable(connections).map(Deque::poll);
        taken.ifPresent(one -> count--);
        return taken;
    }

    /** Forgets a connection that ended; false if somebody took it before. */
    synchronized boolean remove(InetSocketAddress address, SmtpConnection connection) {
        Deque<SmtpConnection> connections = idle.get(address);
        boolean wasThere = connections != null && connections.remove(connection);
        if (connections != null && connections.isEmpty()) {
            idle.remove(address);
        }
        count -= wasThere ? 1 : 0;
        return wasThere;
    }

    /** Takes all; no more are kept. */
    synchronized List<SmtpConnection> close() {
        isClosed = true;
        List<SmtpConnection> all = new ArrayList<>();
        idle.values().forEach(all::addAll);
        idle.clear();
        count = 0;
        return all;
    }
}
