package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.caravan.delivery.NextHops.Host;
import dev.caravan.delivery.NextHops.Route;
import dev.caravan.dns.AddressAnswer;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NextHopsTest {
    private static final Domain US = new Domain("caravan.example");

    private static Host host(int preference, String name, String... addresses) {
        return new Host(
                preference,
                name,
                addresses.length == 0
                        ? new AddressAnswer.NoSuchHost()
                        : new AddressAnswer.Addresses(Arrays.stream(addresses)
                                .map(NextHopsTest::address)
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
        return new NextHops(own, 25, 10).route(List.of(hosts), new Random(seed));
    }

    private static List<String> names(Route route) {
        return assertInstanceOf(Route.Via.class, route).targets().stream()
                .map(Target::mta)
                .toList();
    }

    private static String status(Route route) {
        return assertInstanceOf(Route.Nowhere.class, route).diagnosis().status().toString();
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
        NextHops everywhere = new NextHops(own, 25, 10);
        assertEquals("5.4.6", status(everywhere.route(List.of(host(1, "a", "127.0.0.9")), new Random(1))));
        NextHops otherPort = new NextHops(own, 26, 10);
        assertEquals(List.of("a"), names(otherPort.route(List.of(host(1, "a", "127.0.0.9")), new Random(1))));
    }

    @Test
    void takesTheFamiliesInTurnAndTenAddressesAtMost() {
        List<String> many = new ArrayList<>();
        for (int i = 1; i <= 12; i++) {
            many.add("192.0.2." + i);
            many.add("2001:db8::" + i);
        }
        Route.Via via = assertInstanceOf(Route.Via.class, route(1, host(1, "a", many.toArray(String[]::new))));
        assertEquals(10, via.targets().size());
        for (int i = 0; i < 10; i++) {
            int octets = via.targets().get(i).address().getAddress().getAddress().length;
            assertEquals(i % 2 == 0 ? 4 : 16, octets);
        }
    }

    @Test
    void goesToNoAddressWhereNobodyCanBe() {
        assertEquals("5.4.4", status(route(1, host(1, "a", "0.0.0.0", "224.0.0.1", "::"))));
    }

    @Test
    void defersIfAnAddressMayBeFoundLater() {
        Host unknown = new Host(10, "a", new AddressAnswer.Trouble("SERVFAIL"));
        assertEquals("4.4.3", status(route(1, unknown, host(20, "b"))));
        assertEquals("5.4.4", status(route(1, host(10, "a"), host(20, "b"))));
        assertEquals(List.of("c"), names(route(1, unknown, host(20, "c", "192.0.2.3"))));
    }
}
