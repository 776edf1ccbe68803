package dev.caravan.delivery;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.mail.Diagnosis;
import dev.caravan.net.TlsPolicy;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Decides which addresses to try for a domain, and in which order (RFC 5321 §5.1). A pure function of the DNS answers.
 */
final class HostRanking {
    /**
     * A host that accepts mail for the domain.
     *
     * @param preference the lowest is tried first.
     * @param name its name.
     * @param addresses the DNS's answer about its addresses.
     */
    record Host(int preference, String name, AddressAnswer addresses) {}

    /** The result. */
    sealed interface Route {
        /**
         * Try these addresses, in this order.
         *
         * @param targets at least one.
         */
        record Via(List<RemoteHost> targets) implements Route {}

        /**
         * No address can be tried.
         *
         * @param diagnosis a transient or permanent status.
         */
        record Nowhere(Diagnosis diagnosis) implements Route {}
    }

    /** The most addresses of a route, because an attempt may connect to each in vain. */
    static final int MAX_TARGETS = 50;

    /** The most hosts without an address that are named. */
    private static final int MAX_NAMED = 5;

    private final OwnAddresses own;
    private final int port;

    /**
     * Rules for one server.
     *
     * @param own the names and addresses of this server.
     * @param port the port of all hosts.
     */
    HostRanking(OwnAddresses own, int port) {
        this.own = own;
        this.port = port;
    }

    /** The route by these hosts, given in any order. */
    Route route(List<Host> hosts, RandomGenerator random) {
        List<Host> ordered = new ArrayList<>(hosts);
        shuffle(ordered, random);
        ordered.sort(Comparator.comparingInt(Host::preference));
        // A host of the same or a lower priority than this server would send the mail back here: a loop (RFC 5321
        // §5.1).
        int ours = ordered.stream()
                .filter(this::isOurselves)
                .mapToInt(Host::preference)
                .min()
                .orElse(Integer.MAX_VALUE);
        List<Host> before =
                ordered.stream().filter(host -> host.preference() < ours).toList();
        if (before.isEmpty() && !hosts.isEmpty()) {
            return new Route.Nowhere(Diagnosis.ours("5.4.6", "the domain's mail host is this server: a loop"));
        }
        List<RemoteHost> targets = spread(before.stream()
                .map(host -> addresses(host, random).stream()
                        .map(address ->
                                new RemoteHost(host.name(), new InetSocketAddress(address, port), TlsPolicy.NONE))
                        .toList())
                .toList());
        return targets.isEmpty() ? nowhere(before) : new Route.Via(targets);
    }

    /**
     * The addresses of all hosts, one host after the other, {@link #MAX_TARGETS} at most. If there are more, some of
     * each host are left out, so that a host with many dead addresses does not hide the next.
     */
    static List<RemoteHost> spread(List<List<RemoteHost>> hosts) {
        int most = MAX_TARGETS;
        while (most > 1 && total(hosts, most) > MAX_TARGETS) {
            most--;
        }
        int perHost = most;
        return hosts.stream()
                .flatMap(targets -> targets.stream().limit(perHost))
                .limit(MAX_TARGETS)
                .toList();
    }

    private static int total(List<List<RemoteHost>> hosts, int perHost) {
        return hosts.stream()
                .mapToInt(targets -> Math.min(perHost, targets.size()))
                .sum();
    }

    private static Route nowhere(List<Host> hosts) {
        boolean isForNow = hosts.stream().anyMatch(host -> host.addresses() instanceof AddressAnswer.TemporaryFailure);
        String words = hosts.stream()
                .limit(MAX_NAMED)
                .map(host -> host.name() + " (" + said(host.addresses()) + ")")
                .collect(Collectors.joining(", "));
        String more = hosts.size() > MAX_NAMED ? " and " + (hosts.size() - MAX_NAMED) + " more" : "";
        return new Route.Nowhere(
                Diagnosis.ours(isForNow ? "4.4.3" : "5.4.4", "no address found for the mail host " + words + more));
    }

    private static String said(AddressAnswer answer) {
        if (answer instanceof AddressAnswer.TemporaryFailure trouble) {
            return trouble.reason();
        }
        return answer instanceof AddressAnswer.NoSuchHost none ? none.said() : "no address that can be connected to";
    }

    private boolean isOurselves(Host host) {
        return own.isOurName(host.name())
                || (host.addresses() instanceof AddressAnswer.Addresses known
                        && known.addresses().stream()
                                .anyMatch(address -> own.isOurs(new InetSocketAddress(address, port))));
    }

    /** In random order, alternating between the address families, so that a broken family does not use up all tries. */
    private static List<InetAddress> addresses(Host host, RandomGenerator random) {
        List<InetAddress> four = new ArrayList<>();
        List<InetAddress> six = new ArrayList<>();
        if (host.addresses() instanceof AddressAnswer.Addresses known) {
            for (InetAddress address : known.addresses()) {
                // No mail server can have this address, whatever the DNS says.
                if (!address.isAnyLocalAddress() && !address.isMulticastAddress()) {
                    (address instanceof Inet4Address ? four : six).add(address);
                }
            }
        }
        shuffle(four, random);
        shuffle(six, random);
        List<InetAddress> inTurn = new ArrayList<>();
        for (int i = 0; i < Math.max(four.size(), six.size()); i++) {
            if (i < four.size()) {
                inTurn.add(four.get(i));
            }
            if (i < six.size()) {
                inTurn.add(six.get(i));
            }
        }
        return inTurn;
    }

    private static void shuffle(List<?> list, RandomGenerator random) {
        if (list.size() > 1) {
            Collections.shuffle(list, new Random(random.nextLong()));
        }
    }
}
