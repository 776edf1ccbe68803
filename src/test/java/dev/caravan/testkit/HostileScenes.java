package dev.caravan.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.HostileClients.Caller;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/**
 * What hostile clients do to a server, in any number. After each scene a decent client is served, only its mails are
 * there, nothing is left of the others, and no stack trace is in the log.
 */
public final class HostileScenes implements AutoCloseable {
    /** Commands that cost their giver nothing, and lead to no mail. */
    public static final List<String> JUNK_COMMANDS =
            List.of("NOOP", "RSET", "VRFY postmaster", "HELP", "EHLO c.test", "HELO c.test");

    private static final int JUNK = 100;
    private static final int RECIPIENTS = 1000;
    /** So many commands are sent well within the time that we listen to who was sent away. */
    private static final int HEARD_TO_THE_END = 10_000;

    private static final String ENVELOPE = "EHLO c.test\r\nMAIL FROM:<a@far.test>\r\nRCPT TO:<alice@local.test>\r\n";
    private static final String MAIL = "Subject: x\r\n\r\nhello\r\n.\r\n";
    private static final Pattern REPLIES = Pattern.compile("(?:[2-5][0-9][0-9][ -][\\t -~]*\r\n)*");
    private static final String LINE = "x".repeat(998) + "\r\n";

    private final TestServer node;
    private final Aftermath aftermath;
    private int decentMails;

    /** @param connections at once, in all and from one address. */
    public HostileScenes(Path folder, int connections) throws Exception {
        node = new TestServer(folder)
                .with(new FakeDns())
                .set("smtp.max-connections", Integer.toString(connections))
                .set("smtp.max-connections-per-address", Integer.toString(connections))
                .set("content.max-size", "1MiB")
                .set("delivery.paused", "true")
                .start();
        for (int i = 0; i < 20; i++) {
            decentMail();
        }
        aftermath = new Aftermath(node);
    }

    @Override
    public void close() {
        aftermath.close();
        node.close();
    }

    /** Clients that send one octet at a time, with a decent one beside them. */
    public void slowClients(int count, int octets, long millis) throws IOException {
        String all = ENVELOPE + "DATA\r\n" + MAIL;
        try (HostileClients clients = clients()) {
            List<Caller> slow = clients.callAll(count, "");
            Await.until("all are greeted", () -> slow.stream().allMatch(caller -> caller.count(220) == 1));
            slow.forEach(caller -> caller.drip(all.substring(0, octets), millis));
            for (int i = 0; i < 10; i++) {
                decentMail();
            }
            Await.until("EHLO is heard by all", () -> slow.stream().allMatch(caller -> caller.count(250) >= 1));
            decentMail();
            assertEquals(0, slow.stream().filter(Caller::isOver).count(), "slow clients were cut off");
        }
        over();
    }

    /** More connections than there may be: each hears a greeting or why not. */
    public void floodOfConnections(int count, int limit) throws IOException {
        try (HostileClients clients = clients()) {
            List<Caller> all = clients.callAll(count, "");
            Await.until(
                    "each hears something",
                    () -> all.stream().allMatch(caller -> caller.count(220) + caller.count(421) == 1));
            assertEquals(
                    limit, all.stream().filter(caller -> caller.count(220) == 1).count());
            Await.until(
                    "who is too many is sent away",
                    () -> all.stream().filter(Caller::isOver).count() == count - limit);
        }
        over();
    }

    /** Connections that are torn down as soon as they are there. */
    public void openedAndDropped(int count) throws IOException {
        try (HostileClients clients = clients()) {
            for (int i = 0; i < count; i++) {
                Caller caller = clients.call(i % 2 == 0 ? "" : ENVELOPE);
                Await.until("connected", () -> caller.isConnected() || caller.isOver());
                caller.reset();
            }
        }
        over();
    }

    /** A command line without end. */
    public void endlessCommandLine(int mebibytes) throws IOException {
        try (HostileClients clients = clients()) {
            Caller caller = greeted(clients);
            caller.send("x".repeat(1024), mebibytes * 1024L);
            awaitUnsent(caller);
            caller.send("\r\nNOOP\r\n");
            caller.await("\r\n250 2.0.0 ok\r\n");
            assertEquals(List.of(220, 500, 250), caller.codes());
        }
        over();
    }

    /** A header without end, then a line without end: read on to the dot, and refused. */
    void endlessContent(int mebibytes, String piece, int code) throws IOException {
        try (HostileClients clients = clients()) {
            Caller caller = greeted(clients);
            caller.send(ENVELOPE + "DATA\r\n");
            caller.await("\r\n354 ");
            caller.send(piece, mebibytes * 1024L * 1024 / piece.length());
            awaitUnsent(caller);
            caller.send("\r\n.\r\nNOOP\r\n");
            caller.await("\r\n250 2.0.0 ok\r\n");
            assertEquals(List.of(220, 250, 250, 250, 354, code, 250), caller.codes());
        }
        over();
    }

    public void endlessHeader(int mebibytes) throws IOException {
        endlessContent(mebibytes, "X-Field: " + LINE, 552);
    }

    public void endlessContentLine(int mebibytes) throws IOException {
        endlessContent(mebibytes, "x".repeat(1024), 554);
    }

