package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.queue.QueueNames;
import dev.caravan.testkit.Await;
import dev.caravan.testkit.Child;
import dev.caravan.testkit.SlowCommits;
import dev.caravan.testkit.SmtpTestClient;
import jakarta.jms.BytesMessage;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a heap of 128 MB takes, puts off or refuses whatever comes, and does not end. */
@Tag("server")
class SmallHeapTest {
    private static final List<String> HEAP = List.of("-Xmx128m");
    /** About 250 KiB, which travels in an item. */
    private static final String CONTENT = "Subject: x\r\n\r\n" + ("x".repeat(76) + "\r\n").repeat(3280);

    private static final int MANY_DOMAINS = 1500;
    private static final int POSTS = 32;
    private static final int CLIENTS = Integer.getInteger("heap.clients", 2500);
    private static final int THREADS = 50;

    @TempDir
    Path home;

    private Child child(String... settings) throws IOException {
        List<String> all = new ArrayList<>(List.of("delivery.paused=true", "http.listen=127.0.0.1:0"));
        all.addAll(List.of(settings));
        return new Child(home, HEAP, all);
    }

    /** Does the same with many threads, and gives what each came to. */
    private static <T> List<T> atOnce(int count, Callable<T> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(
                    IntStream.range(0, count).mapToObj(i -> work).toList())) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    private static String send(Child child, String to, String content) throws IOException {
        return SmtpTestClient.sendOne(child.smtp(), "<bob@local.test>", "<" + to + "@local.test>", content);
    }

    /** The status of an answer to a post, and what follows its header. */
    private static String post(Child child, byte[] beginning, byte[] repeated, int times, byte[] end)
            throws IOException {
        int port = Integer.parseInt(child.http().replaceAll(".*:", ""));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            OutputStream out = socket.getOutputStream();
            long length = beginning.length + (long) repeated.length * times + end.length;
            out.write(("POST /mail HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            try {
                out.write(beginning);
                for (int i = 0; i < times; i++) {
                    out.write(repeated);
                }
                out.write(end);
            } catch (SocketException e) {
                // It has heard enough, and has answered.
                out = OutputStream.nullOutputStream();
            }
            return answer(socket.getInputStream());
        }
    }

    private static String answer(InputStream in) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
        return String.valueOf(reader.readLine()).replaceFirst("HTTP/1.1 (\\d+).*", "$1");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void stillWorks(Child child) throws IOException {
        assertTrue(send(child, "alice", "Subject: x\r\n\r\nx\r\n").startsWith("250"));
        String small = "{\"from\":\"a@far.test\",\"to\":\"alice@local.test\",\"text\":\"x\"}";
        assertEquals("202", post(child, ascii(small), new byte[0], 0, new byte[0]));
        assertTrue(child.isAlive());
    }

    @Test
    void takesAMessageForManyDomainsWhoseContentIsOneFile() throws Exception {
        String domains = IntStream.range(0, MANY_DOMAINS)
                .mapToObj(i -> "user@d" + i + ".example")
                .collect(Collectors.joining(",\n "));
        Files.writeString(home.resolve("aliases"), "list: " + domains + "\n");
        try (Child child = child()) {
            assertTrue(send(child, "list", CONTENT).startsWith("250"));
            assertEquals(MANY_DOMAINS, child.depth(QueueNames.DELIVER_PREFIX + "smtp"));
            List<Path> files = files();
            assertEquals(MANY_DOMAINS, files.size());
            Object first = Files.readAttributes(files.get(0), "unix:ino,nlink").get("nlink");
            assertEquals(MANY_DOMAINS, first);
            List<String> replies = atOnce(4, () -> send(child, "list", CONTENT));
            assertTrue(replies.stream().allMatch(reply -> reply.matches("(250|452) .*")), replies.toString());
            stillWorks(child);
        }
    }

    private List<Path> files() throws IOException {
        try (var listed = Files.list(home.resolve("data/spool"))) {
            return listed.toList();
        }
    }

    @Test
    void readsJsonAsAStream() throws Exception {
        byte[] text = ascii("{\"from\":\"a@far.test\",\"to\":\"alice@local.test\",\"text\":\"");
        byte[] file = ascii(
                "{\"from\":\"a@far.test\",\"to\":\"alice@local.test\",\"attachments\":[{\"name\":\"x\",\"content\":\"");
        byte[] piece = "eHh4".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
        byte[] recipients = ascii("{\"from\":\"a@far.test\",\"text\":\"x\",\"to\":[\"a@local.test\"");
        byte[] more = ascii(",\"b@local.test\"".repeat(1000));
        byte[] headers = ascii("{\"headers\":{\"X\":\"y\"");
        byte[] header = ascii(
                IntStream.range(0, 1000).mapToObj(i -> ",\"X-" + i + "\":\"y\"").collect(Collectors.joining()));
        try (Child child = child()) {
            assertAll("202", atOnce(POSTS, () -> post(child, text, piece, 38, ascii("\"}"))));
            assertAll("202", atOnce(POSTS, () -> post(child, file, piece, 38, ascii("\"}]}"))));
            assertAll("413", atOnce(8, () -> post(child, recipients, more, 393, ascii("]}"))));
            assertAll("413", atOnce(POSTS, () -> post(child, headers, header, 100, ascii("}}"))));
            byte[] subject = ascii("{\"subject\":\"");
            assertAll("413", atOnce(POSTS, () -> post(child, subject, piece, 38, ascii("\"}"))));
            byte[] deep = ascii("[".repeat(1 << 18));
            assertAll("422", atOnce(POSTS, () -> post(child, ascii("{\"to\":"), deep, 38, new byte[0])));
            stillWorks(child);
        }
        assertEquals(2 * POSTS, files().size());
    }

