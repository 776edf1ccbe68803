package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.SmtpTestClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients hear 421 while there are file handles left for the store, the spool and deliveries. */
@Tag("server")
class FewHandlesTest {
    @TempDir
    Path home;

    @Test
    void serversWithFewHandlesGoOn() throws Exception {
        // A file for each content, too.
        List<String> settings = List.of(
                "smtp.max-connections-per-address=10000", "content.inline-limit=1KiB", "http.listen=127.0.0.1:0");
        try (Child child = Child.withHandles(400, home, settings)) {
            List<SmtpTestClient> admitted = new ArrayList<>();
            List<SmtpTestClient> all = new ArrayList<>();
            try {
                int refused = 0;
                for (int i = 0; i < 600; i++) {
                    SmtpTestClient talk = new SmtpTestClient(child.smtp());
                    all.add(talk);
                    if (talk.greeting().startsWith("220 ")) {
                        admitted.add(talk);
                    } else {
                        assertTrue(talk.greeting().startsWith("421 "), talk.greeting());
                        refused++;
                    }
                }
                assertTrue(refused > 300, refused + " were refused");
                assertTrue(admitted.size() > 10, admitted.size() + " were admitted");
                for (SmtpTestClient talk : admitted) {
                    talk.say("HELO client.test");
                    talk.say("MAIL FROM:<a@far.test>");
                    talk.say("RCPT TO:<alice@local.test>");
                    talk.say("DATA");
                    talk.raw("Subject: x\r\n\r\n" + "0123456789\r\n".repeat(1000));
                }
                for (SmtpTestClient talk : admitted) {
                    assertTrue(talk.say(".").startsWith("250 "));
                }
            } finally {
                for (SmtpTestClient talk : all) {
                    talk.close();
                }
            }
            Path box = home.resolve("data/maildir/alice/new");
            Await.until("all are delivered", () -> count(box) == admitted.size() && child.open() == 0);
            assertEquals(admitted.size(), count(box));
            Files.writeString(home.resolve("caravan.properties"), "my.key=1\nqueue.bounced-retention=1d\n");
            Await.until("the file is read again", () -> child.log().contains("queue.bounced-retention was changed"));
            assertEquals(
                    1, child.log().split("the system allows this process 400 open files", -1).length - 1, child.log());
        }
    }

    private static long count(Path folder) {
        if (!Files.exists(folder)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
