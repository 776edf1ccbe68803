package dev.caravan.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeMailServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What programs that know sendmail rely on: content, envelope, and codes. */
class SendmailCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private FakeMailServer server;

    @BeforeEach
    void listen() throws IOException {
        server = new FakeMailServer();
        sayYes();
    }

    @AfterEach
    void close() {
        server.close();
    }

    private void sayYes() {
        server.clear();
        server.reply("connect", "220-mx.test\n220 ready");
        server.reply(".", "250 2.0.0 ok queued as 0123456789ABCDEF");
    }

    /** The commands of a dialogue that is over, and the lines of the content behind DATA. */
    private List<String> heard() {
        Await.until("goodbye", () -> server.heard("QUIT") == 1);
        List<String> lines = new ArrayList<>(server.commands());
        lines.addAll(
                lines.indexOf("DATA") + 1,
                server.taken().get(0).content().lines().toList());
        return lines;
    }

    @Test
    void sendsContentAndPrintsItsId() throws Exception {
        int code = run("From: me\nDate: today\nMessage-Id: <1>\nSubject: s\n\nbody\r\nend", "-f", "a@x", "b@y", "c@z");
        assertEquals(0, code, err.toString());
        assertEquals("0123456789ABCDEF\n", out.toString());
        assertEquals(
                List.of(
                        "EHLO mx.test",
                        "MAIL FROM:<a@x> SIZE=65",
                        "RCPT TO:<b@y>",
                        "RCPT TO:<c@z>",
                        "DATA",
                        "From: me",
                        "Date: today",
                        "Message-Id: <1>",
                        "Subject: s",
                        "",
                        "body",
                        "end",
                        "QUIT"),
                heard());
    }

    @Test
    void addsWhatAMailMustNotLack() throws Exception {
        assertEquals(0, run("Subject: s\n folded\nno field\n", "b@y"));
        List<String> lines = heard();
        String me = System.getProperty("user.name") + "@mx.test";
        assertTrue(lines.get(1).startsWith("MAIL FROM:<" + me + "> SIZE="), lines.toString());
        assertEquals(List.of("Subject: s", " folded"), lines.subList(4, 6));
        assertTrue(
                lines.get(6).matches("Date: \\w{3}, \\d{1,2} \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}"),
                lines.get(6));
        assertEquals("From: <" + me + ">", lines.get(7));
        assertTrue(lines.get(8).matches("Message-ID: <[0-9a-f-]{36}@mx\\.test>"), lines.get(8));
        assertEquals(List.of("", "no field", "QUIT"), lines.subList(9, 12));
    }

    @Test
    void aDotEndsTheMailUnlessItIsContent() throws Exception {
        assertEquals(0, run("Subject: s\n\n..\none\n.\ntwo\n", "b@y"));
        List<String> lines = heard();
        assertTrue(lines.contains(".."), lines.toString());
        assertFalse(lines.contains("two"), lines.toString());

        sayYes();
        assertEquals(0, run("Subject: s\n\none\n.\ntwo\n", "-i", "--", "b@y"));
        lines = heard();
        assertEquals(List.of("one", ".", "two", "QUIT"), lines.subList(lines.indexOf("one"), lines.size()));
    }

    @Test
    void passesWishesOn() throws Exception {
        assertEquals(0, run("\n\u00e4\n", "-f", "<>", "-N", "success,delay", "-R", "hdrs", "-V", "a+b=c", "b@y"));
        assertTrue(heard().get(1).matches("MAIL FROM:<> SIZE=\\d+ BODY=8BITMIME RET=HDRS ENVID=a\\+2Bb\\+3Dc"));
        assertEquals("RCPT TO:<b@y> NOTIFY=SUCCESS,DELAY", heard().get(2));
    }

    @Test
    void endsWithTheCodesOfSysexits() throws Exception {
        assertRefusal(75, "MAIL", "452 4.3.1 no room");
        assertRefusal(69, "MAIL", "550 5.7.1 no");
        assertRefusal(75, "RCPT", "451 4.4.3 later");
        assertRefusal(67, "RCPT", "550 5.1.1 no such user");
        assertRefusal(68, "RCPT", "550 5.1.2 no such domain");
        assertRefusal(69, "RCPT", "550 5.7.1 no relaying");
        assertRefusal(65, ".", "554 5.6.0 bare CR");
        assertRefusal(75, ".", "451 4.3.0 later");
        assertRefusal(75, "connect", "421 4.3.2 busy");
    }

    @Test
    void nobodyListeningIsWorthAnotherTry() throws Exception {
        server.close();
        assertEquals(75, run("\n", "b@y"));
    }

    @Test
    void refusesWhatWouldBeMoreThanAnAddress() {
        assertEquals(64, run("\n", "b@y>\r\nRCPT TO:<c@z"));
        assertEquals(64, run("\n", "-f", "a@x\r\nQUIT", "b@y"));
        assertEquals(64, run("\n", "-N", "always", "b@y"));
        assertEquals(64, run("\n", "-R", "half", "b@y"));
        assertEquals(64, run("\n", "-V", "a b", "b@y"));
        assertEquals(64, run("\n"));
    }

    private void assertRefusal(int code, String command, String reply) throws Exception {
        sayYes();
        server.reply(command, reply);
        assertEquals(code, run("Subject: s\n", "b@y"), command + " " + reply);
        assertTrue(err.toString().endsWith("caravan sendmail: " + reply + "\n"), err.toString());
    }

    private int run(String mail, String... arguments) {
        ByteArrayInputStream in = new ByteArrayInputStream(mail.getBytes(StandardCharsets.UTF_8));
        CommandLine line = CaravanCommand.commandLine(new OnlySubmission(server.socketAddress()), in);
        List<String> all = new ArrayList<>(List.of("sendmail"));
        all.addAll(List.of(arguments));
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    private record OnlySubmission(InetSocketAddress server) implements CommandBackend {
        @Override
        public Users users(Path home, Map<String, String> settings) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Submission submission(Path home, Map<String, String> settings) {
            return new Submission(server, "mx.test");
        }

        @Override
        public Path control(Path home) {
            return home.resolve("data/control");
        }

        @Override
        public int run(Path home, Map<String, String> settings) {
            throw new AssertionError("not asked for");
        }

        @Override
        public int broker(Path home, Map<String, String> settings) {
            throw new AssertionError("not asked for");
        }

        @Override
        public int check(Path home, Map<String, String> settings) {
            throw new AssertionError("not asked for");
        }

        @Override
        public int test(Path home, Map<String, String> settings, List<Path> files) {
            throw new AssertionError("not asked for");
        }
    }
}
