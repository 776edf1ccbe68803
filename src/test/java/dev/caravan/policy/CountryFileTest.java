package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.net.Networks;
import dev.caravan.testkit.MovingClock;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class CountryFileTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path folder;

    private record Case(String address, String country, String reason) {}

    @TestFactory
    Stream<DynamicTest> findsTheSmallestNetwork() {
        CountryTable table = CountryTable.parse(List.of(
                "# networks",
                "",
                "10.0.0.0/8 AA",
                "10.1.0.0/16   bb  # within it",
                "10.1.2.0/24 CC",
                "10.1.2.3 DD",
                "10.255.0.0/16 EE",
                "11.0.0.0/8 FF",
                "255.255.255.255/32 GG",
                "2001:db8::/32 HH",
                "2001:db8:0:0:8000::/65 II",
                "ffff::/16 JJ",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff KK",
                "::/1 LL"));
        return Stream.of(
                        new Case("9.255.255.255", "", "before the first"),
                        new Case("10.0.0.0", "AA", "the first of a network"),
                        new Case("10.0.255.255", "AA", "before one within"),
                        new Case("10.1.0.0", "BB", "the first within"),
                        new Case("10.1.2.0", "CC", "three deep"),
                        new Case("10.1.2.3", "DD", "a single address"),
                        new Case("10.1.2.4", "CC", "behind it"),
                        new Case("10.1.3.0", "BB", "behind the third"),
                        new Case("10.2.0.0", "AA", "behind the second"),
                        new Case("10.255.255.255", "EE", "two that end together"),
                        new Case("11.0.0.0", "FF", "where the next begins"),
                        new Case("12.0.0.0", "", "behind the last of them"),
                        new Case("255.255.255.255", "GG", "the very last"),
                        new Case("::ffff:10.1.2.3", "DD", "IPv4 in IPv6 is IPv4"),
                        new Case("2001:db8::1", "HH", "IPv6"),
                        new Case("2001:db8::8000:0:0:1", "II", "deeper than 64 bits"),
                        new Case("2001:db8:0:1::", "HH", "behind it"),
                        new Case("2001:db9::", "LL", "behind the network, within half of all"),
                        new Case("8000::", "", "the other half"),
                        new Case("ffff:1::", "JJ", "to the very end"),
                        new Case("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "KK", "the very last"))
                .map(each -> DynamicTest.dynamicTest(
                        each.address + ": " + each.reason,
                        () -> assertEquals(
                                Optional.of(each.country).filter(text -> !text.isEmpty()),
                                table.countryOf(address(each.address)))));
    }

    @Test
    void saysTheSameAsAWalkThroughAllNetworks() throws Exception {
        Random random = new Random(7);
        List<String> lines = new ArrayList<>();
        List<Networks.Block> blocks = new ArrayList<>();
        Map<Networks.Block, String> countries = new java.util.HashMap<>();
        for (int i = 0; i < 400; i++) {
            int bits = random.nextInt(33);
            int octets = random.nextInt() & 0xf0f0f0f0 & (bits == 0 ? 0 : -1 << (32 - bits));
            Networks.Block block = new Networks.Block(address(octets), bits);
            String country = "A" + (char) ('A' + random.nextInt(26));
            if (countries.putIfAbsent(block, country) == null) {
                blocks.add(block);
                lines.add(block + " " + country);
            }
        }
        blocks.sort(Comparator.comparingInt(Networks.Block::prefixLength).reversed());
        CountryTable table = CountryTable.parse(lines);
        for (int i = 0; i < 5_000; i++) {
            InetAddress address = address(random.nextInt() & 0xf0f0f0ff);
            Optional<String> expected = blocks.stream()
                    .filter(block -> block.covers(address.getAddress()))
                    .findFirst()
                    .map(countries::get);
            assertEquals(expected, table.countryOf(address), address.toString());
        }
    }

    @TestFactory
    Stream<DynamicTest> saysWhichLineIsBroken() {
        return Map.of(
                        "10.0.0.0/8", "line 2: 1 words (expected: a network and a country",
                        "10.0.0.0/8 AA BB", "line 2: 3 words",
                        "10.0.0.1/8 AA", "line 2: 10.0.0.1/8 has bits set",
                        "10.0.0.0/8,11.0.0.0/8 AA", "line 2: 2 networks",
                        "example.com AA", "line 2: not a network",
                        "10.0.0.0/8 NLD", "line 2: not a country code",
                        "192.0.2.0/24 BB", "a network has two countries, ")
                .entrySet()
                .stream()
                .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> {
                    String message = assertThrows(
                                    IllegalArgumentException.class,
                                    () -> CountryTable.parse(List.of("192.0.2.0/24 AA", each.getKey())))
                            .getMessage();
                    assertTrue(message.startsWith(each.getValue()), message);
                }));
    }

    @Test
    void readsTheFileAgainWhenItChanges() throws Exception {
        MovingClock clock = new MovingClock(START);
        Path file = folder.resolve("countries");
        Files.writeString(file, "192.0.2.0/24 AA\n");
        Files.setLastModifiedTime(file, FileTime.from(START.minusSeconds(60)));
        CountryFile countries = CountryFile.open(file, clock);
        assertEquals(Optional.of("AA"), countries.countryOf(address("192.0.2.1")));
        Files.writeString(file, "192.0.2.0/24 BBB\n");
        Files.setLastModifiedTime(file, FileTime.from(START.minusSeconds(50)));
        clock.advance(Duration.ofSeconds(2));
        countries.look();
        assertEquals(Optional.of("AA"), countries.countryOf(address("192.0.2.1")), "a broken file changes nothing");
        assertThrows(StaleTableException.class, () -> countries.countryOf(address("192.0.3.1")), "may be in the file");
        Files.writeString(file, "192.0.2.0/24 BB\n");
        Files.setLastModifiedTime(file, FileTime.from(START.minusSeconds(40)));
        assertEquals(Optional.empty(), countries.countryOf(address("192.0.3.1")), "looks before it says no");
        assertEquals(Optional.of("BB"), countries.countryOf(address("192.0.2.1")));
    }

    @Test
    void refusesToBeginWithoutTheFile() {
        assertThrows(
                UncheckedIOException.class, () -> CountryFile.open(folder.resolve("missing"), new MovingClock(START)));
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    private static InetAddress address(int octets) throws UnknownHostException {
        return InetAddress.getByAddress(
                new byte[] {(byte) (octets >> 24), (byte) (octets >> 16), (byte) (octets >> 8), (byte) octets});
    }
}
