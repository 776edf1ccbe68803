package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.testkit.FakeMailServer;
import dev.caravan.testkit.ReadDsn;
import dev.caravan.testkit.TestServer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which success is told: by the peer's abilities, and by {@code mail.confirm}. */
@Tag("server")
class ConfirmSettingTest {
    @TempDir
    Path folder;

    @Test
    void tellsThatMailWentToAServerThatMayNotReport() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING");
                TestServer node = new TestServer(folder).with(peer).start()) {
            node.send("<alice@local.test>", "<bob@far.test> NOTIFY=SUCCESS");
            ReadDsn dsn = ReadDsn.of(node.mailbox("alice", 1).get(0));
            assertEquals("relayed", dsn.field("Action"));
            assertEquals("2.0.0", dsn.field("Status"));
            assertEquals("dns; 127.0.0.1", dsn.field("Remote-MTA"));
            assertTrue(peer.taken().get(0).recipients().get(0).endsWith("<bob@far.test>"), "no parameters for it");
        }
    }

    @Test
    void alwaysTellsEverybodyButThoseWhoSaidNever() throws Exception {
        try (FakeMailServer peer = new FakeMailServer("PIPELINING", "DSN");
                TestServer node = new TestServer(folder)
                        .with(peer)
                        .set("mail.confirm", "always")
                        .start()) {
            node.send("<alice@local.test>", "<bob@far.test>");
            assertEquals("relayed", ReadDsn.of(node.mailbox("alice", 1).get(0)).field("Action"));
            node.send("<alice@local.test>", "<bob@local.test>");
            List<String> actions = node.mailbox("alice", 2).stream()
                    .map(mail -> ReadDsn.of(mail).field("Action"))
                    .sorted()
                    .toList();
            assertEquals(List.of("delivered", "relayed"), actions);
            node.send("<alice@local.test>", "<carol@local.test> NOTIFY=NEVER");
            node.mailbox("carol", 1);
            node.awaitQuiet();
            assertEquals(2, node.mailbox("alice").size());
            assertEquals(List.of(), node.mailbox("postmaster"));
        }
    }

    @Test
    void neverTellsOfSuccess() throws Exception {
        try (TestServer node = new TestServer(folder)
                .set("mail.confirm", "never")
                .write("aliases", "team: bob, carol\n")
                .start()) {
            node.send("<alice@local.test>", "<bob@local.test> NOTIFY=SUCCESS");
            node.send("<alice@local.test>", "<team@local.test> NOTIFY=SUCCESS");
            node.mailbox("bob", 2);
            node.mailbox("carol", 1);
            node.awaitQuiet();
            assertEquals(List.of(), node.mailbox("alice"));
        }
    }
}
