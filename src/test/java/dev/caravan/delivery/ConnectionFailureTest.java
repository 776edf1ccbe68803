package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Senders read in a report why nobody could be reached; the names of system calls tell them nothing. */
class ConnectionFailureTest {
    @Test
    void saysWhatTheSystemSaidAndNotHowItWasAsked() {
        assertEquals(
                "Connection refused",
                SmtpClient.reason("finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:2526"));
        assertEquals("Connection refused", SmtpClient.reason("Connection refused: mx.test/127.0.0.1:25"));
        assertEquals(
                "Network is unreachable",
                SmtpClient.reason("connect(..) failed with error(-101): Network is unreachable: /192.0.2.1:25"));
        assertEquals("No route to host", SmtpClient.reason("No route to host"));
        assertEquals("what else (1) there is", SmtpClient.reason("what else (1) there is"));
    }
}
