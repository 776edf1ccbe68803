package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.Await;
import dev.caravan.testkit.JmsProbe;
import dev.caravan.testkit.RecipeHome;
import dev.caravan.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A route of the operator's takes mail from an endpoint that we know nothing of, as docs/sources.md shows for SFTP. */
@Tag("server")
class NamedMailTest {
    private static final String LOCAL = "mail.deliver.local";

    private static final String ROUTE = """
            - route:
                id: collect-drops
                routeConfigurationId: receive-failures
                from:
                  uri: "file:%s"
                  parameters:
                    include: ".*[.]eml"
                    delete: true
                    readLock: none
                    delay: 200
                  steps:
                    - bean:
                        id: submit-drop
                        ref: namedMail
                        method: "submitTo('direct:submit', ${header.CamelFileName} ${header.CamelFileLastModified})"
            """;

    @TempDir
    Path folder;

    private Path drops;

    @BeforeEach
    void makeHome() throws IOException {
        drops = Files.createDirectories(folder.resolve("drops"));
        RecipeHome.with(folder);
        Files.createDirectories(folder.resolve("routes/sources"));
        Files.writeString(folder.resolve("routes/sources/drops.camel.yaml"), ROUTE.formatted(drops));
    }

    private void drop(String name, String mail) throws IOException {
        Path written = Files.writeString(drops.resolve(name + ".tmp"), mail);
        Files.setLastModifiedTime(written, FileTime.from(Instant.EPOCH));
        Files.move(written, drops.resolve(name));
    }

    private boolean isEmpty() {
        try (Stream<Path> files = Files.list(drops)) {
            return files.noneMatch(file -> file.toString().endsWith(".eml"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void takesEachOnceAndSetsAsideWhatIsNoMail() throws Exception {
        String mail = "From: a@far.test\nTo: alice@local.test\nSubject: x\n\nhello\n";
        drop("1.eml", mail);
        drop("2.eml", "{\"from\": \"a@far.test\", \"to\": \"alice@local.test\"}");
        drop("3.eml", "Subject: nobody\n\n");
        try (TestServer node =
                        new TestServer(folder).set("delivery.paused", "true").start();
                JmsProbe talk = new JmsProbe()) {
            Await.until("all are taken", this::isEmpty);
            assertEquals(2, node.depth(LOCAL));
            assertTrue(talk.browse("mail.submit.invalid")
                    .get(0)
                    .getStringProperty("reason")
                    .startsWith("no sender"));
            assertEquals("ROUTE", node.items(LOCAL).get(0).mail().arrival().protocol());
            // As if it had not gone.
            drop("1.eml", mail);
            drop("4.eml", mail.replace("hello", "bye"));
            Await.until("both are taken", this::isEmpty);
            assertEquals(3, node.depth(LOCAL));
        }
    }
}
