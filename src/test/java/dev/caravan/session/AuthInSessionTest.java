package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.net.ListenerKind;
import dev.caravan.smtp.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a session says about AUTH, tells its listener, and does when a login is revoked. */
class AuthInSessionTest {
    private static final Set<SaslMechanism> ALL =
            Set.of(SaslMechanism.LOGIN, SaslMechanism.PLAIN, SaslMechanism.SCRAM_SHA_256, SaslMechanism.EXTERNAL);

    private final ScriptedRoute route = new ScriptedRoute(false);
    private final ScriptedAuthenticator users = new ScriptedAuthenticator(route);
    private final SessionRegistry registry = new SessionRegistry(SessionLimits.Connections.DEFAULT);
    private final Heard heard = new Heard();

    private static final class Heard implements SessionListener {
        private final List<String> events = new ArrayList<>();

        @Override
        public void loggedIn(SessionFacts facts) {
            events.add("in " + facts.user());
        }

        @Override
        public void loginFailed(SessionFacts facts, String user, SaslMechanism mechanism, LoginFailure why) {
            events.add("failed " + user + " " + mechanism + " " + why.word());
        }

        @Override
        public void refused(SessionFacts facts, Reply reply, RefusedCommand what) {
            events.add("refused " + what.command() + " " + reply.code());
        }
    }

    private SessionServer server(Set<SaslMechanism> mechanisms, boolean isTlsRequired) {
        return new SessionServer(
                ListenerKind.SMTP,
                SessionLimits.DEFAULT,
                Tolerance.DEFAULT,
                Admission.ALL,
                new AuthTerms(mechanisms, isTlsRequired, 3, users),
                route,
                registry,
                heard);
    }

    private static List<String> ehlo(SessionServer server) {
        server.receive("EHLO client.example\r\n");
        return Arrays.asList(server.sent().split("\\|"));
    }

    private static String plain(String user, String password) {
        return Base64.getEncoder().encodeToString(("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void announcesWhatWorksTheStrongestFirst() {
        List<String> lines = ehlo(server(ALL, false));
        assertEquals("250 AUTH SCRAM-SHA-256 PLAIN LOGIN", lines.get(lines.size() - 1));
        assertFalse(String.join(" ", lines).contains("AUTH="), "the form of old clients");
    }

    @Test
    void announcesNothingInTheClearUnlessToldTo() {
        assertFalse(ehlo(server(ALL, true)).toString().contains("AUTH"));
        assertFalse(ehlo(server(Set.of(), false)).toString().contains("AUTH"));
    }

    @Test
    void announcesNothingToWhoHasAuthenticated() {
        SessionServer server = server(ALL, false);
        ehlo(server);
        server.receive("AUTH PLAIN " + plain("alice", "secret") + "\r\n");
        assertTrue(server.sent().startsWith("235 "));
        assertFalse(ehlo(server).toString().contains("AUTH"));
    }

    @Test
    void tellsWhoCameAndWhoDidNot() {
        SessionServer server = server(ALL, false);
        ehlo(server);
        server.receive("AUTH PLAIN " + plain("bob", "hunter2") + "\r\nAUTH PLAIN\r\n");
        server.receive(plain("alice", "secret") + "\r\n");
        server.settle();
        assertEquals(List.of("failed bob PLAIN credentials", "refused AUTH 535", "in alice"), heard.events);
    }

    /** The line of a response may look like a command, and must not be logged as one. */
    @Test
    void aResponseIsNeverTakenForACommand() {
        SessionServer server = server(ALL, false);
        ehlo(server);
        server.receive("AUTH LOGIN\r\nRCPT TO:<secret@a.example>\r\n");
        server.settle();
        assertEquals(List.of("refused AUTH 501"), heard.events);
    }

    @Test
    void aRevokedLoginEndsAnIdleSession() {
        SessionServer server = server(ALL, false);
        ehlo(server);
        server.receive("AUTH PLAIN " + plain("alice", "secret") + "\r\n");
        server.sent();
        registry.review();
        assertEquals("", server.sent());

        users.isRevoked = true;
        registry.review();
        assertEquals("421 4.7.0 mx.example your login is not valid any more, closing", server.sent());
    }

    @Test
    void aRevokedLoginEndsASessionInTheMiddleOfItsContent() {
        SessionServer server = server(ALL, false);
        ehlo(server);
        server.receive("AUTH PLAIN " + plain("alice", "secret")
                + "\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\nSubject: x\r\n");
        server.sent();
        users.isRevoked = true;
        registry.review();
        assertTrue(server.sent().startsWith("421 4.7.0 "));
        server.receive("\r\nx\r\n.\r\n");
        server.settle();
        assertEquals(0, route.taken.size());
        assertEquals(1, server.sinks.abandoned);
    }

    /** The route may have stored the message already: the client must learn it. */
    @Test
    void aRevokedLoginDoesNotTakeAnAnswerAway() {
        ScriptedRoute late = new ScriptedRoute(true);
        ScriptedAuthenticator known = new ScriptedAuthenticator(new ScriptedRoute(false));
        SessionServer server = new SessionServer(
                ListenerKind.SMTP,
                SessionLimits.DEFAULT,
                Tolerance.DEFAULT,
                Admission.ALL,
                new AuthTerms(ALL, false, 3, known),
                late,
                registry,
                heard);
        ehlo(server);
        server.receive("AUTH PLAIN " + plain("alice", "secret")
                + "\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n");
        server.sent();
        server.receive("Subject: x\r\n\r\nx\r\n.\r\n");
        known.isRevoked = true;
        registry.review();
        server.channel.runPendingTasks();
        assertEquals(Optional.of(true), server.nextLine().map(line -> line.startsWith("250 ")));
        assertEquals(Optional.of(true), server.nextLine().map(line -> line.startsWith("421 4.7.0 ")));
    }
}
