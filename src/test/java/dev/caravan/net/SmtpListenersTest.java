package dev.caravan.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmtpListenersTest {
    private static SmtpListeners of(String... addresses) {
        return SmtpListeners.of(Map.of(
                ListenerKind.SMTP,
                Stream.of(addresses)
                        .map(ListenAddress::parse)
                        .map(Optional::orElseThrow)
                        .toList()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    127.0.0.1:2525                           | 127.0.0.1:2525
                    127.0.0.1:2525,[::1]:2525                | 127.0.0.1:2525,[::1]:2525
                    127.0.0.1:2525,127.0.0.1:2525            | 127.0.0.1:2525
                    0.0.0.0:25,[::]:25                       | 0.0.0.0:25
                    [::]:25,0.0.0.0:25                       | [::]:25
                    127.0.0.1:25,[::1]:25,0.0.0.0:25,[::]:26 | 0.0.0.0:25,[::]:26
                    127.0.0.1:0,127.0.0.1:0                  | 127.0.0.1:0,127.0.0.1:0
                    mx.example:25,0.0.0.0:25                 | mx.example:25,0.0.0.0:25
                    """)
    void leavesOutWhatAnotherAddressIncludes(String given, String kept) {
        assertEquals(kept, of(given.split(",")).toString());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    192.0.2.1:25                | 192.0.2.1:25
                    192.0.2.1:25,127.0.0.1:2525 | 127.0.0.1:2525
                    192.0.2.1:25,[::1]:2525     | [::1]:2525
                    192.0.2.1:25,0.0.0.0:26     | 127.0.0.1:26
                    """)
    void isReachedFromThisMachine(String listeners, String server) {
        assertEquals(
                ListenAddress.parse(server).orElseThrow().socketAddress(),
                of(listeners.split(",")).fromThisMachine());
    }

    @Test
    void findsAFreePortForEach() throws Exception {
        SmtpListeners listeners =
                of("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0").withFreePorts();
        List<Integer> ports = listeners.all().stream()
                .map(listener -> listener.address().port())
                .distinct()
                .toList();
        assertEquals(3, ports.size(), listeners.toString());
    }

    @Test
    void areNamedByThePlaceholderOfTheirSetting() {
        SmtpListeners listeners = of("127.0.0.1:25", "127.0.0.1:26");
        assertEquals(listeners.all(), listeners.namedBy("netty:tcp://{{smtp.listen}}?sync=true"));
        assertEquals(List.of(), listeners.namedBy("netty:tcp://127.0.0.1:25"));
        assertEquals("smtp.listen", listeners.all().get(1).setting());
    }

    @Test
    void areNeverNone() {
        assertThrows(IllegalArgumentException.class, () -> new SmtpListeners(List.of()));
    }
}
