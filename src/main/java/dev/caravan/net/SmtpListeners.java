package dev.caravan.net;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All addresses at which SMTP clients connect.
 *
 * @param all in the order of the settings; at least one.
 */
public record SmtpListeners(List<SmtpListener> all) {
    public SmtpListeners {
        if (all.isEmpty()) {
            throw new IllegalArgumentException("no SMTP listener (expected: at least one address)");
        }
        all = List.copyOf(all);
    }

    /**
     * The listeners of all kinds. An address is left out if it is repeated within its kind, or if another one of the kind
     * has the same port and stands for all addresses. The system refuses to listen at both, and {@code 0.0.0.0:25} and
     * {@code [::]:25} each accept connections over IPv4 and IPv6.
     */
    public static SmtpListeners of(Map<ListenerKind, List<ListenAddress>> addresses) {
        List<SmtpListener> all = new ArrayList<>();
        for (ListenerKind kind : ListenerKind.values()) {
            all.addAll(of(kind, addresses.getOrDefault(kind, List.of())));
        }
        return new SmtpListeners(all);
    }

    private static List<SmtpListener> of(ListenerKind kind, List<ListenAddress> addresses) {
        List<SmtpListener> all = new ArrayList<>();
        Set<ListenAddress> seen = new HashSet<>();
        Set<Integer> portsOfAll = new HashSet<>();
        addresses.stream().filter(SmtpListeners::isAny).forEach(any -> portsOfAll.add(any.port()));
        for (ListenAddress address : addresses) {
            boolean isAtAnyPort = address.port() == 0;
            // Of several that stand for all addresses the first one stays.
            boolean isNeeded = isAny(address) ? portsOfAll.remove(address.port()) : !isIncluded(address, addresses);
            if (isAtAnyPort || (isNeeded && seen.add(address))) {
                all.add(new SmtpListener(kind, address));
            }
        }
        return all;
    }

    private static boolean isIncluded(ListenAddress address, List<ListenAddress> others) {
        return literal(address) != null
                && others.stream().anyMatch(other -> isAny(other) && other.port() == address.port());
    }

    private static boolean isAny(ListenAddress address) {
        InetAddress literal = literal(address);
        return literal != null && literal.isAnyLocalAddress();
    }

    private static @Nullable InetAddress literal(ListenAddress address) {
        return NetUtil.createInetAddressFromIpAddressString(address.host());
    }

    /**
     * The same, each with a port of its own that is free now if it had none.
     *
     * @throws IOException if none is, or a host is not one of this machine.
     */
    public SmtpListeners withFreePorts() throws IOException {
        List<SmtpListener> free = new ArrayList<>();
        Set<ListenAddress> given = new HashSet<>();
        for (SmtpListener listener : all) {
            SmtpListener next = listener.withFreePort();
            // No listener uses that port yet, so it may be found again.
            while (!given.add(next.address()) && listener.address().port() == 0) {
                next = listener.withFreePort();
            }
            free.add(next);
        }
        return new SmtpListeners(free);
    }

    /** Those whose addresses a route names by its URI; empty if the URI names none. */
    public List<SmtpListener> namedBy(String uri) {
        return all.stream()
                .filter(listener -> uri.contains(listener.placeholder()))
                .toList();
    }

    /** The listeners of a kind; may be none. */
    public List<SmtpListener> of(ListenerKind kind) {
        return all.stream().filter(listener -> listener.kind() == kind).toList();
    }

    /** The one with that address; empty if there is none. */
    public Optional<SmtpListener> at(ListenAddress address) {
        return all.stream()
                .filter(listener -> listener.address().equals(address))
                .findFirst();
    }

    /** Whether clients connect over IPv6. */
    public boolean isIpv6() {
        return all.stream().anyMatch(listener -> listener.address().host().contains(":"));
    }

    /** Where they listen. */
    public List<InetSocketAddress> socketAddresses() {
        return all.stream().map(listener -> listener.address().socketAddress()).toList();
    }

    /**
     * Where a program of this machine connects: the first listener for other servers that is at all addresses or at a
     * loopback address, else the first.
     */
    public InetSocketAddress fromThisMachine() {
        for (InetSocketAddress listener : of(ListenerKind.SMTP).stream()
                .map(listener -> listener.address().socketAddress())
                .toList()) {
            InetAddress address = listener.getAddress();
            if (address != null && address.isAnyLocalAddress()) {
                return new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.getPort());
            }
            if (address != null && address.isLoopbackAddress()) {
                return listener;
            }
        }
        return socketAddresses().get(0);
    }

    /** All kinds with their addresses: {@code smtp=192.0.2.1:25,[::1]:25 submission=192.0.2.1:587}. */
    public String described() {
        return Stream.of(ListenerKind.values())
                .filter(kind -> !of(kind).isEmpty())
                .map(kind -> kind.word() + "=" + new SmtpListeners(of(kind)))
                .collect(Collectors.joining(" "));
    }

    /** The addresses, joined by commas. */
    @Override
    public String toString() {
        return all.stream().map(listener -> listener.address().toString()).collect(Collectors.joining(","));
    }
}
