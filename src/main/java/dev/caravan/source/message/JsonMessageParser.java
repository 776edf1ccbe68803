package dev.caravan.source.message;

import dev.caravan.mail.MemoryLease;
import dev.caravan.source.message.Addresses.Named;
import dev.caravan.source.message.JsonStream.Kind;
import dev.caravan.source.message.MessageDraft.Attachment;
import dev.caravan.source.message.MessageDraft.Part;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Parses a JSON document that describes a message, as in {@code docs/sources.md}. Refuses unknown members. Reads the
 * document once, as a stream: the texts and files of the message go to a {@link PartStore}, everything else is charged
 * to a {@link MemoryLease} while it is read. Each parser reads one document.
 */
final class JsonMessageParser {
    /** The maximum octets of a subject, a header field and similar texts. */
    static final int MAX_TEXT = 64 * 1024;
    /** The maximum octets of addresses in one string. */
    private static final int MAX_ADDRESSES = 256 * 1024;

    private static final int MAX_NAME = 200;
    private static final int MAX_ATTACHMENTS = 100;
    /** The octets that the parser, and the writer after it, need themselves. */
    private static final int OWN_MEMORY = 64 * 1024;
    /** The octets that an address needs besides its text, until its queue item is stored. */
    private static final int ADDRESS_MEMORY = 512;
    /** The maximum octets of a header; no server accepts more. */
    private static final int MAX_HEADER = 512 * 1024;

    private static final Set<String> MEMBERS = new TreeSet<>(Set.of(
            "from",
            "to",
            "cc",
            "bcc",
            "replyTo",
            "subject",
            "text",
            "html",
            "attachments",
            "headers",
            "messageId",
            "returnPath",
            "envid",
            "notify",
            "ret",
            "releaseAt",
            "priority"));
    private static final Set<String> ATTACHMENT = new TreeSet<>(Set.of("name", "type", "content", "contentId"));
    private static final String MESSAGE_ID = "message-id";

    private final SourceLimits limits;
    private final JsonStream json;
    private final PartStore parts;
    private final MemoryLease memory;
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final Map<String, List<Named>> addresses = new LinkedHashMap<>();
    private final Map<String, Part> said = new LinkedHashMap<>();
    private final Map<String, String> fields = new LinkedHashMap<>();
    private final List<Attachment> attachments = new ArrayList<>();
    private int recipients;
    private long header;

    private JsonMessageParser(SourceLimits limits, JsonStream json, PartStore parts, MemoryLease memory) {
        this.limits = limits;
        this.json = json;
        this.parts = parts;
        this.memory = memory;
    }

    /**
     * Reads a document to its end.
     *
     * @param parts gets the texts and files of the message.
     * @param memory the result is charged to it and stays charged.
     * @throws IOException if the document cannot be read now or there is no room for its parts.
     */
    static MessageDraft read(InputStream in, SourceLimits limits, PartStore parts, MemoryLease memory)
            throws InvalidSubmissionException, IOException {
        memory.take(OWN_MEMORY);
        JsonStream json = new JsonStream(in, limits.json());
        JsonMessageParser reader = new JsonMessageParser(limits, json, parts, memory);
        reader.document();
        json.end();
        return reader.letter();
    }

    private MessageDraft letter() throws InvalidSubmissionException {
        MessageDraft.Heading heading = new MessageDraft.Heading(
                Addresses.one(
                        text("from")
                                .orElseThrow(() ->
                                        InvalidSubmissionException.unacceptable("no from (expected: an address)")),
                        "from"),
                addresses.getOrDefault("to", List.of()),
                addresses.getOrDefault("cc", List.of()),
                addresses.getOrDefault("bcc", List.of()),
                addresses.getOrDefault("replyTo", List.of()),
                text("subject").orElse(""),
                messageId(),
                fields);
        MessageDraft.Body body = new MessageDraft.Body(
                Optional.ofNullable(said.get("text")), Optional.ofNullable(said.get("html")), attachments);
        DsnOptions dsnOptions =
                new DsnOptions(text("envid"), text("notify"), text("ret"), text("releaseAt"), text("priority"));
        Optional<String> returnPath = text("returnPath");
        return new MessageDraft(
                heading.checked(),
                body.checked(),
                returnPath.isPresent()
                        ? Optional.of(Addresses.reversePath(returnPath.get(), "returnPath"))
                        : Optional.empty(),
                dsnOptions);
    }

    private Optional<String> text(String member) {
        return Optional.ofNullable(texts.get(member));
    }

