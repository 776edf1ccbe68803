package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AddressTest {
    @Test
    void readsNamesAndAddresses() {
        assertEquals(Optional.of(new Address("127.0.0.1", 2525)), Address.parse("127.0.0.1:2525"));
        assertEquals(Optional.of(new Address("mx.example.org", 25)), Address.parse(" mx.example.org:25 "));
        assertEquals(Optional.of(new Address("::1", 0)), Address.parse("[::1]:0"));
    }

    @Test
    void refusesWhatIsNoAddress() {
        for (String text :
                new String[] {"", "25", ":25", "mx.example.org", "mx.example.org:", "::1:25", "a:65536", "a:-1", "a b:1"
                }) {
            assertEquals(Optional.empty(), Address.parse(text), text);
        }
    }

    @Test
    void printsWhatItReads() {
        for (String text : new String[] {"127.0.0.1:2525", "[::1]:25", "mx.example.org:0"}) {
            assertEquals(text, Address.parse(text).orElseThrow().toString());
        }
    }

    @Test
    void findsAFreePortOnlyIfNoneIsGiven() throws IOException {
        assertNotEquals(0, new Address("127.0.0.1", 0).withFreePort().port());
        Address given = new Address("127.0.0.1", 2525);
        assertEquals(given, given.withFreePort());
    }
}
