package dev.caravan.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.broker.BrokerConnections;
import dev.caravan.testkit.Load.Fate;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.activemq.command.ActiveMQQueue;

/**
 * Two servers, each a process of its own, that share one broker, one spool and the Maildirs, under load from clients of
 * both: half of the mail is for alice, half for a remote server that defers every fifth mail once.
 */
public final class TwoServers implements AutoCloseable {
    /** Deliveries to the remote server that a node makes at once. */
    public static final int CONCURRENCY = 4;

    private static final List<String> QUEUES = List.of(
            "mail.deliver.smtp",
            "mail.deliver.local",
            "mail.retry.1s",
            "mail.retry.30s",
            "mail.dead",
            "mail.dead.invalid",
            "mail.bounced");
    private static final int CLIENTS = 3;
    private static final int DEFERRED_EACH = 5;
    /** Mails that must have been taken before something is killed, so that it comes under load. */
    private static final int WARM = 40;

    private final Path folder;
    private final String brokerUrl;
    private final FakeMailServer sink = new FakeMailServer();
    private final Set<String> deferred = ConcurrentHashMap.newKeySet();
    private final Load remote = new Load("<someone@far.test>", CLIENTS);
    private final Load local = new Load("<alice@local.test>", CLIENTS);
    private final Program first;
    private final Program second;

    /** Starts both and waits until they serve. */
    public TwoServers(Path folder, String brokerUrl) throws IOException {
        this.folder = folder;
        this.brokerUrl = brokerUrl;
        sink.ending(subject -> isFifth(subject) && deferred.add(subject) ? "451 4.2.0 later" : "250 2.0.0 taken");
        first = start("first");
        second = start("second");
        first.address();
        second.address();
    }

    private static boolean isFifth(String subject) {
        return Integer.parseInt(subject.substring(subject.lastIndexOf('-') + 1)) % DEFERRED_EACH == 0;
    }

    private Program start(String name) throws IOException {
        Path home = Files.createDirectories(folder.resolve(name));
        // Nothing is given up here, however slow the machine is.
        RedeliveryHome.shortDelays(home, 480);
        Files.writeString(home.resolve("users"), "alice\n");
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("mail.hostname", "mx.test");
        settings.put("mail.local-domains", "local.test");
        settings.put("smtp.listen", "127.0.0.1:0");
        settings.put("http.listen", "");
        settings.put("delivery.smarthost", sink.address());
        settings.put("delivery.max-in-hand", Integer.toString(CONCURRENCY));
        settings.put("broker.url", brokerUrl);
        settings.put("broker.store-timeout", "10s");
        settings.put("content.spool", folder.resolve("spool").toString());
        settings.put("delivery.maildirs", folder.resolve("maildir").toString());
        return Program.caravan("run", home, settings);
    }

    public Program first() {
        return first;
    }

    public Program second() {
        return second;
    }

    /** Lets clients of both send, and returns when mail is on its way. */
    public void beginLoad() throws IOException {
        for (Program node : List.of(first, second)) {
            remote.begin(smtp(node));
            local.begin(smtp(node));
        }
        awaitMore(WARM);
    }

    private static InetSocketAddress smtp(Program node) throws IOException {
        String address = node.address();
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** Waits until that many more mails were taken. */
    public void awaitMore(int mails) {
        int until = remote.taken() + local.taken() + mails;
        Await.until("more mail is taken", () -> remote.taken() + local.taken() >= until);
    }

    public void endLoad() throws InterruptedException {
        remote.end();
        local.end();
    }

    /** Waits until all is delivered that was taken. */
    public void awaitDelivered() {
        try {
            Await.until(
                    "remote mail is delivered",
                    () -> missing(remote, sink.subjects()).isEmpty());
            Await.until(
                    "local mail is delivered",
                    () -> missing(local, arrived().keySet()).isEmpty());
            Await.until("all queues are empty", () -> waiting().isEmpty());
        } catch (AssertionError e) {
            String state = "not arrived: " + missing(remote, sink.subjects())
                    + missing(local, arrived().keySet()) + "; waiting: " + waiting() + "\n" + first.log() + "\n"
                    + second.log();
            throw new AssertionError(e.getMessage() + "; " + state, e);
        }
    }

    private static Set<String> missing(Load load, Set<String> arrived) {
        Set<String> missing = new TreeSet<>(load.subjects(Fate.TAKEN));
        missing.removeAll(arrived);
        return missing;
    }

    /** Checks that local mail came once, and remote mail at most so many times more than once. */
    public void requireAtMost(int copies) {
        arrived().forEach((subject, count) -> assertEquals(1, count, subject + " for alice"));
        int found = sink.count() - sink.subjects().size();
        assertTrue(found <= copies, found + " copies (expected: at most " + copies + ")");
    }

    /** Checks that only such mail is delivered as may be: what got 250, and what got no reply at all. */
    public void requireNothingRefusedArrived() {
        Set<String> mayArrive = new HashSet<>(remote.subjects(Fate.TAKEN));
        mayArrive.addAll(remote.subjects(Fate.UNKNOWN));
        assertTrue(mayArrive.containsAll(sink.subjects()), "what was refused was sent on");
    }

    /** How many mails each queue shows, without the queues that are empty. */
    private Map<String, Integer> waiting() {
        Map<String, Integer> waiting = new TreeMap<>();
        try (Connection connection = new BrokerConnections(brokerUrl).open();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            for (String queue : QUEUES) {
                try (QueueBrowser browser = session.createBrowser(new ActiveMQQueue(queue))) {
                    Enumeration<?> messages = browser.getEnumeration();
                    int found = Collections.list(messages).size();
                    if (found > 0) {
                        waiting.put(queue, found);
                    }
                }
            }
            return waiting;
        } catch (JMSException e) {
            throw new AssertionError(e);
        }
    }

    /** How often each mail is in alice's Maildir, by subject. */
    private Map<String, Integer> arrived() {
        Path mailbox = folder.resolve("maildir/alice/new");
        Map<String, Integer> arrived = new HashMap<>();
        try (Stream<Path> mails = Files.list(mailbox)) {
            for (Path mail : mails.toList()) {
                try (Stream<String> lines = Files.lines(mail)) {
                    String subject = lines.filter(line -> line.startsWith("Subject: "))
                            .findFirst()
                            .orElseThrow();
                    arrived.merge(subject.substring("Subject: ".length()), 1, Integer::sum);
                }
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return arrived;
    }

    @Override
    public void close() throws Exception {
        first.close();
        second.close();
        remote.end();
        local.end();
        sink.close();
    }
}
