package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class HostAndPortTest {
    private static final int STANDARD = 25;

    @Test
    void readsNamesAndAddressesWithAndWithoutAPort() {
        assertEquals(new HostAndPort("mx.example", 25), HostAndPort.parse("mx.example", STANDARD));
        assertEquals(new HostAndPort("mx.example", 2525), HostAndPort.parse("mx.example:2525", STANDARD));
        assertEquals(new HostAndPort("192.0.2.1", 26), HostAndPort.parse("192.0.2.1:26", STANDARD));
        assertEquals(new HostAndPort("2001:db8::1", 26), HostAndPort.parse("[2001:db8::1]:26", STANDARD));
        assertEquals(new HostAndPort("2001:db8::1", 25), HostAndPort.parse("[2001:db8::1]", STANDARD));
        assertEquals(new HostAndPort("2001:db8::1", 25), HostAndPort.parse("2001:db8::1", STANDARD));
    }

    @Test
    void readsAListInItsOrder() {
        assertEquals(
                List.of(
                        new HostAndPort("b.example", 2525),
                        new HostAndPort("a.example", 25),
                        new HostAndPort("2001:db8::1", 26)),
                HostAndPort.parseAll(" b.example:2525,a.example \t[2001:db8::1]:26,", STANDARD));
        assertThrows(IllegalArgumentException.class, () -> HostAndPort.parseAll(" , ", STANDARD));
        assertThrows(IllegalArgumentException.class, () -> HostAndPort.parseAll("a.example, b:c:d", STANDARD));
        assertEquals(10, HostAndPort.parseAll("a ".repeat(10), STANDARD).size());
        assertThrows(IllegalArgumentException.class, () -> HostAndPort.parseAll("a ".repeat(11), STANDARD));
    }

    @Test
    void refusesWhatHasMoreOrLessThanAHostAndAPort() {
        for (String text : List.of(
                "",
                ":25",
                "mx.example:",
                "mx.example:25:more",
                "mx.example:25:26",
                "192.0.2.1:25:26",
                "mx.example::25",
                "mx.example:0",
                "mx.example:65536",
                "mx.example:+25",
                "mx.example: 25",
                "mx example",
                "[2001:db8::1",
                "[2001:db8::1]25",
                "[2001:db8::1]:",
                "[2001:db8::1]:25:26",
                "[mx.example]:25",
                "[192.0.2.1]:25",
                "[]:25",
                "2001:db8::1::2",
                "1:2:3",
                "[2001:db8::g]:25")) {
            assertThrows(IllegalArgumentException.class, () -> HostAndPort.parse(text, STANDARD), text);
        }
    }

    @Test
    void writesWhatItReads() {
        for (String text : List.of("mx.example:25", "192.0.2.1:26", "[2001:db8::1]:27")) {
            assertEquals(text, HostAndPort.parse(text, STANDARD).toString());
        }
    }
}
