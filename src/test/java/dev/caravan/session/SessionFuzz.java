package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.codec.LineLimits;
import dev.caravan.fuzz.ClientStream;
import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Content;
import dev.caravan.mail.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Whatever a client says, and however it is cut: one reply to each command, in order; a mail only where MAIL, RCPT and
 * DATA were answered well, with exactly the octets up to the dot; nothing behind a goodbye.
 */
public final class SessionFuzz {
    private static final SessionLimits LIMITS = new SessionLimits(
            SessionLimits.Connections.DEFAULT,
            new SessionLimits.Patience(6, 8),
            new SessionLimits.PerMail(3, 3000, 1000),
            SessionLimits.Times.DEFAULT);
    private static final LineLimits LINES = LIMITS.lines();

    private SessionFuzz() {}

    private record Heard(List<Integer> codes, List<PolicyRequest.MailQuestion> mails, boolean isOpen) {}

    public static void run(byte[] octets) {
        SplittableRandom random = new FuzzInput(octets).random();
        Heard whole = heard(octets, octets.length + 1, false, random);
        check(octets, whole);
        Heard cut = heard(octets, 1 + random.nextInt(60), true, random);
        assertEquals(whole.codes(), cut.codes());
        assertEquals(texts(whole), texts(cut));
    }

    private static Heard heard(byte[] octets, int largest, boolean isLate, SplittableRandom random) {
        SessionServer server = new SessionServer(
                LIMITS,
                new ScriptedRoute(isLate),
                new SessionRegistry(SessionLimits.Connections.DEFAULT),
                SessionListener.NONE);
        List<String> sent = new ArrayList<>();
        for (int from = 0; from < octets.length && server.channel.isOpen(); ) {
            int length = Math.min(octets.length - from, 1 + random.nextInt(largest));
            server.receive(Arrays.copyOfRange(octets, from, from + length), length);
            from += length;
            if (random.nextInt(4) == 0) {
                take(server, sent);
            }
        }
        take(server, sent);
        boolean isOpen = server.channel.isOpen();
        server.channel.close();
        assertEquals("", server.sent(), "said behind the end");
        assertEquals(0, server.registry.open());
        assertFalse(server.channel.finish());
        return new Heard(codes(sent), List.copyOf(server.route.taken), isOpen);
    }

    private static void take(SessionServer server, List<String> sent) {
        server.settle();
        for (Optional<String> line = server.nextLine(); line.isPresent(); line = server.nextLine()) {
            sent.add(line.get());
        }
    }

    /** The code of the last line of each reply. */
    private static List<Integer> codes(List<String> lines) {
        List<Integer> codes = new ArrayList<>();
        for (String line : lines) {
            assertTrue(line.matches("[2-5][0-9][0-9][ -][\\t -~]*"), line);
            assertTrue(line.length() <= 510, line);
            if (line.charAt(3) == ' ') {
                codes.add(Integer.valueOf(line.substring(0, 3)));
            }
        }
        return codes;
    }

    /** Reads the client's octets side by side with our replies. */
    private static void check(byte[] octets, Heard heard) {
        Deque<Integer> codes = new ArrayDeque<>(heard.codes());
        Deque<PolicyRequest.MailQuestion> mails = new ArrayDeque<>(heard.mails());
        assertEquals(220, codes.remove());
        Expected expected = new Expected();
        ClientStream stream = new ClientStream(octets, LINES);
        boolean isContent = false;
        boolean isOver = false;
        while (!isOver && stream.hasNext(isContent)) {
            assertFalse(codes.isEmpty(), "no reply");
            int code = codes.remove();
            if (isContent) {
                ClientStream.Piece content = stream.content();
                assertTrue(code != 250 || content.isFit(), "took flawed content");
                if (code == 250) {
                    expected.check(mails.remove(), content.text());
                }
                expected.clear();
                isContent = false;
            } else {
                ClientStream.Piece line = stream.line();
                assertTrue(line.isFit() || code >= 500 || code == 421, "took a bad line");
                isContent = code == 354;
                expected.line(line.text(), code);
            }
            isOver = code == 221 || code == 421;
            if (!isOver && !codes.isEmpty() && codes.peek() == 421 && code >= 500) {
                codes.remove();
                isOver = true;
            }
        }
        assertEquals(List.of(), List.copyOf(codes), "more replies than commands");
        assertEquals(isOver, !heard.isOpen(), "open");
        assertTrue(mails.isEmpty(), "more mails than were ended");
    }

    /** The transaction as the client knows it from our replies. */
    private static final class Expected {
        private boolean hasMail;
        private int recipients;

        void line(String line, int code) {
            String verb = line.length() < 4 ? "" : line.substring(0, 4).toUpperCase(Locale.ROOT);
            if (code == 354) {
                assertTrue(hasMail && recipients > 0 && verb.equals("DATA"), "content at a wrong time: " + line);
            } else if (code >= 300) {
                return;
            }
            switch (verb) {
                case "MAIL" -> {
                    assertFalse(hasMail, "nested " + line);
                    hasMail = true;
                    recipients = 0;
                }
                case "RCPT" -> {
                    assertTrue(hasMail, "recipient of nothing: " + line);
                    recipients++;
                }
                case "EHLO", "HELO", "RSET" -> clear();
                default -> {
                    // Nothing else changes the transaction.
                }
            }
        }

        void clear() {
            hasMail = false;
            recipients = 0;
        }

        void check(PolicyRequest.MailQuestion mail, String content) {
            assertEquals(content, text(mail));
            Envelope envelope = mail.mail().envelope();
            // The same recipient twice is said yes to twice, and is one.
            assertTrue(envelope.recipients().size() <= recipients, "more recipients than were accepted");
        }
    }

    private static List<String> texts(Heard heard) {
        return heard.mails().stream()
                .map(mail -> mail.mail().envelope() + text(mail))
                .toList();
    }

    private static String text(PolicyRequest.MailQuestion mail) {
        return new String(((Content.InMemory) mail.mail().content()).octets(), StandardCharsets.ISO_8859_1);
    }
}
