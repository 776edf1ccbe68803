package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ListenAddressTest {
    @Test
    void readsNamesAndAddresses() {
        assertEquals(Optional.of(new ListenAddress("127.0.0.1", 2525)), ListenAddress.parse("127.0.0.1:2525"));
        assertEquals(Optional.of(new ListenAddress("mx.example.org", 25)), ListenAddress.parse(" mx.example.org:25 "));
        assertEquals(Optional.of(new ListenAddress("::1", 0)), ListenAddress.parse("[::1]:0"));
    }

    @Test
    void refusesWhatIsNoAddress() {
        for (String text :
                new String[] {"", "25", ":25", "mx.example.org", "mx.example.org:", "::1:25", "a:65536", "a:-1", "a b:1"
                }) {
            assertEquals(Optional.empty(), ListenAddress.parse(text), text);
        }
    }

    @Test
    void printsWhatItReads() {
        for (String text : new String[] {"127.0.0.1:2525", "[::1]:25", "mx.example.org:0"}) {
            assertEquals(text, ListenAddress.parse(text).orElseThrow().toString());
        }
    }

    @Test
    void findsAFreePortOnlyIfNoneIsGiven() throws IOException {
        assertNotEquals(0, new ListenAddress("127.0.0.1", 0).withFreePort().port());
        ListenAddress given = new ListenAddress("127.0.0.1", 2525);
        assertEquals(given, given.withFreePort());
    }
}
