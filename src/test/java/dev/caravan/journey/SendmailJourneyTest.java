package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.BeforeStart;
import dev.caravan.testkit.RunningServer;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Programs that know sendmail, with and without a running server. */
@RunningServer
class SendmailJourneyTest {
    private static final Path PROGRAM = Path.of("bin/sendmail").toAbsolutePath();
    private static final String USER = System.getProperty("user.name");

    private static TestServer node;

    @BeforeStart
    static void prepare() {
        node.ticking();
    }

    private record Ended(int code, String out, String err) {}

    @BeforeAll
    static void needPerl() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "without Perl");
        Await.until("the socket is there", () -> Files.exists(drop().resolve("socket")));
    }

    private static Path drop() {
        return node.folder().resolve("sendmail");
    }

    private Ended run(String message, String... arguments) throws Exception {
        return run(PROGRAM, message, arguments);
    }

    private Ended run(Path program, String message, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path err = Files.createTempFile(node.folder(), "err", "");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().put("CARAVAN_HOME", node.folder().toString());
        Process process = builder.start();
        try {
            process.getOutputStream().write(message.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
        } catch (IOException e) {
            // It ended without reading, as it does when its arguments are wrong.
            assertFalse(process.isAlive() && process.waitFor(0, TimeUnit.SECONDS));
        }
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return new Ended(process.exitValue(), out, Files.readString(err));
    }

    private void restart(Step meanwhile) throws Exception {
        node.stop();
        meanwhile.run();
        node.start();
    }

    private interface Step {
        void run() throws Exception;
    }

    private long dropped() throws IOException {
        try (Stream<Path> files = Files.list(drop())) {
            return files.filter(file -> file.getFileName().toString().startsWith("new."))
                    .count();
        }
    }

    private String only(String user) throws Exception {
        String mail = node.mailbox(user, 1).get(0);
        node.clear();
        return mail;
    }

    @Test
    void handsAMessageToTheRunningServer() throws Exception {
        String message = "From root Mon Nov 23 10:00:00 2026\nTo: alice\nBcc: bob\nSubject: s\n\nhello\n..\n";
        assertEquals(new Ended(0, "", ""), run(message, "-t", "-oi", "-oem", "-F", "Cron Daemon"));
        String mail = node.mailbox("alice", 1).get(0);
        assertTrue(mail.startsWith("Return-Path: <" + USER + "@mx.test>\n"), mail);
        assertTrue(mail.contains("From: Cron Daemon <" + USER + "@mx.test>\n"), mail);
        assertTrue(mail.endsWith("\n\nhello\n..\n"), mail);
        assertFalse(mail.contains("bob") || mail.contains("From root"), mail);
        assertFalse(only("bob").contains("Bcc"));
        assertEquals(0, dropped());
    }

    @Test
    void saysAtOnceWhatIsWrong() throws Exception {
        Ended noUser = run("Subject: s\n\nx\n", "-i", "dora@local.test");
        assertEquals(67, noUser.code(), noUser.toString());
        assertTrue(noUser.err().startsWith("sendmail: dora@local.test: "), noUser.err());
        assertEquals(64, run("Subject: s\n\nx\n", "-i").code());
        assertEquals(64, run("Subject: s\n\nx\n", "-t").code());
        assertEquals(64, run("x", "-Z", "alice").code());
        assertEquals(64, run("x", "-bt", "alice").code());
        assertEquals(65, run("Subject: a\rb\n\nx\n", "alice").code());
        assertEquals(0, dropped());
    }

    @Test
    void aDotEndsTheMessageUnlessItIsContent() throws Exception {
        assertEquals(0, run("Subject: s\n\none\n.\ntwo\n", "alice").code());
        assertTrue(only("alice").endsWith("\none\n"));
        assertEquals(0, run("Subject: s\n\none\n.\ntwo\n", "-ti", "alice").code());
        assertTrue(only("alice").endsWith("\none\n.\ntwo\n"));
    }

    @Test
    void keepsAMessageWhileNoServerRuns() throws Exception {
        restart(() -> {
            assertEquals(new Ended(0, "", ""), run("Subject: later\n\nx\n", "-i", "alice"));
            assertEquals(
                    0,
                    run("Subject: who\n\nx\n", "-i", "-f", "bob@local.test", "dora@local.test")
                            .code());
            assertEquals(2, dropped());
            assertEquals(69, run("", "-bs").code());
        });
        assertTrue(node.mailbox("alice", 1).get(0).contains("Subject: later\n"));
        // Its sender hears by mail of the one that cannot be delivered.
        assertTrue(node.mailbox("bob", 1).get(0).contains("dora@local.test"));
        assertEquals(0, dropped());
    }

    /** The server took it and ended before it could say so, or before it could remove the file. */
    @Test
    void sendsAMessageOnceThatComesTwice() throws Exception {
        Path[] copy = new Path[1];
        restart(() -> {
            assertEquals(0, run("Subject: once\n\nx\n", "-i", "alice").code());
            try (Stream<Path> files = Files.list(drop())) {
                copy[0] = files.filter(file -> file.getFileName().toString().startsWith("new."))
                        .findFirst()
                        .orElseThrow();
            }
            Files.copy(copy[0], node.folder().resolve("copy"));
        });
        node.mailbox("alice", 1);
        restart(() -> Files.copy(node.folder().resolve("copy"), copy[0]));
        Await.until("the file is gone", () -> Files.notExists(copy[0]));
        Await.until(
                "it is done", () -> Files.notExists(drop().resolve("claimed").resolve(copy[0].getFileName())));
        assertEquals(1, node.mailbox("alice").size());
    }

    @Test
    void takesLargeMessagesByTheFolder() throws Exception {
        String message = "Subject: large\n\n" + "0123456789abcdef\n".repeat(200_000);
        assertEquals(0, run(message, "alice").code());
        assertTrue(only("alice").endsWith(message.substring(message.indexOf("\n\n"))));
    }

    @Test
    void takesNothingFromTheFolderThatIsNotAFileOfItsOwn() throws Exception {
        Path secret = Files.writeString(node.folder().resolve("secret"), "of somebody else");
        String name = "new." + "0123456789abcde".repeat(2);
        Files.createSymbolicLink(drop().resolve(name), secret);
        Path hard = drop().resolve("new." + "1123456789abcde".repeat(2));
        Files.createLink(hard, secret);
        Path cut = drop().resolve("new." + "2123456789abcde".repeat(2));
        Files.write(cut, new byte[] {0, 0, 0});
        Path invalid = drop().resolve("invalid");
        Await.until(
                "they are set aside",
                () -> Stream.of(
                                name,
                                hard.getFileName().toString(),
                                cut.getFileName().toString())
                        .allMatch(
                                file -> Files.exists(invalid.resolve(file), java.nio.file.LinkOption.NOFOLLOW_LINKS)));
        assertEquals(0, node.depth("mail.deliver.local"));
        assertEquals("of somebody else", Files.readString(secret));
    }

    @Test
    void letsEveryUserAddAndNoneRead() throws Exception {
        int mode = (int) Files.getAttribute(drop(), "unix:mode") & 07777;
        assertTrue(mode == 03733 || mode == 01733, Integer.toOctalString(mode));
        assertEquals(0666, (int) Files.getAttribute(drop().resolve("socket"), "unix:mode") & 0777);
        assertEquals(0700, (int) Files.getAttribute(drop().resolve("claimed"), "unix:mode") & 0777);
    }

    @Test
    void speaksSmtp() throws Exception {
        String dialogue = "EHLO me\r\nMAIL FROM:<a@far.test>\r\nRCPT TO:<carol@local.test>\r\nDATA\r\n"
                + "Subject: by smtp\r\n\r\nx\r\n.\r\nQUIT\r\n";
        Ended ended = run(dialogue, "-bs");
        assertEquals(0, ended.code(), ended.err());
        assertTrue(ended.out().startsWith("220 mx.test"), ended.out());
        assertTrue(ended.out().contains("\r\n221 "), ended.out());
        assertTrue(only("carol").contains("Subject: by smtp"));
    }

    @Test
    void doesNothingForAliasesAndTheQueue() throws Exception {
        assertEquals(new Ended(0, "", ""), run("", "-bi"));
        assertEquals(new Ended(0, "", ""), run("", "-q"));
        assertEquals(new Ended(0, "", ""), run(PROGRAM.resolveSibling("newaliases"), ""));
    }
}
