package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.net.FreePort;
import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.HoldingMailHost;
import dev.caravan.testkit.OperatorCli;
import dev.caravan.testkit.TestServer;
import jakarta.jms.Connection;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that an operator gives to one server, about mail that another one at the same broker is delivering. */
@Tag("server")
class InHandOfOthersTest {
    @TempDir
    Path folder;

    private HoldingMailHost host;
    private TestServer idle;
    private TestServer busy;
    private OperatorCli operator;

    @BeforeEach
    void start() throws Exception {
        host = new HoldingMailHost("RCPT");
        int port = FreePort.at("127.0.0.1");
        idle = server("idle")
                .set("delivery.paused", "true")
                .set("broker.listen", "tcp://127.0.0.1:" + port)
                .start();
        busy = server("busy").set("broker.url", "tcp://127.0.0.1:" + port).start();
        operator = new OperatorCli(idle.folder());
    }

    private TestServer server(String name) throws IOException {
        return new TestServer(folder.resolve(name))
                .set("delivery.smarthost", host.address())
                .set("content.spool", folder.resolve("spool").toString())
                .set("delivery.maildirs", folder.resolve("maildir").toString());
    }

    @AfterEach
    void stop() {
        host.close();
        busy.close();
        idle.close();
    }

    private void deliver() throws Exception {
        idle.send("<bob@local.test>", "<x@far.test>");
        host.awaitHeld(1);
    }

    private void assertSays(String words, String... command) {
        Await.until(
                "the other server listens", () -> operator.types(command).out().equals(words + "\n"));
    }

    @Test
    void reachTheServerThatHasIt() throws Exception {
        deliver();
        assertSays("1 held", "queue", "hold", "--domain", "far.test", "--reason", "ticket 7");
        assertEquals(0, idle.depth(QueueNames.deliver("smtp")));
        assertEquals(
                "ticket 7",
                idle.items(QueueNames.HOLD)
                        .get(0)
                        .attributes()
                        .hold()
                        .orElseThrow()
                        .reason());
        assertEquals(0, operator.lists("--state", "in-hand").size());
    }

    @Test
    void areRefusedAfterTheFinalDot() throws Exception {
        host.holdAt(".");
        deliver();
        assertSays(
                "0 removed; being delivered, and not touched, because the last reply is awaited: 1",
                "queue",
                "remove",
                "--all",
                "--state",
                "in-hand",
                "--yes");
        host.release();
        Await.until("it is delivered", () -> idle.depth(QueueNames.deliver("smtp")) == 0);
        assertEquals(1, host.taken().size());
    }

    @Test
    void otherMessagesOfTheTopicDoNothing() throws Exception {
        deliver();
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            for (Message message : new Message[] {
                session.createTextMessage("{\"version\":1,\"server\":\"x\",\"verb\":\"remove\"}"),
                session.createTextMessage("remove all"),
                session.createMessage()
            }) {
                message.setJMSReplyTo(session.createQueue(QueueNames.SUBMIT));
                session.createProducer(session.createTopic(QueueNames.CONTROL)).send(message);
            }
        }
        assertSays("1 removed", "queue", "remove", "--to", "x@far.test", "--yes");
        assertEquals(0, idle.depth(QueueNames.SUBMIT));
        assertEquals(0, host.taken().size());
    }
}
