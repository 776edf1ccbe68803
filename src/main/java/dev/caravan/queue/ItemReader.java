package dev.caravan.queue;

import dev.caravan.mail.AddressLiteral;
import dev.caravan.mail.Arrival;
import dev.caravan.mail.ClientStory;
import dev.caravan.mail.Content;
import dev.caravan.mail.DeliverBy;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.EnhancedStatus;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Hold;
import dev.caravan.mail.MailObject;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Notify;
import dev.caravan.mail.OriginalRecipient;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mail.SafeCharacters;
import dev.caravan.mail.Utf8Xtext;
import dev.caravan.mail.Xtext;
import java.net.InetAddress;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a stored queue item. Work and memory grow only with the number of octets. Errors throw an
 * {@link IllegalArgumentException}, from here or from the values, or a {@link DateTimeException}.
 */
final class ItemReader {
    private static final int MAX_DIGITS = 18;

    private final byte[] octets;
    private final Spool spool;
    private final ItemLines lines;
    private final Map<ForwardPath, RecipientProgress> states = new HashMap<>();
    private final Map<ForwardPath, String> unknownWords = new HashMap<>(0);

    ItemReader(byte[] octets, Spool spool) throws UnsupportedItemException {
        this.octets = octets;
        this.spool = spool;
        this.lines = new ItemLines(octets);
    }

    QueueItem item() throws UnsupportedItemException {
        // First, because a word in it may say that this version must leave the item alone.
        List<Recipient> recipients = recipients();
        ItemId id = ItemId.parse(lines.required(ItemLines.ID));
        ReversePath reversePath = reversePath(Xtext.decodeUtf8(lines.required("Reverse-Path")));
        Envelope envelope = new Envelope(reversePath, recipients, parameters());
        int attempts = Math.toIntExact(Math.min(number(lines.required("Attempts")), Integer.MAX_VALUE));
        Optional<Instant> nextAttemptAt = lines.optional("Next-Attempt").map(Instant::parse);
        Progress progress = new Progress(attempts, log(), states, nextAttemptAt, suspension());
        MailObject mail = new MailObject(id.mail(), arrival(), envelope, content(id));
        return new QueueItem(
                id, mail, nextHop(lines), progress, new ItemAttributes(hold(), lines.unknown(), unknownWords));
    }

    /** The next hop alone, of an item that this version understands. */
    static NextHop nextHopOf(byte[] octets) throws UnsupportedItemException {
        ItemLines lines = new ItemLines(octets);
        for (String line : lines.recipients()) {
            RecipientWords words = new RecipientWords(line);
            requireSupported(words, lines);
            requireKnown(words.path(), lines);
        }
        requireKnown(lines.required("Reverse-Path"), lines);
        return nextHop(lines);
    }

    /** When the next attempt is due, of an item that this version understands. */
    static Optional<Instant> nextAttemptOf(byte[] octets) throws UnsupportedItemException {
        return new ItemLines(octets).optional("Next-Attempt").map(Instant::parse);
    }

    /** Whatever else is wrong with an address is found when the whole item is read. */
    private static void requireKnown(String xtext, ItemLines lines) throws UnsupportedItemException {
        if (xtext.indexOf('+') >= 0) {
            String address = Xtext.decodeUtf8(xtext);
            if (SafeCharacters.hasUnassigned(address)) {
                mailbox(address, lines);
            }
        }
    }

    private static NextHop nextHop(ItemLines lines) {
        return new NextHop(lines.required("Transport"), ItemLines.unescaped(lines.required("Domain")));
    }

    /** A malformed suspension must not stop the message. */
    private Suspension suspension() {
        Optional<String> text = lines.optional(ItemLines.SUSPENDED);
        if (text.isEmpty()) {
            return Suspension.NONE;
        }
        try {
            String[] parts = text.get().split(" ", 2);
            Optional<Instant> since = parts.length > 1 ? Optional.of(Instant.parse(parts[1])) : Optional.empty();
            return new Suspension(Duration.ofSeconds(number(parts[0])), since);
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            return Suspension.NONE;
        }
    }