    private static void assertAll(String status, List<String> answers) {
        assertTrue(answers.stream().allMatch(status::equals), answers.toString());
    }

    @Test
    void putsOffWhatASlowDiskDoesNotKeepUpWith() throws Exception {
        slowBroker();
        try (Child child = child(
                "broker.store-timeout=10s",
                "smtp.max-connections-per-address=" + CLIENTS,
                "smtp.max-connections=" + 2 * CLIENTS)) {
            int each = CLIENTS / THREADS;
            List<String> replies = atOnce(THREADS, () -> sendTogether(child, each)).stream()
                    .flatMap(List::stream)
                    .toList();
            long taken =
                    replies.stream().filter(reply -> reply.startsWith("250")).count();
            assertTrue(replies.stream().allMatch(reply -> reply.matches("(250|45[12]) .*")), replies.toString());
            assertTrue(taken > 0, replies.toString());
            Await.until("the server takes mail again", () -> sendQuietly(child).startsWith("250"));
            assertTrue(child.depth(QueueNames.deliver("local")) >= taken);
            assertTrue(child.isAlive());
        }
    }

    private static String sendQuietly(Child child) {
        try {
            return send(child, "alice", "Subject: x\r\n\r\nx\r\n");
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Sends the contents of some clients before it reads the reply of any. */
    private static List<String> sendTogether(Child child, int count) throws IOException {
        List<SmtpTestClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                SmtpTestClient client = new SmtpTestClient(child.smtp());
                clients.add(client);
                client.say("EHLO client.test");
                client.say("MAIL FROM:<bob@local.test>");
                client.say("RCPT TO:<alice@local.test>");
                assertTrue(client.say("DATA").startsWith("354"));
            }
            for (SmtpTestClient client : clients) {
                client.raw(CONTENT + ".\r\n");
            }
            List<String> replies = new ArrayList<>();
            for (SmtpTestClient client : clients) {
                replies.add(client.reply());
            }
            return replies;
        } finally {
            for (SmtpTestClient client : clients) {
                client.close();
            }
        }
    }

    private void slowBroker() throws IOException {
        Path folder = Files.createDirectories(home.resolve("broker-config"));
        Path distribution = Path.of("broker-config");
        String broker = Files.readString(distribution.resolve("activemq.xml"));
        String slow = broker.replace(
                "<statisticsBrokerPlugin/>",
                "<statisticsBrokerPlugin/><bean xmlns=\"http://www.springframework.org/schema/beans\" class=\""
                        + SlowCommits.class.getName() + "\"/>");
        Files.writeString(folder.resolve("activemq.xml"), slow);
        Files.copy(distribution.resolve("redelivery.xml"), folder.resolve("redelivery.xml"));
    }

    @Test
    void refusesJmsMessagesThatNeedMoreMemoryThanThereIs() throws Exception {
        byte[] large = new byte[20 << 20];
        Arrays.fill(large, (byte) '\n');
        try (Child child = child("broker.listen=tcp://127.0.0.1:0")) {
            ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory(child.broker());
            assertThrows(JMSException.class, () -> submit(factory, large));
            byte[] header = ascii("From: a@far.test\r\nTo: alice@local.test\r\n\r\n");
            submit(factory, header);
            Await.until("the small one is stored", () -> depth(child) == 1);
            byte[] fits = new byte[2 << 20];
            Arrays.fill(fits, (byte) '\n');
            System.arraycopy(header, 0, fits, 0, header.length);
            atOnce(6, () -> {
                for (int i = 0; i < 4; i++) {
                    submit(factory, fits);
                }
                return true;
            });
            Await.until("the large ones are stored", () -> depth(child) == 25);
            stillWorks(child);
        }
    }

    private static long depth(Child child) {
        try {
            return child.depth(QueueNames.deliver("local"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void submit(ActiveMQConnectionFactory factory, byte[] octets) throws JMSException {
        try (Connection connection = factory.createConnection();
                Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            BytesMessage message = session.createBytesMessage();
            message.writeBytes(octets);
            session.createProducer(session.createQueue(QueueNames.SUBMIT)).send(message);
        }
    }
}
