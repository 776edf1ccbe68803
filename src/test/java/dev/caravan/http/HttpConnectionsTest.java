package dev.caravan.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which connection makes room for a new one. */
class HttpConnectionsTest {
    private final HttpConnections<String> connections = new HttpConnections<>(new HttpConnections.Limits(4, 2));

    private HttpConnections.Admission<String> admit(String name, String address) {
        try {
            return connections.admit(name, InetAddress.getByName(address));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void fill() {
        assertTrue(admit("a1", "192.0.2.1").isAdmitted());
        assertTrue(admit("a2", "192.0.2.1").isAdmitted());
        assertTrue(admit("b1", "192.0.2.2").isAdmitted());
        assertTrue(admit("b2", "192.0.2.2").isAdmitted());
    }

    @Test
    void theLongestWaitingMakesRoomForAStranger() {
        fill();
        assertEquals(Optional.of("a1"), admit("c1", "192.0.2.3").evicted());
        assertEquals(4, connections.size());
    }

    @Test
    void aClientWithTooManyMakesRoomItself() {
        fill();
        assertEquals(Optional.of("b1"), admit("b3", "192.0.2.2").evicted());
        assertEquals(Optional.of("b2"), admit("b4", "192.0.2.2").evicted());
        assertEquals(4, connections.size());
    }

    @Test
    void aRequestThatIsBeingAnsweredKeepsItsPlace() {
        fill();
        connections.answering("a1");
        assertEquals(Optional.of("a2"), admit("c1", "192.0.2.3").evicted());
        connections.answering("b1");
        connections.answering("b2");
        HttpConnections.Admission<String> refused = admit("b3", "192.0.2.2");
        assertFalse(refused.isAdmitted());
        assertEquals(Optional.empty(), refused.evicted());
        connections.waiting("b1");
        assertEquals(Optional.of("b1"), admit("b3", "192.0.2.2").evicted());
    }

    @Test
    void aConnectionThatWasAnsweredWaitsAgainFromThenOn() {
        fill();
        connections.answering("a1");
        connections.waiting("a1");
        assertEquals(Optional.of("a2"), admit("c1", "192.0.2.3").evicted());
    }

    @Test
    void aClosedConnectionLeavesItsPlace() {
        fill();
        connections.remove("a1");
        connections.remove("a1");
        assertEquals(Optional.empty(), admit("a3", "192.0.2.1").evicted());
        assertEquals(Optional.of("a2"), admit("a4", "192.0.2.1").evicted());
    }

    @Test
    void aNetworkOfIpv6IsOneClient() {
        assertTrue(admit("a1", "2001:db8::1").isAdmitted());
        assertTrue(admit("a2", "2001:db8::2").isAdmitted());
        assertEquals(Optional.of("a1"), admit("a3", "2001:db8::3").evicted());
        assertEquals(Optional.empty(), admit("b1", "2001:db8:0:1::1").evicted());
    }
}