    /** Recipients without end, all sent before the first reply is read. */
    public void recipients(int count) throws IOException {
        try (HostileClients clients = clients()) {
            Caller caller = greeted(clients);
            caller.send("EHLO c.test\r\nMAIL FROM:<a@far.test>\r\n");
            caller.send("RCPT TO:<alice+x@local.test>\r\n", count);
            caller.awaitEnd();
            // EHLO, which is junk too, MAIL and the first; those that change nothing, and the rest of the junk.
            long most = 3 + RECIPIENTS + JUNK - 1;
            if (last(caller) == 421 || count <= HEARD_TO_THE_END) {
                assertEquals(421, last(caller));
                assertEquals(most, caller.count(250));
            } else {
                // Who sends for longer than we listen after our last reply is cut off, and may lose what he did not
                // read.
                assertTrue(caller.count(250) <= most, caller.heard());
            }
        }
        over();
    }

    /** One command again and again. */
    public void commands(String command, int count) throws IOException {
        try (HostileClients clients = clients()) {
            Caller caller = greeted(clients);
            caller.send(command + "\r\n", count);
            caller.awaitEnd();
            List<Integer> codes = caller.codes();
            assertEquals(421, last(caller), command);
            assertEquals(1 + JUNK + 1, codes.size(), command);
        }
        over();
    }

    /** Octets without any sense. */
    public void randomOctets(int connections) throws IOException {
        Random random = new Random(connections);
        try (HostileClients clients = clients()) {
            for (int i = 0; i < connections; i++) {
                StringBuilder octets = new StringBuilder();
                for (int j = random.nextInt(5000); j > 0; j--) {
                    octets.append((char) (random.nextInt(20) == 0 ? "\r\n".charAt(j & 1) : random.nextInt(256)));
                }
                Caller caller = clients.call(i % 2 == 0 ? octets.toString() : ENVELOPE + octets);
                Await.until("greeted", () -> caller.count(220) == 1 || caller.isOver());
                caller.send("\r\n.\r\nQUIT\r\n");
                caller.awaitEnd();
                assertTrue(REPLIES.matcher(caller.heard()).matches(), caller.heard());
                assertTrue(last(caller) == 221 || last(caller) == 421, caller.heard());
            }
        }
        over();
    }

    /** Other protocols: each is told at once that it is in the wrong place. */
    public void otherProtocols(int times) throws IOException {
        String hello = "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003";
        String post = "POST / HTTP/1.1\r\nHost: mx.test\r\nContent-Length: 1000\r\n\r\n" + ENVELOPE + "DATA\r\n" + MAIL;
        try (HostileClients clients = clients()) {
            for (int i = 0; i < times; i++) {
                for (String first : List.of(hello, post, "CONNECT mx.test:25 HTTP/1.1\r\n\r\n")) {
                    Caller caller = clients.call(first);
                    caller.awaitEnd();
                    assertEquals(List.of(220, 421), caller.codes(), caller.heard());
                }
            }
        }
        over();
    }

    /** Whole sessions before the greeting: taken, and never out of step. */
    public void earlyTalkers(int count) throws IOException {
        long before = node.depth("mail.deliver.local");
        String session = ENVELOPE + "VRFY x\r\nDATA\r\n" + MAIL + "NONSENSE\r\nQUIT\r\n";
        try (HostileClients clients = clients()) {
            List<Caller> all = clients.callAll(count, session);
            all.forEach(Caller::awaitEnd);
            for (Caller caller : all) {
                assertEquals(List.of(220, 250, 250, 250, 252, 354, 250, 500, 221), caller.codes(), caller.heard());
            }
        }
        assertEquals(before + count, node.depth("mail.deliver.local"));
        decentMails += count;
        over();
    }

    /** Half a mail, and then no more. */
    public void leftInTheMiddle(int count, boolean isReset) throws IOException {
        try (HostileClients clients = clients()) {
            for (int i = 0; i < count; i++) {
                Caller caller = greeted(clients);
                caller.send(ENVELOPE + "DATA\r\n");
                caller.await("\r\n354 ");
                // Some in memory, some in the spool already.
                caller.send(LINE, i % 2 == 0 ? 3 : 400);
                awaitUnsent(caller);
                if (isReset) {
                    caller.reset();
                } else {
                    caller.send("\r\n.");
                    caller.halfClose();
                }
                caller.awaitEnd();
            }
        }
        over();
    }

    /** Clients that talk and never listen: what we have to say to them does not pile up. */
    public void neverReading(int count) throws IOException {
        try (HostileClients clients = clients()) {
            for (int i = 0; i < count; i++) {
                Caller caller = clients.call("", false);
                Await.until("connected", caller::isConnected);
                caller.send("EHLO c.test\r\nMAIL FROM:<a@far.test>\r\n");
                caller.send("RCPT TO:<alice+x@local.test>\r\n", 1_000_000);
            }
            for (int i = 0; i < 5; i++) {
                decentMail();
            }
        }
        over();
    }

    private HostileClients clients() {
        return new HostileClients(node.smtp());
    }

    private static Caller greeted(HostileClients clients) {
        Caller caller = clients.call("");
        caller.await("220 mx.test ");
        return caller;
    }

    private static void awaitUnsent(Caller caller) {
        Await.until("all is sent", () -> caller.hasSentAll() || caller.isOver());
    }

    private static int last(Caller caller) {
        List<Integer> codes = caller.codes();
        return codes.get(codes.size() - 1);
    }

    private void decentMail() throws IOException {
        String reply = SmtpTestClient.sendOne(
                node.smtp(), "<good@far.test>", "<alice@local.test>", "Subject: decent\r\n\r\nhello\r\n");
        assertTrue(reply.startsWith("250 2.0.0 "), reply);
        decentMails++;
    }

    /** Nothing is left but a server that works as before. */
    private void over() throws IOException {
        aftermath.awaitSilence();
        decentMail();
        aftermath.check(decentMails);
    }
}
