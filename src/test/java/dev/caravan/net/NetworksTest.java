package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class NetworksTest {
    private record Case(String networks, String address, boolean isInside, String reason) {}

    @TestFactory
    Stream<DynamicTest> containsAddressesThatShareThePrefix() {
        return Stream.of(
                        new Case("127.0.0.0/8", "127.0.0.1", true, "first octet is the same"),
                        new Case("127.0.0.0/8", "128.0.0.1", false, "first octet differs"),
                        new Case("192.0.2.7", "192.0.2.7", true, "no prefix length is all bits"),
                        new Case("192.0.2.7", "192.0.2.6", false, "last bit differs"),
                        new Case("192.0.2.8/30", "192.0.2.11", true, "prefix ends within an octet"),
                        new Case("192.0.2.8/30", "192.0.2.12", false, "one behind the block"),
                        new Case("192.0.2.128/25", "192.0.2.200", true, "octets are unsigned"),
                        new Case("0.0.0.0/0", "203.0.113.9", true, "zero bits is all of IPv4"),
                        new Case("0.0.0.0/0", "2001:db8::1", false, "and nothing of IPv6"),
                        new Case("::/0", "2001:db8::1", true, "zero bits is all of IPv6"),
                        new Case("::/0", "203.0.113.9", false, "and nothing of IPv4"),
                        new Case("::1/128", "::1", true, "loopback"),
                        new Case("2001:DB8::/32", "2001:db8:ffff::1", true, "digits in any case"),
                        new Case("2001:db8::/32", "2001:db9::1", false, "second group differs"),
                        new Case("::ffff:10.0.0.0/104", "10.1.2.3", true, "a mapped block is an IPv4 block"),
                        new Case("::ffff:10.0.0.1", "10.0.0.1", true, "a mapped address is an IPv4 address"),
                        new Case(
                                "10.0.0.0/8, ::1/128\t192.0.2.7", "192.0.2.7", true, "commas and white space separate"),
                        new Case("", "127.0.0.1", false, "nothing is nobody"))
                .map(c -> DynamicTest.dynamicTest(
                        c.networks() + " and " + c.address() + ": " + c.reason(),
                        () -> assertEquals(
                                c.isInside(),
                                Networks.parse(c.networks()).contains(InetAddress.getByName(c.address())))));
    }

    @Test
    void takesMappedClientForItsIpv4Address() throws UnknownHostException {
        // Only this factory keeps the mapped form; a dual-stack socket may hand out the same.
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 127, 0, 0, 1};
        InetAddress client = Inet6Address.getByAddress("", mapped, 0);
        assertEquals(16, client.getAddress().length);
        assertTrue(Networks.parse("127.0.0.0/8").contains(client));
        assertFalse(Networks.parse("::/0").contains(client));
    }

    @TestFactory
    Stream<DynamicTest> refusesWhatIsNoNetworkAndSaysWhatIsExpected() {
        return Stream.of(
                        new String[] {"example.org", "not a network: example.org (expected"},
                        new String[] {"127.0.0.1/", "not a network: 127.0.0.1/ (expected"},
                        new String[] {"127.0.0.1/-1", "not a network"},
                        new String[] {"127.1/8", "not a network"},
                        new String[] {"010.0.0.1", "not a network"},
                        new String[] {"fe80::1%eth0", "not a network"},
                        new String[] {"10.0.0.0/33", "prefix of 33 bits at 10.0.0.0 (expected: 0 to 32)"},
                        new String[] {"::/129", "(expected: 0 to 128)"},
                        new String[] {"10.1.0.0/8", "bits set behind its prefix (expected: 10.0.0.0/8)"},
                        new String[] {"2001:db8::1/64", "(expected: 2001:db8:0:0:0:0:0:0/64)"},
                        new String[] {"::ffff:10.0.0.0/24", "mixes IPv4 and IPv6"})
                .map(c -> DynamicTest.dynamicTest(c[0], () -> {
                    String words = assertThrows(IllegalArgumentException.class, () -> Networks.parse(c[0]))
                            .getMessage();
                    assertTrue(words.contains(c[1]), words);
                }));
    }

    @Test
    void writesWhatItReads() {
        assertEquals(
                "127.0.0.0/8, 192.0.2.7/32",
                Networks.parse(" 127.0.0.0/8,192.0.2.7 ").toString());
    }
}
