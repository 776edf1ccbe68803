package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Content;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailId;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.MailParameters.Returned;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.Notify.Condition;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.testkit.GoldenFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Items that earlier builds wrote, in {@code src/test/resources/items/v1}: each is read as what it was, and written again
 * octet by octet. So what is in the queues of a server survives an upgrade, and a downgrade too, as long as nothing that
 * is new is in the item. The files are never changed, only added ({@link GoldenFile}).
 */
class GoldenItemsTest {
    private static final Path FOLDER = Path.of("src/test/resources/items/v1");
    private static final Instant ARRIVED = Instant.parse("2026-01-31T10:15:30Z");
    private static final String TEXT = "Subject: hello\r\n\r\nbody\r\n";
    private static final int SPOOLED = 300_000;

    private static final Diagnosis BUSY = new Diagnosis(
            EnhancedStatus.of("4.2.0"), Optional.of("mx.example.net"), "450-4.2.0 try\n450 later \\n \\ reply=x");
    private static final Diagnosis UNKNOWN =
            new Diagnosis(EnhancedStatus.of("5.1.1"), Optional.of("[192.0.2.7]"), "550 5.1.1 no such user here");
    private static final Diagnosis NO_HOST = Diagnosis.ours("4.4.1", "no connection to mx.example.net (port 25)");

    @TempDir
    Path folder;

    private Spool spool;

    @BeforeEach
    void openSpool() throws IOException {
        spool = new Spool(folder, 1024, Spool.DEFAULT_MEMORY_BUDGET);
    }

