package dev.caravan.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.admin.QueueFilter;
import dev.caravan.admin.QueueVerb;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerRequestTest {
    private static QueueFilter filter(Map<String, List<String>> parameters) {
        return QueueFilter.of(parameters, QueueVerb.HOLD.states());
    }

    @Test
    void comesAsItWasSent() {
        PeerRequest request = new PeerRequest(
                "one",
                QueueVerb.HOLD,
                filter(Map.of(
                        "id", List.of("1M84CS1CN0SZYT2B", "1M84CS1CN0SZYT2B.1"),
                        "from", List.of("<>"),
                        "to", List.of("@far.test"),
                        "domain", List.of("far.test"))),
                new OperatorRequest("operator root", "a \"reason\""));
        assertEquals(request, PeerRequest.parse(request.text()));
        PeerRequest all = new PeerRequest("one", QueueVerb.HOLD, filter(Map.of()), OperatorRequest.of("", ""));
        assertEquals(all, PeerRequest.parse(all.text()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "nothing",
                "{\"version\":2,\"verb\":\"hold\"}",
                "{\"version\":1}",
                "{\"version\":1,\"verb\":\"flush\"}",
                "{\"version\":1,\"verb\":\"hold\",\"more\":1}",
                "{\"version\":1,\"verb\":\"hold\",\"by\":7}",
                "{\"version\":1,\"verb\":\"hold\",\"id\":[7]}",
                "{\"version\":1,\"verb\":\"hold\",\"id\":[\"../x\"]}",
                "{\"version\":1,\"verb\":\"hold\",\"to\":\"no address\"}",
                "{\"version\":1,\"verb\":\"hold\"} {}"
            })
    void isRefusedUnlessAllIsAsExpected(String text) {
        assertThrows(IllegalArgumentException.class, () -> PeerRequest.parse(text));
    }

    @Test
    void isBounded() {
        String long1 = "{\"version\":1,\"verb\":\"hold\",\"reason\":\"" + "x".repeat(3000) + "\"}";
        assertThrows(IllegalArgumentException.class, () -> PeerRequest.parse(long1));
        assertThrows(IllegalArgumentException.class, () -> PeerRequest.parse(" ".repeat(PeerRequest.MAX_LENGTH + 1)));
    }
}
