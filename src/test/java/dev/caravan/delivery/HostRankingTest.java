package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.HostRanking.Host;
import dev.caravan.delivery.HostRanking.Route;
import dev.caravan.dns.AddressAnswer;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HostRankingTest {
    private static final Domain US = new Domain("caravan.example");

    private static Host host(int preference, String name, String... addresses) {
        return new Host(
                preference,
                name,
                addresses.length == 0
                        ? AddressAnswer.NoSuchHost.NO_NAME
                        : new AddressAnswer.Addresses(Arrays.stream(addresses)
                                .map(HostRankingTest::address)
                                .toList()));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Route route(int seed, Host... hosts) {
        OwnAddresses own = new OwnAddresses(US, List.of(new InetSocketAddress("192.0.2.99", 25)));
        return new HostRanking(own, 25).route(List.of(hosts), new Random(seed));
    }

    private static List<String> names(Route route) {
        return assertInstanceOf(Route.Via.class, route).targets().stream()
                .map(RemoteHost::mta)
                .toList();
    }

    private static String status(Route route) {
        return assertInstanceOf(Route.Nowhere.class, route).diagnosis().status().toString();
    }

    private static String words(Route route) {
        return assertInstanceOf(Route.Nowhere.class, route).diagnosis().reply();
    }

    @Test
    void saysWhichHostsHaveNoAddressAndWhy() {
        Host empty = new Host(20, "b", AddressAnswer.NoSuchHost.NO_ADDRESS);
        assertEquals(
                "no address found for the mail host a (no such name), b (no A or AAAA record), "
                        + "c (no address that can be connected to)",
                words(route(1, host(10, "a"), empty, host(30, "c", "0.0.0.0"))));
        assertEquals(
                "no address found for the mail host a (no such name), d (SERVFAIL)",
                words(route(1, host(10, "a"), new Host(20, "d", new AddressAnswer.TemporaryFailure("SERVFAIL")))));
        Host[] many = IntStream.range(0, 20).mapToObj(i -> host(i, "h" + i)).toArray(Host[]::new);
        assertTrue(words(route(1, many)).endsWith("h4 (no such name) and 15 more"), words(route(1, many)));
    }

    @Test
    void goesByPreferenceAndAtRandomAmongEquals() {
        Set<List<String>> orders = new HashSet<>();
        for (int seed = 0; seed < 50; seed++) {
            orders.add(names(
                    route(seed, host(20, "c", "192.0.2.3"), host(10, "a", "192.0.2.1"), host(10, "b", "192.0.2.2"))));
        }
        assertEquals(Set.of(List.of("a", "b", "c"), List.of("b", "a", "c")), orders);
    }

    @Test
    void leavesOutOurselvesAndAllBehindUs() {
        assertEquals(
                List.of("a"),
                names(route(
                        1,
                        host(10, "a", "192.0.2.1"),
                        host(20, "Caravan.Example", "192.0.2.7"),
                        host(20, "b", "192.0.2.2"),
                        host(30, "c", "192.0.2.3"))));
        assertEquals(List.of("a"), names(route(1, host(10, "a", "192.0.2.1"), host(20, "other", "192.0.2.99"))));
    }

    @Test
    void failsIfOnlyWeAreLeft() {
        assertEquals("5.4.6", status(route(1, host(10, "caravan.example", "192.0.2.7"), host(20, "b", "192.0.2.2"))));
    }

    @Test
    void isOurselvesAtAnyAddressOfThisMachineIfWeListenEverywhere() {
        OwnAddresses own = new OwnAddresses(US, List.of(new InetSocketAddress("0.0.0.0", 25)));
        HostRanking everywhere = new HostRanking(own, 25);
        assertEquals("5.4.6", status(everywhere.route(List.of(host(1, "a", "127.0.0.9")), new Random(1))));
        HostRanking otherPort = new HostRanking(own, 26);
        assertEquals(List.of("a"), names(otherPort.route(List.of(host(1, "a", "127.0.0.9")), new Random(1))));
    }

    @Test
    void takesTheFamiliesInTurnAndFiftyAddressesAtMost() {
        Route.Via via = assertInstanceOf(Route.Via.class, route(1, host(1, "a", many(30))));
        assertEquals(50, via.targets().size());
        for (int i = 0; i < 50; i++) {
            int octets = via.targets().get(i).address().getAddress().getAddress().length;
            assertEquals(i % 2 == 0 ? 4 : 16, octets);
        }
    }

    @Test
    void takesSomeAddressesOfEachHost() {
        List<String> names =
                names(route(1, host(1, "a", many(30)), host(2, "b", many(2)), host(3, "c"), host(4, "d", many(30))));
        assertEquals(50, names.size());
        List<String> order = new ArrayList<>(Collections.nCopies(23, "a"));
        order.addAll(Collections.nCopies(4, "b"));
        order.addAll(Collections.nCopies(23, "d"));
        assertEquals(order, names);
        Host[] twenty =
                IntStream.range(0, 20).mapToObj(i -> host(i, "h" + i, many(50))).toArray(Host[]::new);
        assertEquals(20, Set.copyOf(names(route(1, twenty))).size());
    }

    private static String[] many(int ofEachFamily) {
        return IntStream.rangeClosed(1, ofEachFamily)
                .boxed()
                .flatMap(i -> Stream.of("192.0.2." + i, "2001:db8::" + i))
                .toArray(String[]::new);
    }

    @Test
    void goesToNoAddressWhereNobodyCanBe() {
        assertEquals("5.4.4", status(route(1, host(1, "a", "0.0.0.0", "224.0.0.1", "::"))));
    }

    @Test
    void defersIfAnAddressMayBeFoundLater() {
        Host unknown = new Host(10, "a", new AddressAnswer.TemporaryFailure("SERVFAIL"));
        assertEquals("4.4.3", status(route(1, unknown, host(20, "b"))));
        assertEquals("5.4.4", status(route(1, host(10, "a"), host(20, "b"))));
        assertEquals(List.of("c"), names(route(1, unknown, host(20, "c", "192.0.2.3"))));
    }
}
