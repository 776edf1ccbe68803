package dev.caravan.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.acme.ChallengeResponder.Proof;
import dev.caravan.net.ListenAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpChallengesTest {
    private static final List<Proof> PROOFS = List.of(new Proof("mx.example.org", "tok-1", "tok-1.thumb"));

    private HttpChallenges server;

    @BeforeEach
    void listen() throws Exception {
        server = HttpChallenges.listen(new ListenAddress("127.0.0.1", 0));
        server.show(PROOFS);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private String ask(String request) throws IOException {
        try (Socket socket = connected()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private Socket connected() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(15_000);
        return socket;
    }

    @Test
    void servesItsAnswerAndEndsTheConnection() throws Exception {
        String answer = ask("GET /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: mx.example.org\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        assertTrue(answer.endsWith("\r\n\r\ntok-1.thumb"), answer);
        String head = ask("HEAD /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: a\r\n\r\n");
        assertTrue(head.startsWith("HTTP/1.1 200 ") && head.endsWith("\r\n\r\n"), head);
        server.remove(PROOFS);
        assertTrue(ask("GET /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: a\r\n\r\n")
                .startsWith("HTTP/1.1 404 "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /.well-known/acme-challenge/ HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /.well-known/acme-challenge/tok-1/ HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /.well-known/acme-challenge/../acme-challenge/tok-1 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /metrics HTTP/1.0\r\n\r\n",
                "POST /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
                "EHLO client.example\r\n\r\n"
            })
    void servesNothingElse(String request) throws Exception {
        String answer = ask(request);
        assertTrue(answer.startsWith("HTTP/1.1 404 "), answer);
        assertFalse(answer.contains("thumb"), answer);
    }

    @Test
    void aHeadWithoutEndIsCutOff() throws Exception {
        String answer = ask("GET /.well-known/acme-challenge/tok-1 HTTP/1.1\r\nX: " + "x".repeat(20_000) + "\r\n\r\n");
        assertTrue(answer.isEmpty() || answer.startsWith("HTTP/1.1 404 "), answer);
    }

    @Test
    void moreConnectionsThanTheLimitAreClosed() throws Exception {
        List<Socket> idle = new ArrayList<>();
        try {
            for (int i = 0; i < HttpChallenges.MAX_CONNECTIONS; i++) {
                idle.add(connected());
            }
            try (Socket one = connected()) {
                assertEquals(-1, one.getInputStream().read());
            }
        } finally {
            for (Socket socket : idle) {
                socket.close();
            }
        }
    }

    @Test
    void aTakenPortIsAnError() {
        assertThrows(IOException.class, () -> HttpChallenges.listen(new ListenAddress("127.0.0.1", server.port())));
    }
}