    /** A malformed hold must not stop the message. */
    private Optional<Hold> hold() {
        if (lines.optional("held-at").isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Hold(
                    Instant.parse(lines.required("held-at")),
                    ItemLines.unescaped(lines.optional("held-by").orElse("")),
                    ItemLines.unescaped(lines.optional("held-reason").orElse(""))));
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private Arrival arrival() {
        Instant at = Instant.parse(lines.required("Arrived"));
        String protocol = ItemLines.unescaped(lines.required("Protocol"));
        String helo = ItemLines.unescaped(lines.required("Helo"));
        return new Arrival(
                at,
                protocol,
                helo,
                lines.optional("Remote").map(ItemReader::address),
                lines.optional(ItemLines.TLS).map(ItemLines::unescaped),
                new ClientStory(
                        lines.optional(ItemLines.ROLE).map(ItemLines::unescaped),
                        lines.optional(ItemLines.USER).map(ItemLines::unescaped),
                        lines.optional(ItemLines.SERVER_NAME).map(ItemLines::unescaped),
                        lines.optional(ItemLines.CERTIFICATE).map(ItemLines::unescaped)),
                lines.optional("Outcomes-To").map(ItemLines::unescaped));
    }

    private static InetAddress address(String text) {
        // Parsed as a literal, so that there is never a DNS lookup.
        String literal = text.indexOf(':') < 0 ? "[" + text + "]" : "[IPv6:" + text + "]";
        return AddressLiteral.address(literal)
                .orElseThrow(() -> new IllegalArgumentException("not an address (expected: IPv4 or IPv6)"));
    }

    private ReversePath reversePath(String address) throws UnsupportedItemException {
        return address.isEmpty() ? ReversePath.NULL : ReversePath.of(mailbox(address));
    }

    private Mailbox mailbox(String address) throws UnsupportedItemException {
        return mailbox(address, lines);
    }

    /** A server with a newer Java knows more characters, and may have stored an address that is none here. */
    private static Mailbox mailbox(String address, ItemLines lines) throws UnsupportedItemException {
        try {
            return Mailbox.parse(address);
        } catch (IllegalArgumentException e) {
            if (!SafeCharacters.hasUnassigned(address)) {
                throw e;
            }
            throw lines.unsupported("an address has characters that this version of Java does not know");
        }
    }

    private MailParameters parameters() {
        MailParameters.Body body = ItemLines.choice(
                lines.required("Body"),
                "7BIT",
                MailParameters.Body.SEVEN_BIT,
                "8BITMIME",
                MailParameters.Body.EIGHT_BIT_MIME);
        Optional<MailParameters.Returned> returned = lines.optional("Ret")
                .map(ret -> ItemLines.choice(
                        ret, "FULL", MailParameters.Returned.FULL, "HDRS", MailParameters.Returned.HEADERS));
        return MailParameters.NONE
                .withBody(lines.flag(ItemLines.BINARY) ? MailParameters.Body.BINARY : body)
                .withUtf8(lines.flag(ItemLines.UTF8))
                .withReturned(returned)
                .withEnvelopeId(lines.optional("Envid").map(Xtext::decode))
                .withAuthorization(lines.optional(ItemLines.AUTH).map(ItemReader::authorization))
                .withReleaseAt(lines.optional(ItemLines.RELEASE_AT).map(Instant::parse))
                .withPriority(lines.optional(ItemLines.PRIORITY)
                        .map(ItemReader::priority)
                        .orElse(0))
                .withDeliverBy(lines.optional(ItemLines.DELIVER_BY).map(ItemReader::deliverBy))
                .withTlsRequired(lines.flag(ItemLines.REQUIRE_TLS));
    }

    private static ReversePath authorization(String text) {
        return text.equals(ItemLines.NULL_PATH)
                ? ReversePath.NULL
                : ReversePath.of(Mailbox.parse(Xtext.decodeUtf8(text)));
    }

    private static int priority(String text) {
        boolean isNegative = text.startsWith("-");
        int number = Math.toIntExact(number(isNegative ? text.substring(1) : text));
        return isNegative ? -number : number;
    }

    private static DeliverBy deliverBy(String text) {
        int first = text.indexOf(' ');
        if (first < 0) {
            throw new IllegalArgumentException("deadline cut short (expected: instant, R or N)");
        }
        boolean isTold = text.endsWith(ItemWriter.TOLD);
        int last = text.length() - (isTold ? ItemWriter.TOLD.length() : 0);
        boolean isTraced = text.startsWith(ItemWriter.TRACED, last - ItemWriter.TRACED.length());
        int end = last - (isTraced ? ItemWriter.TRACED.length() : 0);
        DeliverBy.Mode mode = ItemLines.choice(
                text.substring(Math.min(first + 1, end), end),
                DeliverBy.Mode.RETURN.letter(),
                DeliverBy.Mode.RETURN,
                DeliverBy.Mode.NOTIFY.letter(),
                DeliverBy.Mode.NOTIFY);
        return new DeliverBy(Instant.parse(text.substring(0, first)), mode, isTraced, isTold);
    }

    private List<Attempt> log() {
        List<Attempt> log = new ArrayList<>();
        for (String text : lines.attempts()) {
            int first = space(text, 0);
            int second = space(text, first + 1);
            log.add(new Attempt(
                    Instant.parse(text.substring(0, first)),
                    Xtext.decode(text.substring(first + 1, second)),
                    ItemLines.unescaped(text.substring(second + 1))));
        }
        return log;
    }

    private static int space(String text, int from) {
        int space = text.indexOf(' ', from);
        if (space < 0) {
            throw new IllegalArgumentException("attempt cut short (expected: instant, host, reply)");
        }
        return space;
    }

    private List<Recipient> recipients() throws UnsupportedItemException {
        List<Recipient> recipients = new ArrayList<>(lines.recipients().size());
        for (String line : lines.recipients()) {
            recipients.add(recipient(new RecipientWords(line)));
        }
        return recipients;
    }

    private Recipient recipient(RecipientWords words) throws UnsupportedItemException {
        requireSupported(words, lines);
        ForwardPath path = new ForwardPath(mailbox(Xtext.decodeUtf8(words.path())));
        Notify notification =
                words.value("notify").map(ItemReader::notification).orElse(Notify.DEFAULT);
        Optional<OriginalRecipient> original = words.value("orcpt").map(ItemReader::original);
        Optional<String> status = words.value("status");
        Optional<Diagnosis> last = Optional.empty();
        if (status.isPresent()) {
            Optional<String> remote = words.value("remote").map(Xtext::decode);
            last = Optional.of(new Diagnosis(EnhancedStatus.of(status.get()), remote, words.reply()));
        } else {
            words.requireNoReply();
        }
        RecipientProgress state = new RecipientProgress(words.flag("warned"), words.flag("hopeless"), last);
        if (!state.equals(RecipientProgress.NEW)) {
            states.put(path, state);
        }
        if (!words.unknown().isEmpty()) {
            unknownWords.put(path, words.unknown());
        }
        return new Recipient(path, notification, original);
    }

    private static void requireSupported(RecipientWords words, ItemLines lines) throws UnsupportedItemException {
        Optional<String> unsupported = words.unsupported();
        if (unsupported.isPresent()) {
            throw lines.unsupported(unsupported.get());
        }
    }

    private static Notify notification(String text) {
        if (text.equals("NEVER")) {
            return Notify.NEVER;
        }
        Set<Notify.Condition> asked = EnumSet.noneOf(Notify.Condition.class);
        int from = 0;
        for (int comma = text.indexOf(','); comma >= 0; comma = text.indexOf(',', from)) {
            asked.add(Notify.Condition.valueOf(text.substring(from, comma)));
            from = comma + 1;
        }
        asked.add(Notify.Condition.valueOf(text.substring(from)));
        return new Notify(Optional.of(asked));
    }

    private static OriginalRecipient original(String text) {
        int semicolon = text.indexOf(';');
        if (semicolon < 0) {
            throw new IllegalArgumentException("original recipient without type (expected: type;address)");
        }
        String type = Xtext.decode(text.substring(0, semicolon));
        String address = Xtext.decode(text.substring(semicolon + 1));
        return type.equalsIgnoreCase(OriginalRecipient.UTF_8)
                ? unicode(type, address)
                : new OriginalRecipient(type, address);
    }

    /** Servers that knew nothing of this type stored what the client had sent. */
    private static OriginalRecipient unicode(String type, String address) {
        try {
            return new OriginalRecipient(type, Utf8Xtext.decode(address));
        } catch (IllegalArgumentException e) {
            return new OriginalRecipient(type, address);
        }
    }

    private Content content(ItemId id) {
        String text = lines.required("Content");
        int begin = lines.endOfHeader();
        int left = octets.length - begin;
        if (text.startsWith("inline ")) {
            long size = number(text.substring("inline ".length()));
            if (size != left) {
                throw new IllegalArgumentException("content of " + left + " octets (expected: " + size + ")");
            }
            return new Content.InMemory(Arrays.copyOfRange(octets, begin, octets.length));
        }
        if (text.startsWith("spool ") && left == 0) {
            return spool.locate(id, number(text.substring("spool ".length())));
        }
        throw new IllegalArgumentException("malformed content line (expected: inline N, or spool N and no octets)");
    }

    private static long number(String text) {
        if (text.isEmpty() || text.length() > MAX_DIGITS) {
            throw new IllegalArgumentException("number of " + text.length() + " digits (expected: 1 to 18)");
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw new IllegalArgumentException("not a number (expected: digits)");
            }
            number = 10 * number + (c - '0');
        }
        return number;
    }
}
