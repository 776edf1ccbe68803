package dev.caravan.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The open connections of an HTTP listener, and which of them makes room for a new one. A connection whose request is
 * complete keeps its place until the answer is written. All others can be closed: when there is no room, the one that
 * has kept the server waiting longest goes. So clients that send nothing, half a request or a slow body cannot keep
 * others out, however many connections they open.
 *
 * <p>Addresses are counted one by one in IPv4, and by network of 64 bits in IPv6. Confined to one thread.
 *
 * @param <C> a connection.
 */
public final class HttpConnections<C> {
    private static final int IPV6_PREFIX_OCTETS = 8;

    private final Limits limits;
    /** In the order of waiting: those that the server has waited for longest come first. */
    private final Map<C, Entry> open = new LinkedHashMap<>();

    private final Map<String, Integer> perClient = new HashMap<>();

    /**
     * How many connections there may be at once.
     *
     * @param all of all clients, 1 or more.
     * @param perClient of one client, 1 or more.
     */
    public record Limits(int all, int perClient) {}

    /**
     * What becomes of a new connection.
     *
     * @param isAdmitted whether it may stay.
     * @param evicted the connection that is to be closed in its favour, already forgotten here.
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

    /** Counts a new connection if there is room for it, or can be made. */
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

    /** The connection's request is complete; the connection stays until {@link #waiting}. */
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

    /** The connection is closed. May be called again. */
    void remove(C connection) {
        Entry entry = open.remove(connection);
        if (entry != null) {
            perClient.computeIfPresent(entry.client, (client, count) -> count == 1 ? null : count - 1);
        }
    }

    /** How many there are. */
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