    private Optional<String> messageId() throws InvalidSubmissionException {
        Optional<String> id = text("messageId");
        for (String name : List.copyOf(fields.keySet())) {
            if (name.equalsIgnoreCase(MESSAGE_ID)) {
                if (id.isPresent()) {
                    throw InvalidSubmissionException.unacceptable(
                            "messageId and header " + name + " (expected: one of both)");
                }
                id = Optional.of(fields.remove(name));
            }
        }
        return id.isPresent() ? Optional.of(MessageDraft.Heading.messageId(id.get())) : Optional.empty();
    }

    private void document() throws InvalidSubmissionException, IOException {
        members("the document", MEMBERS, member -> {
            switch (member) {
                case "to", "cc", "bcc", "replyTo" -> addresses(member);
                case "text", "html" -> said.put(member, part(member, new Seen()));
                case "attachments" -> attachments();
                case "headers" -> headers();
                case "notify" -> texts.put(member, words(member));
                default -> texts.put(member, shortText(member));
            }
        });
    }

    private interface Member {
        void read(String name) throws InvalidSubmissionException, IOException;
    }

    /** Reads an object; a member that is null is treated as absent. */
    private void members(String what, Set<String> known, Member reader) throws InvalidSubmissionException, IOException {
        if (json.kind() != Kind.OBJECT) {
            throw InvalidSubmissionException.unacceptable(what + " is no JSON object (expected: " + known + ")");
        }
        json.open(Kind.OBJECT);
        Set<String> seen = new HashSet<>();
        for (boolean first = true; json.hasNext(Kind.OBJECT, first); first = false) {
            String name = json.name(MAX_NAME);
            if (!known.contains(name)) {
                throw InvalidSubmissionException.unacceptable(
                        "unknown " + name + " in " + what + " (expected: " + known + ")");
            }
            if (!seen.add(name)) {
                throw json.malformed(name + " is there twice");
            }
            if (json.kind() == Kind.NULL) {
                json.skipNull();
            } else {
                reader.read(name);
            }
        }
    }

    private void requireString(String what) throws InvalidSubmissionException, IOException {
        if (json.kind() != Kind.STRING) {
            throw InvalidSubmissionException.unacceptable(what + " is no string (expected: a string)");
        }
    }

    private String shortText(String what) throws InvalidSubmissionException, IOException {
        requireString(what);
        return held(json.text(MAX_TEXT, what));
    }

    /** A text that stays in memory until the message is stored. */
    private String held(String text) throws InvalidSubmissionException, IOException {
        header += text.length();
        if (header > MAX_HEADER) {
            throw InvalidSubmissionException.tooLarge(
                    "header fields and names of more than " + MAX_HEADER + " characters together");
        }
        memory.take(2L * text.length());
        return text;
    }

    private interface Element {
        void read(int index) throws InvalidSubmissionException, IOException;
    }

    private void array(Element reader) throws InvalidSubmissionException, IOException {
        json.open(Kind.ARRAY);
        for (int i = 0; json.hasNext(Kind.ARRAY, i == 0); i++) {
            reader.read(i);
        }
    }

    private void requireElement(String what) throws InvalidSubmissionException, IOException {
        if (json.kind() != Kind.STRING) {
            throw InvalidSubmissionException.unacceptable(what + " holds what is no string (expected: strings only)");
        }
    }

    /** A string, or an array of strings, which are joined by commas. */
    private String words(String what) throws InvalidSubmissionException, IOException {
        if (json.kind() != Kind.ARRAY) {
            return shortText(what);
        }
        List<String> words = new ArrayList<>();
        array(i -> {
            requireElement(what);
            words.add(shortText(what));
        });
        return String.join(",", words);
    }

    private void addresses(String member) throws InvalidSubmissionException, IOException {
        List<Named> list = new ArrayList<>();
        addresses.put(member, list);
        if (json.kind() != Kind.ARRAY) {
            requireString(member);
            addresses(member, list);
            return;
        }
        array(i -> {
            requireElement(member);
            addresses(member, list);
        });
    }

