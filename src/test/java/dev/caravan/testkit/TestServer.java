package dev.caravan.testkit;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.broker.BrowsedQueue;
import dev.caravan.broker.MessageCopy;
import dev.caravan.broker.StoreScanner;
import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ServerHome;
import dev.caravan.dns.MailDns;
import dev.caravan.net.ListenerKind;
import dev.caravan.queue.ClockWatch;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.QueueItemFormat;
import dev.caravan.queue.QueueNames;
import dev.caravan.queue.Spool;
import dev.caravan.server.CaravanServer;
import dev.caravan.server.ServerSettings;
import dev.caravan.server.TestOverrides;
import jakarta.jms.Connection;
import jakarta.jms.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.command.ActiveMQDestination;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * A whole server in a folder of its own, with the real routes and broker configuration, on a free port. Timers do not
 * run: the test calls {@link CaravanServer#tick}. Closing stops it cleanly; the same folder may be started again.
 */
public final class TestServer implements AutoCloseable {
    private static final Path DISTRIBUTION = Path.of("").toAbsolutePath();

    private final Path folder;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private TestOverrides overrides = TestOverrides.none().ticking(false);
    private Optional<CaravanServer> node = Optional.empty();

    /** A server that is not started yet: mx.test, whose local domain is local.test with alice, bob and carol. */
    public TestServer(Path folder) {
        this.folder = folder;
        set("mail.hostname", "mx.test");
        set("mail.local-domains", "local.test");
        set("smtp.listen", "127.0.0.1:0");
        set("http.listen", "");
        set("delivery.max-in-hand", "4");
        try {
            Files.createDirectories(folder);
            if (!Files.exists(folder.resolve("users"))) {
                Files.writeString(folder.resolve("users"), "alice\nbob\ncarol\n");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public TestServer set(String key, String value) {
        settings.put(key, value);
        return this;
    }

    /** A clock that is never set: as much time has passed as it says. */
    public TestServer with(Clock other) {
        return with(ClockWatch.steady(other));
    }

    /** A clock that may be set. */
    public TestServer with(ClockWatch other) {
        overrides = overrides.with(other);
        return this;
    }

    /** Finds mail hosts by a DNS of the test. */
    public TestServer with(MailDns other) {
        overrides = overrides.with(other);
        return this;
    }

    /** Sends all mail for other domains to one server. */
    public TestServer with(FakeMailServer smarthost) {
        return set("delivery.smarthost", smarthost.address());
    }

    /** Writes a file of the home. */
    public TestServer write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return this;
    }

    /** Lets the timers run. */
    public TestServer ticking() {
        overrides = overrides.ticking(true);
        return this;
    }

    /** A clean stop cuts off what is in hand after that time, not 20 s. */
    public TestServer stoppingWithin(Duration limit) {
        overrides = overrides.stoppingWithin(limit);
        return this;
    }

    public TestServer start() throws Exception {
        ServerHome home = home();
        node = Optional.of(CaravanServer.start(
                home,
                ServerSettings.load(home, settings, Map.of()),
                () -> {},
                ConfigurationCheck::ofRoutes,
                overrides));
        return this;
    }

    public ServerHome home() {
        return new ServerHome(folder, DISTRIBUTION);
    }

    public Path folder() {
        return folder;
    }

    public CaravanServer node() {
        return node.orElseThrow();
    }

    /** The first address of a kind of listener. */
    public InetSocketAddress smtp(ListenerKind kind) {
        return node().listeners().of(kind).get(0).address().socketAddress();
    }

    public InetSocketAddress smtp() {
        return node().smtpAddress();
    }

    /** Sends a short message to it, as {@link #send(String, List, String)}. */
    public void send(String from, String... to) throws IOException {
        send(from, List.of(to), SmtpTestClient.HELLO);
    }

    /**
     * Sends a message to it by SMTP, as {@link SmtpTestClient#send}.
     *
     * @throws AssertionError if it refuses the sender, any recipient or the content.
     */
    public void send(String from, List<String> to, String content) throws IOException {
        String reply = trySend(from, to, content);
        if (!reply.startsWith("250 ")) {
            throw new AssertionError("got <" + reply + "> (expected: 250)");
        }
    }

    /** Sends a message to it by SMTP; returns the reply to the content, or the first refusal. */
    public String trySend(String from, List<String> to, String content) throws IOException {
        return SmtpTestClient.sendOne(smtp(), from, to, content);
    }

    /** Whether the embedded broker has that queue. */
    public boolean hasQueue(String queue) {
        return node().broker()
                .orElseThrow()
                .service()
                .getRegionBroker()
                .getDestinationMap()
                .containsKey(new ActiveMQQueue(queue));
    }

    /** How many messages a queue of the embedded broker holds, those in a consumer's hand included. */
    public long depth(String queue) {
        try {
            Destination destination = node().broker().orElseThrow().service().getDestination(new ActiveMQQueue(queue));
            return destination.getDestinationStatistics().getMessages().getCount();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** How many messages were taken from a queue of the embedded broker for good. */
    public long taken(String queue) {
        try {
            Destination destination = node().broker().orElseThrow().service().getDestination(new ActiveMQQueue(queue));
            return destination.getDestinationStatistics().getDequeues().getCount();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The items in a queue, at most some hundred. */
    public List<QueueItem> items(String queue) throws Exception {
        Spool spool = new Spool(home().data().resolve("spool"), 1 << 20, 1 << 20);
        List<QueueItem> items = new ArrayList<>();
        try (Connection connection = new BrokerConnections(BrokerConnections.embeddedUrl()).open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
                BrowsedQueue browsed = new BrowsedQueue(session, queue)) {
            while (browsed.hasNext()) {
                items.add(
                        QueueItemFormat.read(MessageCopy.octets(browsed.next()).orElseThrow(), spool));
            }
        }
        return items;
    }

    /** Has the broker look through a queue, and so take away what expired there. */
    public void look(String queue) {
        try {
            items(queue);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The mails in a user's Maildir, whole, with LF line ends, oldest name first. */
    public List<String> mailbox(String user) {
        Path folderOfNew = folder.resolve("data/maildir").resolve(user).resolve("new");
        if (!Files.isDirectory(folderOfNew)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folderOfNew)) {
            List<String> mails = new ArrayList<>();
            for (Path file : files.sorted().toList()) {
                mails.add(new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
            }
            return mails;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mails in a user's Maildir, when there are so many. */
    public List<String> mailbox(String user, int count) {
        Await.until(user + " has " + count + " mails", () -> mailbox(user).size() >= count);
        List<String> mails = mailbox(user);
        if (mails.size() > count) {
            throw new AssertionError(mails.size() + " mails for " + user + ": " + mails);
        }
        return mails;
    }

    /** Waits until nothing is due any more: no mail is in a delivery, or dead and not yet returned. */
    public void awaitQuiet() {
        Await.until(
                "nothing is due",
                () -> depth("mail.deliver.smtp") + depth("mail.deliver.local") + parked() + depth("mail.dead") == 0
                        && node().deliveries() == 0);
    }

    /** The number of messages in all queues of parked mail. */
    public long parked() {
        try {
            StoreScanner queues = new StoreScanner(node().broker().orElseThrow().service());
            long parked = 0;
            for (String queue : queues.queues()) {
                parked += queue.startsWith(QueueNames.PARKED_PREFIX) ? queues.depth(queue) : 0;
            }
            return parked;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Makes a running server as new for the next test: no mail is left in its queues, Maildirs and spool. What is due is
     * delivered before, unless delivery is paused.
     */
    public void clear() throws Exception {
        if (!Boolean.parseBoolean(settings.get("delivery.paused"))) {
            awaitQuiet();
        }
        for (ActiveMQDestination name :
                node().broker().orElseThrow().service().getBroker().getDestinations()) {
            if (name.isQueue() && name.getPhysicalName().startsWith("mail.")) {
                Destination queue = node().broker().orElseThrow().service().getDestination(name);
                ((Queue) queue).purge();
            }
        }
        for (String part : List.of("data/maildir", "data/spool")) {
            if (Files.isDirectory(folder.resolve(part))) {
                try (Stream<Path> files = Files.walk(folder.resolve(part))) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    /** Removes all messages of one queue. */
    public void clear(String queue) throws Exception {
        ((Queue) node().broker().orElseThrow().service().getDestination(new ActiveMQQueue(queue))).purge();
    }

    /** The names of the files in the spool. */
    public List<String> spool() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/spool"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Stops cleanly. */
    public void stop() {
        node.ifPresent(CaravanServer::close);
        node = Optional.empty();
    }

    @Override
    public void close() {
        stop();
    }
}
