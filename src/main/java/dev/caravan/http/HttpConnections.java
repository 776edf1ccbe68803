package dev.caravan.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The open connections of an HTTP listener, with the rule which of them to close for a new one. A connection whose
 * request is complete is never closed before the response is written. When there is no room, the connection for which
 * the server has waited longest is closed. So clients that send nothing, half a request or a slow body cannot keep
 * others out, however many connections they open.
 *
 * <p>The limit per client applies to each IPv4 address and to each IPv6 /64 network. Confined to one thread.
 *
 * @param <C> a connection.
 */
public final class HttpConnections<C> {
    private static final int IPV6_PREFIX_OCTETS = 8;

    private final Limits limits;
    /** Ordered by how long the server has waited for the client, longest first. */
    private final Map<C, Entry> open = new LinkedHashMap<>();

    private final Map<String, Integer> perClient = new HashMap<>();

    /**
     * How many connections there may be at once.
     *
     * @param all for all clients together, 1 or more.
     * @param perClient for one client, 1 or more.
     */
    public record Limits(int all, int perClient) {}

    /**
     * The decision about a new connection.
     *
     * @param isAdmitted whether the new connection stays open.
     * @param evicted the connection that the caller must close to make room; already removed here.
     */
    record Admission<C>(boolean isAdmitted, Optional<C> evicted) {}

    private static final class Entry {
        private final String client;
        private boolean isAnswering;

        Entry(String client) {
            this.client = client;
        }
    }

    HttpConnections(Limits limits) {
        this.limits = limits;
    }

    /** Adds a new connection if there is room or another one can be evicted. */
    Admission<C> admit(C connection, InetAddress address) {
        String client = client(address);
        Optional<C> evicted = Optional.empty();
        if (perClient.getOrDefault(client, 0) >= limits.perClient()) {
            evicted = longestWaiting(Optional.of(client));
            if (evicted.isEmpty()) {
                return new Admission<>(false, evicted);
            }
        } else if (open.size() >= limits.all()) {
            evicted = longestWaiting(Optional.empty());
            if (evicted.isEmpty()) {
                return new Admission<>(false, evicted);
            }
        }
        evicted.ifPresent(this::remove);
        open.put(connection, new Entry(client));
        perClient.merge(client, 1, Integer::sum);
        return new Admission<>(true, evicted);
    }

    /** The connection's request is complete; it cannot be evicted until {@link #waiting}. */
    void answering(C connection) {
        Entry entry = open.get(connection);
        if (entry != null) {
            entry.isAnswering = true;
        }
    }

    /** The server waits for the client's next request. */
    void waiting(C connection) {
        Entry entry = open.remove(connection);
        if (entry != null) {
            entry.isAnswering = false;
            open.put(connection, entry);
        }
    }

    /** The connection is closed. Idempotent. */
    void remove(C connection) {
        Entry entry = open.remove(connection);
        if (entry != null) {
            perClient.computeIfPresent(entry.client, (client, count) -> count == 1 ? null : count - 1);
        }
    }

    /** The number of open connections. */
    int size() {
        return open.size();
    }

    private Optional<C> longestWaiting(Optional<String> client) {
        for (Map.Entry<C, Entry> each : open.entrySet()) {
            Entry entry = each.getValue();
            if (!entry.isAnswering && (client.isEmpty() || client.get().equals(entry.client))) {
                return Optional.of(each.getKey());
            }
        }
        return Optional.empty();
    }

    private static String client(InetAddress address) {
        byte[] octets = address.getAddress();
        if (address instanceof Inet6Address) {
            return Arrays.toString(Arrays.copyOf(octets, IPV6_PREFIX_OCTETS));
        }
        return Arrays.toString(octets);
    }
}