    private void addresses(String member, List<Named> list) throws InvalidSubmissionException, IOException {
        String text = json.text(MAX_ADDRESSES, member);
        // At most one comma follows an address; display names may contain some more.
        long commas = text.chars().filter(c -> c == ',' || c == ';').count();
        if (commas > 4L * limits.recipients() + 100) {
            throw tooMany("more than " + commas / 4);
        }
        memory.take(2L * text.length() + ADDRESS_MEMORY * (commas + 1));
        List<Named> more = Addresses.list(text, member);
        recipients += more.size();
        if (recipients > limits.recipients() && !member.equals("replyTo")) {
            throw tooMany("more than " + limits.recipients());
        }
        if (member.equals("replyTo") && list.size() + more.size() > limits.recipients()) {
            throw InvalidSubmissionException.tooLarge("more than " + limits.recipients()
                    + " addresses in replyTo (expected: <= " + limits.recipients() + ")");
        }
        list.addAll(more);
    }

    private InvalidSubmissionException tooMany(String count) {
        return InvalidSubmissionException.tooLarge(count + " recipients (expected: <= " + limits.recipients() + ")");
    }

    private void headers() throws InvalidSubmissionException, IOException {
        if (json.kind() != Kind.OBJECT) {
            throw InvalidSubmissionException.unacceptable("headers is no JSON object (expected: names and strings)");
        }
        json.open(Kind.OBJECT);
        Set<String> seen = new HashSet<>();
        for (boolean first = true; json.hasNext(Kind.OBJECT, first); first = false) {
            String name = json.name(MAX_NAME);
            if (!seen.add(name)) {
                throw json.malformed(name + " is there twice");
            }
            if (seen.size() > MessageDraft.MAX_FIELDS) {
                throw InvalidSubmissionException.tooLarge("more than " + MessageDraft.MAX_FIELDS
                        + " headers (expected: <= " + MessageDraft.MAX_FIELDS + ")");
            }
            if (json.kind() == Kind.NULL) {
                json.skipNull();
            } else {
                fields.put(held(name), shortText("header " + name));
            }
        }
    }

    private void attachments() throws InvalidSubmissionException, IOException {
        String expected = "attachments (expected: an array of at most " + MAX_ATTACHMENTS + ")";
        if (json.kind() != Kind.ARRAY) {
            throw InvalidSubmissionException.unacceptable(expected);
        }
        array(i -> {
            if (i == MAX_ATTACHMENTS) {
                throw InvalidSubmissionException.unacceptable(expected);
            }
            attachments.add(attachment());
        });
    }

    private Attachment attachment() throws InvalidSubmissionException, IOException {
        Map<String, String> given = new LinkedHashMap<>();
        Seen seen = new Seen();
        Part[] octets = {new Part(parts.size(), 0)};
        members("an attachment", ATTACHMENT, member -> {
            if (member.equals("content")) {
                octets[0] = base64(seen);
            } else {
                given.put(member, shortText(member));
            }
        });
        String called = "attachment " + given.getOrDefault("name", "");
        Optional<String> type = Optional.ofNullable(given.get("type"));
        MediaType media = type.isPresent() ? MediaType.parse(type.get(), called) : MediaType.OCTETS;
        Optional<String> id = Optional.ofNullable(given.get("contentId"));
        return new Attachment(
                        Optional.ofNullable(given.get("name"))
                                .or(() -> media.parameter("name"))
                                .orElse(""),
                        media,
                        id.isPresent() ? Optional.of(Attachment.contentId(id.get())) : Optional.empty(),
                        octets[0],
                        seen.look())
                .checked(limits);
    }

    private Part part(String what, Seen seen) throws InvalidSubmissionException, IOException {
        requireString(what);
        long from = parts.size();
        json.string(seen);
        return new Part(from, parts.size() - from);
    }

    private Part base64(Seen seen) throws InvalidSubmissionException, IOException {
        requireString("content");
        long from = parts.size();
        Base64Sink decoder = new Base64Sink(seen);
        json.string(decoder);
        decoder.end();
        return new Part(from, parts.size() - from);
    }

    /** Stores octets and records the properties that matter if they are sent unencoded. */
    private final class Seen implements JsonStream.Sink {
        private boolean eightBit;
        private boolean bareReturn;
        private boolean afterReturn;
        private long line;
        private long longest;

        @Override
        public void write(byte[] octets, int from, int count) throws IOException {
            for (int i = from; i < from + count; i++) {
                byte octet = octets[i];
                eightBit |= octet < 0;
                bareReturn |= afterReturn && octet != '\n';
                afterReturn = octet == '\r';
                line = octet == '\n' ? 0 : line + 1;
                longest = Math.max(longest, line);
            }
            parts.append(octets, from, count);
        }

        MessageDraft.Look look() {
            return new MessageDraft.Look(eightBit, bareReturn || afterReturn, longest);
        }
    }
}
