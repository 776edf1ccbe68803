package dev.caravan.delivery;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.mail.Diagnosis;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Which addresses to try for a domain, and in which order (RFC 5321 §5.1). A pure function of what the DNS said. */
final class NextHops {
    /**
     * A host that takes mail for the domain.
     *
     * @param preference the lowest is tried first.
     * @param name its name.
     * @param addresses what the DNS said of it.
     */
    record Host(int preference, String name, AddressAnswer addresses) {}

    /** Where to go. */
    sealed interface Route {
        /**
         * These, in this order.
         *
         * @param targets at least one.
         */
        record Via(List<Target> targets) implements Route {}

        /**
         * Nowhere.
         *
         * @param diagnosis a transient or permanent status.
         */
        record Nowhere(Diagnosis diagnosis) implements Route {}
    }

    private final OwnAddresses own;
    private final int port;
    private final int maxAddresses;

    /**
     * Rules for one server.
     *
     * @param own who we are.
     * @param port of all hosts.
     * @param maxAddresses no more are tried in one attempt.
     */
    NextHops(OwnAddresses own, int port, int maxAddresses) {
        this.own = own;
        this.port = port;
        this.maxAddresses = maxAddresses;
    }

    /** The route by these hosts, given in any order. */
    Route route(List<Host> hosts, RandomGenerator random) {
        List<Host> ordered = new ArrayList<>(hosts);
        shuffle(ordered, random);
        ordered.sort(Comparator.comparingInt(Host::preference));
        // A host of our priority or below would hand the mail to us: it would go in circles (RFC 5321 §5.1).
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
        List<Target> targets = new ArrayList<>();
        before.forEach(host -> addresses(host, random)
                .forEach(address -> targets.add(new Target(host.name(), new InetSocketAddress(address, port)))));
        return targets.isEmpty()
                ? nowhere(before)
                : new Route.Via(List.copyOf(targets.subList(0, Math.min(maxAddresses, targets.size()))));
    }

    private static Route nowhere(List<Host> hosts) {
        for (Host host : hosts) {
            if (host.addresses() instanceof AddressAnswer.Trouble trouble) {
                return new Route.Nowhere(
                        Diagnosis.ours("4.4.3", "no address found for " + host.name() + ": " + trouble.reason()));
            }
        }
        return new Route.Nowhere(Diagnosis.ours("5.4.4", "none of the domain's mail hosts has an address"));
    }

    private boolean isOurselves(Host host) {
        return own.isOurName(host.name())
                || (host.addresses() instanceof AddressAnswer.Addresses known
                        && known.addresses().stream()
                                .anyMatch(address -> own.isOurs(new InetSocketAddress(address, port))));
    }

    /** In random order, the families in turn, so that a broken one does not use up all tries. */
    private static List<InetAddress> addresses(Host host, RandomGenerator random) {
        List<InetAddress> four = new ArrayList<>();
        List<InetAddress> six = new ArrayList<>();
        if (host.addresses() instanceof AddressAnswer.Addresses known) {
            for (InetAddress address : known.addresses()) {
                // Nobody can be there, whatever the DNS says.
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
