package dev.caravan.queue;

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
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/** Queue items for tests: a plain one, and as many nasty ones as wanted. */
public final class ItemExamples {
    public static final Instant ARRIVED = Instant.parse("2026-01-31T10:15:30Z");
    public static final MailId ID = new MailId("01K7Q3ZV8GABCDEF");

    private static final List<String> LOCAL_PARTS = List.of(
            "b",
            "jürgen",
            "\"用 户\"",
            "user+tag",
            "a=b%c",
            "\"a b\"",
            "\"\\\"\"",
            "\"@\"",
            "\" notify=NEVER\"",
            "\"\\\\n> hopeless\"",
            "!#$%&'*/?^_`{|}~-");
    private static final List<String> DOMAINS =
            List.of("example.net", "EXAMPLE.org", "[192.0.2.7]", "[IPv6:2001:db8::1]", "x", "bücher.example");
    private static final List<String> REPLIES = List.of(
            "450 4.2.0 try later",
            "450-one\n450-\n450 \\n\\two\\",
            "",
            " ",
            "reply= status=2.0.0",
            "\n\n",
            "5".repeat(2000),
            "Content: inline 0\n\nx",
            "\u00fc\u0000\r");
    private static final List<String> REMOTES = List.of("mx.example.net", "", "two words", "a+b=c", "[192.0.2.7]");

    private ItemExamples() {}

    /**
     * The item as another program reads it from its queue; its content must be in memory.
     *
     * @param spool an empty folder.
     */
    public static QueueItem reread(QueueItem item, Path spool) throws Exception {
        return QueueItemFormat.read(QueueItemFormat.write(item), new Spool(spool, 1024, Spool.DEFAULT_MEMORY_BUDGET));
    }

    public static QueueItem plain() {
        return with(List.of(Recipient.of("b@example.net")));
    }

    public static QueueItem with(List<Recipient> recipients) {
        MailObject mail = new MailObject(
                ID,
                new Arrival(ARRIVED, "ESMTP", "client.example", Optional.of(address("192.0.2.1"))),
                new Envelope(ReversePath.of(Mailbox.parse("a@example.org")), recipients, MailParameters.NONE),
                content("Subject: hello\r\n\r\nbody\r\n"));
        return new QueueItem(new ItemId(ID, "1"), mail, new NextHop("smtp", "example.net"), Progress.NEW);
    }

    public static Content content(String text) {
        return new Content.InMemory(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** An item with everything that is awkward to write and read. */
    public static QueueItem nasty(Random random) {
        List<Recipient> recipients = new ArrayList<>();
        Map<ForwardPath, RecipientProgress> states = new HashMap<>();
        for (String local : LOCAL_PARTS.subList(0, 1 + random.nextInt(LOCAL_PARTS.size()))) {
            ForwardPath path = ForwardPath.of(local + "@" + pick(DOMAINS, random));
            recipients.add(new Recipient(path, notification(random), original(random)));
            if (random.nextBoolean()) {
                states.put(path, new RecipientProgress(random.nextBoolean(), random.nextBoolean(), last(random)));
            }
        }
        states.values().removeIf(RecipientProgress.NEW::equals);
        Envelope envelope = new Envelope(
                random.nextBoolean()
                        ? ReversePath.NULL
                        : ReversePath.of(Mailbox.parse(pick(LOCAL_PARTS, random) + "@" + pick(DOMAINS, random))),
                recipients,
                parameters(random));
        byte[] octets = new byte[random.nextInt(300)];
        random.nextBytes(octets);
        MailObject mail = new MailObject(ID, arrival(random), envelope, new Content.InMemory(octets));
        return new QueueItem(
                new ItemId(ID, "2-17"), mail, new NextHop("smtp", pick(REMOTES, random)), progress(random, states));
    }

    private static Progress progress(Random random, Map<ForwardPath, RecipientProgress> states) {
        List<Attempt> log = new ArrayList<>();
        for (int i = random.nextInt(11); i > 0; i--) {
            log.add(new Attempt(instant(random), pick(REMOTES, random), pick(REPLIES, random)));
        }
        Optional<Instant> next = random.nextBoolean() ? Optional.of(instant(random)) : Optional.empty();
        return new Progress(random.nextInt(Integer.MAX_VALUE), log, states, next);
    }

    private static Arrival arrival(Random random) {
        String remote = pick(List.of("", "192.0.2.1", "2001:db8::1"), random);
        return new Arrival(
                instant(random),
                pick(List.of("SMTP", "ESMTP", "JMS"), random),
                pick(List.of("", "client.example", "[192.0.2.1]", "\\ odd\\n"), random),
                remote.isEmpty() ? Optional.empty() : Optional.of(address(remote)));
    }

    private static MailParameters parameters(Random random) {
        return MailParameters.NONE
                .withBody(pick(List.of(MailParameters.Body.values()), random))
                .withUtf8(random.nextBoolean())
                .withReturned(maybe(pick(List.of(MailParameters.Returned.values()), random), random))
                .withEnvelopeId(maybe("QQ 31+41=59", random))
                .withAuthorization(maybe(
                        random.nextBoolean()
                                ? ReversePath.NULL
                                : ReversePath.of(
                                        Mailbox.parse(pick(LOCAL_PARTS, random) + "@" + pick(DOMAINS, random))),
                        random))
                .withReleaseAt(maybe(instant(random), random))
                .withPriority(random.nextInt(19) - 9)
                .withDeliverBy(maybe(
                        new DeliverBy(
                                instant(random),
                                pick(List.of(DeliverBy.Mode.values()), random),
                                random.nextBoolean(),
                                random.nextBoolean()),
                        random))
                .withTlsRequired(random.nextBoolean());
    }

    private static <T> Optional<T> maybe(T value, Random random) {
        return random.nextBoolean() ? Optional.of(value) : Optional.empty();
    }

    private static Notify notification(Random random) {
        Set<Notify.Condition> asked = EnumSet.noneOf(Notify.Condition.class);
        for (Notify.Condition condition : Notify.Condition.values()) {
            if (random.nextBoolean()) {
                asked.add(condition);
            }
        }
        return random.nextInt(4) == 0 ? Notify.DEFAULT : new Notify(Optional.of(asked));
    }

    private static Optional<OriginalRecipient> original(Random random) {
        return random.nextBoolean()
                ? Optional.empty()
                : Optional.of(new OriginalRecipient("rfc822", pick(List.of("x@y", "a b;c=d+e", " "), random)));
    }

    private static Optional<Diagnosis> last(Random random) {
        String remote = pick(REMOTES, random);
        return Optional.of(new Diagnosis(
                EnhancedStatus.of(pick(List.of("4.2.0", "5.1.1", "2.0.0", "5.999.999"), random)),
                remote.isEmpty() ? Optional.empty() : Optional.of(remote),
                pick(REPLIES, random)));
    }

    private static Instant instant(Random random) {
        return Instant.ofEpochSecond(random.nextLong() >> 30, random.nextInt(1_000_000_000));
    }

    private static <T> T pick(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
