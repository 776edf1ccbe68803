package dev.caravan.source.mailbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.caravan.source.IdempotentSubmitter.Target;
import dev.caravan.source.SubmissionResult;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.FakeImap;
import dev.caravan.testkit.TestServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("server")
class MailboxSubmitterTest {
    @TempDir
    Path folder;

    @Test
    void readsOneMessageAtATime() throws Exception {
        try (FakeImap imap = new FakeImap();
                TestServer node = new TestServer(folder)
                        .write("mailbox.password", "secret\n")
                        .set("mailbox.server", imap.address())
                        .set("mailbox.user", "box")
                        .set("mailbox.password-file", "mailbox.password")
                        .set("mailbox.to", "alice@local.test")
                        .start()) {
            MailboxSubmitter submitter =
                    node.node().camel().getRegistry().lookupByNameAndType("fetchedMail", MailboxSubmitter.class);
            Target target = new Target(node.node().camel(), "direct:submit");
            CompletableFuture<SubmissionResult> second = new CompletableFuture<>();
            SubmissionResult first = submitter.take(target, "1", out -> {
                byte[] octets = message("first");
                out.write(octets, 0, 50);
                out.flush();
                Thread other = new Thread(() -> complete(second, submitter, target));
                other.start();
                Await.until(
                        "the other thread waits or has ended",
                        () -> other.getState() == Thread.State.BLOCKED || !other.isAlive());
                out.write(octets, 50, octets.length - 50);
            });
            assertInstanceOf(SubmissionResult.Stored.class, first);
            assertInstanceOf(SubmissionResult.Stored.class, second.join());
            List<String> arrived = node.mailbox("alice", 2).stream()
                    .map(mail -> mail.replaceFirst("(?s).*Subject: ([a-z]+)\n.*", "$1"))
                    .sorted()
                    .toList();
            assertEquals(List.of("first", "second"), arrived);
        }
    }

    private static void complete(
            CompletableFuture<SubmissionResult> result, MailboxSubmitter submitter, Target target) {
        try {
            result.complete(submitter.take(target, "2", out -> out.write(message("second"))));
        } catch (Exception e) {
            result.completeExceptionally(new CompletionException(e));
        }
    }

    private static byte[] message(String subject) {
        return ("Return-Path: <s@far.example>\r\nFrom: s@far.example\r\nSubject: " + subject + "\r\n\r\ntext\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