    @TestFactory
    Stream<DynamicTest> readsAndWritesEachAsItWas() throws IOException {
        return items().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(), () -> assertUnchanged(entry.getKey(), entry.getValue())));
    }

    private void assertUnchanged(String name, QueueItem expected) throws Exception {
        GoldenFile golden = new GoldenFile("items/v1/" + name + ".item");
        golden.assertHolds(QueueItemFormat.write(expected));
        byte[] octets = golden.octets();
        QueueItem read = QueueItemFormat.read(octets, spool);
        Content content = expected.mail().content();
        assertEquals(expected, read.withContent(content));
        assertArrayEquals(
                content.open().readAllBytes(), read.mail().content().open().readAllBytes());
        assertArrayEquals(octets, QueueItemFormat.write(read));
        assertEquals(Optional.of(expected.id()), QueueItemFormat.id(octets));
        assertEquals(Optional.of(expected.nextHop()), QueueItemFormat.nextHop(octets));
    }

    @Test
    void knowsEachFile() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertEquals(
                    items().keySet().stream().map(name -> name + ".item").toList(),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /** Every shape of an item that a server writes. */
    private Map<String, QueueItem> items() throws IOException {
        Map<String, QueueItem> items = new TreeMap<>();
        items.put("minimal", item("1", minimal(), Progress.NEW));
        items.put("smtp", item("1", plain(Recipient.of("b@example.net")), Progress.NEW));
        items.put("local", local());
        items.put("spooled", spooled());
        items.put(
                "empty-content",
                item("1", plain(Recipient.of("b@example.net")), Progress.NEW)
                        .withContent(new Content.InMemory(new byte[0])));
        items.put("8bit-octets", eightBit());
        items.put("dsn-options", dsnOptions());
        items.put("deferred", deferred());
        items.put("long-log", longLog());
        items.put("several-states", severalStates());
        items.put("parted", parted());
        items.put("dead", dead());
        items.put("own-report", ownReport());
        items.put("postmaster-notice", postmasterNotice());
        items.put("submission", submission());
        items.put("awkward-addresses", awkward());
        items.put("utf8-addresses", utf8Addresses());
        items.put("own-transport", ownTransport());
        items.put("parameters", parameters());
        items.put("more-parameters", otherParameters());
        return items;
    }

    private static QueueItem item(String part, MailObject mail, Progress progress) {
        return new QueueItem(new ItemId(mail.id(), part), mail, new NextHop("smtp", "example.net"), progress);
    }

    private static MailObject minimal() {
        return new MailObject(
                new MailId("1M84CS1CN0SZYT2B"),
                new Arrival(ARRIVED, "SMTP", "", Optional.empty()),
                new Envelope(
                        ReversePath.of(Mailbox.parse("a@example.org")),
                        List.of(Recipient.of("b@example.net")),
                        MailParameters.NONE),
                content("x"));
    }

    private static MailObject plain(Recipient... recipients) {
        return mail(ReversePath.of(Mailbox.parse("a@example.org")), MailParameters.NONE, recipients);
    }

    private static MailObject mail(ReversePath sender, MailParameters parameters, Recipient... recipients) {
        return new MailObject(
                new MailId("1M84CS1CN0SZYT2B"),
                new Arrival(ARRIVED.plusNanos(123_456_789), "ESMTP", "client.example", address("192.0.2.1")),
                new Envelope(sender, List.of(recipients), parameters),
                content(TEXT));
    }

    private static QueueItem local() {
        MailObject mail = plain(Recipient.of("alice@caravan.example"), Recipient.of("bob@caravan.example"));
        return new QueueItem(new ItemId(mail.id(), "2"), mail, new NextHop("local", "caravan.example"), Progress.NEW);
    }

    private QueueItem spooled() throws IOException {
        QueueItem item = item("1", plain(Recipient.of("b@example.net")), Progress.NEW);
        Path file = Files.write(folder.resolve(item.id().toString()), new byte[SPOOLED]);
        return item.withContent(new Content.InFile(file, SPOOLED));
    }

    private static QueueItem eightBit() {
        byte[] octets = new byte[512];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) i;
        }
        MailParameters parameters = MailParameters.NONE.withBody(Body.EIGHT_BIT_MIME);
        MailObject mail =
                mail(ReversePath.of(Mailbox.parse("a@example.org")), parameters, Recipient.of("b@example.net"));
        return item("1", mail, Progress.NEW).withContent(new Content.InMemory(octets));
    }

    private static QueueItem dsnOptions() {
        MailParameters parameters = MailParameters.NONE
                .withBody(Body.EIGHT_BIT_MIME)
                .withReturned(Optional.of(Returned.HEADERS))
                .withEnvelopeId(Optional.of("QQ 314+15=9"));
        Recipient never = new Recipient(ForwardPath.of("b@example.net"), Notify.NEVER, Optional.empty());
        Recipient all = new Recipient(
                ForwardPath.of("c@example.net"),
                Notify.of(Condition.SUCCESS, Condition.FAILURE, Condition.DELAY),
                Optional.of(new OriginalRecipient("rfc822", "list owner@example.org")));
        Recipient delay = new Recipient(
                ForwardPath.of("d@example.net"),
                Notify.of(Condition.DELAY),
                Optional.of(new OriginalRecipient("x-num", "+49 30")));
        return item(
                "1", mail(ReversePath.of(Mailbox.parse("a@example.org")), parameters, never, all, delay), Progress.NEW);
    }

    private static QueueItem deferred() {
        Recipient recipient = Recipient.of("b@example.net");
        Progress progress = new Progress(
                1,
                List.of(Attempt.of(ARRIVED.plusSeconds(1), NO_HOST)),
                Map.of(recipient.path(), new RecipientProgress(false, false, Optional.of(NO_HOST))),
                Optional.of(ARRIVED.plusSeconds(901)));
        return item("1", plain(recipient), progress);
    }

    private static QueueItem longLog() {
        Recipient recipient = Recipient.of("b@example.net");
        List<Attempt> log = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            log.add(Attempt.of(ARRIVED.plusSeconds(900L * i), i % 2 == 0 ? BUSY : NO_HOST));
        }
        Progress progress = new Progress(
                480,
                log,
                Map.of(recipient.path(), new RecipientProgress(true, false, Optional.of(BUSY))),
                Optional.of(ARRIVED.plusSeconds(9001)));
        return item("1", plain(recipient), progress);
    }

    private static QueueItem severalStates() {
        Recipient fresh = Recipient.of("b@example.net");
        Recipient waiting = Recipient.of("c@example.net");
        Recipient warned = new Recipient(
                ForwardPath.of("d@example.net"),
                Notify.of(Condition.FAILURE),
                Optional.of(new OriginalRecipient("rfc822", "d@example.org")));
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        states.put(waiting.path(), new RecipientProgress(false, false, Optional.of(NO_HOST)));
        states.put(warned.path(), new RecipientProgress(true, false, Optional.of(BUSY)));
        Progress progress =
                new Progress(2, List.of(Attempt.of(ARRIVED, BUSY)), states, Optional.of(ARRIVED.plusSeconds(1800)));
        return item("3", plain(fresh, waiting, warned), progress);
    }

    private static QueueItem parted() {
        Recipient recipient = Recipient.of("b@example.net");
        Progress progress = new Progress(
                17,
                List.of(),
                Map.of(recipient.path(), new RecipientProgress(true, false, Optional.empty())),
                Optional.empty());
        return item("2-17-0-3", plain(recipient), progress);
    }

    private static QueueItem dead() {
        Recipient refused = Recipient.of("b@example.net");
        Recipient expired = Recipient.of("c@example.net");
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        states.put(refused.path(), new RecipientProgress(false, true, Optional.of(UNKNOWN)));
        states.put(expired.path(), new RecipientProgress(true, true, Optional.of(BUSY)));
        return item(
                "1-481",
                plain(refused, expired),
                new Progress(481, List.of(Attempt.of(ARRIVED, UNKNOWN)), states, Optional.empty()));
    }

    private static QueueItem ownReport() {
        MailObject mail = new MailObject(
                new MailId("1M84CS1CN0SZYT2C"),
                new Arrival(ARRIVED, Arrival.OWN_REPORT, "", Optional.empty()),
                new Envelope(
                        ReversePath.NULL,
                        List.of(new Recipient(ForwardPath.of("a@example.org"), Notify.NEVER, Optional.empty())),
                        MailParameters.NONE),
                content(TEXT));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("smtp", "example.org"), Progress.NEW);
    }

    private static QueueItem postmasterNotice() {
        MailObject mail = new MailObject(
                new MailId("1M84CS1CN0SZYT2D"),
                new Arrival(ARRIVED, Arrival.OWN_REPORT, "", Optional.empty()),
                new Envelope(
                        ReversePath.NULL,
                        List.of(Recipient.of("postmaster@caravan.example")),
                        MailParameters.NONE.withEnvelopeId(Optional.of("postmaster-notice.1M84CS1CN0SZYT2C"))),
                content(TEXT));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("local", "caravan.example"), Progress.NEW);
    }

    private static QueueItem submission() {
        MailObject mail = new MailObject(
                new MailId("1M84CS1CN0SZYT2E"),
                new Arrival(ARRIVED, "JMS", "orders \\ eu", Optional.empty(), Optional.of("orders.mail\\outcomes")),
                new Envelope(
                        ReversePath.of(Mailbox.parse("orders@caravan.example")),
                        List.of(Recipient.of("b@example.net")),
                        MailParameters.NONE
                                .withReturned(Optional.of(Returned.FULL))
                                .withEnvelopeId(Optional.of("order-7"))),
                content(TEXT));
        return item("1", mail, Progress.NEW);
    }

    private static QueueItem awkward() {
        MailObject mail = new MailObject(
                new MailId("1M84CS"),
                new Arrival(ARRIVED, "ESMTP", "[IPv6:2001:db8::1]", address("2001:db8::1")),
                new Envelope(
                        ReversePath.of(Mailbox.parse("\" notify=NEVER\"@[192.0.2.7]")),
                        List.of(
                                Recipient.of("user+tag=x%y@EXAMPLE.org"),
                                Recipient.of("\"\\\\n> hopeless\"@[IPv6:2001:db8::1]"),
                                Recipient.of("!#$%&'*/?^_`{|}~-@x")),
                        MailParameters.NONE),
                content("Content: inline 0\n\nx"));
        return new QueueItem(new ItemId(mail.id(), "0"), mail, new NextHop("smtp", ""), Progress.NEW);
    }

    private static QueueItem ownTransport() {
        MailObject mail = plain(Recipient.of("b@fax.example"));
        return new QueueItem(new ItemId(mail.id(), "1"), mail, new NextHop("fax-2", "two \\n words"), Progress.NEW);
    }

    private static QueueItem parameters() {
        MailParameters parameters = MailParameters.NONE
                .withBody(Body.BINARY)
                .withUtf8(true)
                .withReturned(Optional.of(Returned.FULL))
                .withEnvelopeId(Optional.of("QQ314159"))
                .withAuthorization(Optional.of(ReversePath.of(Mailbox.parse("e+mc2@example.com"))))
                .withReleaseAt(Optional.of(ARRIVED.plusSeconds(3600)))
                .withPriority(9)
                .withDeliverBy(Optional.of(new DeliverBy(ARRIVED.plusSeconds(7200), DeliverBy.Mode.RETURN, true)))
                .withTlsRequired(true);
        return item(
                "1",
                mail(ReversePath.of(Mailbox.parse("a@example.org")), parameters, Recipient.of("b@example.net")),
                Progress.NEW);
    }

    private static QueueItem utf8Addresses() {
        Recipient first = new Recipient(
                ForwardPath.of("用户@bücher.example"),
                Notify.DEFAULT,
                Optional.of(new OriginalRecipient("utf-8", "ü+1@例え.テスト")));
        return item(
                "1",
                mail(
                        ReversePath.of(Mailbox.parse("\"j ü\"@example.org")),
                        MailParameters.NONE,
                        first,
                        Recipient.of("b@example.net")),
                Progress.NEW);
    }

    private static QueueItem otherParameters() {
        MailParameters parameters = MailParameters.NONE
                .withAuthorization(Optional.of(ReversePath.NULL))
                .withPriority(-9)
                .withDeliverBy(Optional.of(new DeliverBy(ARRIVED.plusMillis(1), DeliverBy.Mode.NOTIFY, false)));
        return item(
                "1",
                mail(ReversePath.of(Mailbox.parse("a@example.org")), parameters, Recipient.of("b@example.net")),
                Progress.NEW);
    }

    private static Content content(String text) {
        return new Content.InMemory(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Optional<InetAddress> address(String literal) {
        try {
            return Optional.of(InetAddress.getByName(literal));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
