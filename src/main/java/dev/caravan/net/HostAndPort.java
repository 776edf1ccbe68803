package dev.caravan.net;

import dev.caravan.mail.AddressLiteral;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A host, by name or address, and a TCP or UDP port, as a setting gives them.
 *
 * @param host a name or an IPv4 or IPv6 address without brackets; a colon is part of an IPv6 address only.
 * @param port 1 to 65535.
 */
public record HostAndPort(String host, int port) {
    /** The most hosts that one list may have. */
    public static final int MAX_LIST = 10;

    private static final Pattern SEPARATOR = Pattern.compile("[,\\s]+");

    /** @throws IllegalArgumentException if a part is out of range. */
    public HostAndPort {
        if (!host.matches("[A-Za-z0-9._:-]{1,255}")) {
            throw new IllegalArgumentException("malformed host (expected: a name or an address)");
        }
        if (host.contains(":") && literal(host).isEmpty()) {
            throw new IllegalArgumentException("malformed host (expected: host:port, or [IPv6 address]:port)");
        }
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port " + port + " (expected: 1 to 65535)");
        }
    }

    /**
     * Reads {@code host}, {@code host:port}, {@code address:port}, {@code [IPv6 address]:port}, or an IPv6 address
     * without port and brackets.
     *
     * @param text the setting.
     * @param defaultPort the port if the text has none.
     * @throws IllegalArgumentException if the text has another form.
     */
    public static HostAndPort parse(String text, int defaultPort) {
        if (text.startsWith("[")) {
            int end = text.indexOf(']');
            if (end < 0 || (end + 1 < text.length() && text.charAt(end + 1) != ':')) {
                throw new IllegalArgumentException("malformed host (expected: [address]:port)");
            }
            String address = text.substring(1, end);
            if (!address.contains(":")) {
                throw new IllegalArgumentException("malformed host (expected: an IPv6 address in brackets)");
            }
            String port = end + 1 < text.length() ? text.substring(end + 2) : Integer.toString(defaultPort);
            return new HostAndPort(address, port(port));
        }
        int colon = text.indexOf(':');
        boolean hasPort = colon >= 0 && colon == text.lastIndexOf(':');
        return hasPort
                ? new HostAndPort(text.substring(0, colon), port(text.substring(colon + 1)))
                : new HostAndPort(text, defaultPort);
    }

    /**
     * Reads hosts separated by commas or white space, each as {@link #parse} reads it.
     *
     * @return 1 to {@value #MAX_LIST} hosts in the order of the text.
     * @throws IllegalArgumentException if a host has another form, or there are none or too many.
     */
    public static List<HostAndPort> parseAll(String text, int defaultPort) {
        List<HostAndPort> hosts = Stream.of(SEPARATOR.split(text.strip()))
                .filter(part -> !part.isEmpty())
                .map(part -> parse(part, defaultPort))
                .toList();
        if (hosts.isEmpty() || hosts.size() > MAX_LIST) {
            throw new IllegalArgumentException(hosts.size() + " hosts (expected: 1 to " + MAX_LIST + ")");
        }
        return hosts;
    }

    private static int port(String text) {
        if (!text.matches("[0-9]{1,5}")) {
            throw new IllegalArgumentException("malformed port (expected: 1 to 65535)");
        }
        return Integer.parseInt(text);
    }

    /** The address, if the host is one and not a name. No DNS lookup. */
    public Optional<InetAddress> address() {
        return literal(host);
    }

    private static Optional<InetAddress> literal(String host) {
        return AddressLiteral.address(host.contains(":") ? "[IPv6:" + host + "]" : "[" + host + "]");
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
