package dev.caravan.source.message;

import dev.caravan.mail.MemoryExhaustedException;
import dev.caravan.mail.MemoryLease;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Copies what a program writes as a valid message: lines end with CRLF, missing required fields are added, and fields
 * with blind recipients are removed. Holds one line at a time in memory.
 */
public final class SubmittedContent {
    private static final Pattern FIELD = Pattern.compile("([!-9;-~]+)[ \\t]*:.*", Pattern.DOTALL);
    /**
     * Fields that begin a header; a line of a text may also begin with a word and a colon, so other names are not
     * recognized.
     */
    private static final Pattern KNOWN_FIELD = Pattern.compile(
            "(?i)(from|to|cc|bcc|sender|reply-to|subject|date|message-id|received|return-path|delivered-to|mime-version"
                    + "|in-reply-to|references|(?:x|content|resent|list|dkim|arc|authentication|auto|disposition)-[!-9;-~]+"
                    + "|importance|priority|precedence|user-agent|organization|errors-to|envelope-to)[ \\t]*:.*",
            Pattern.DOTALL);
    /** The separator line of an mbox, possibly quoted, with its date. */
    private static final Pattern MBOX =
            Pattern.compile(">?From (?:.* )?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? .*[0-9]:[0-9]{2}.*", Pattern.DOTALL);
    /** The byte order mark in UTF-8, with one character per octet. */
    private static final String MARK = "\u00ef\u00bb\u00bf";
    /** The maximum lines and octets that are inspected before a header. */
    private static final int MAX_BEFORE = 64;

    private static final int MAX_OCTETS_BEFORE = 8 * 1024;

    private static final Pattern MESSAGE_ID = Pattern.compile("\\s*<([!-;=?-~]+)>\\s*");
    private static final byte[] CRLF = {'\r', '\n'};
    /** The fields with senders and recipients. */
    private static final Set<String> PARTIES =
            Set.of("sender", "from", "to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc");
    /** The maximum octets of these fields that are kept: some thousand addresses. */
    static final int MAX_PARTIES = 256 * 1024;
    /**
     * A line up to this many octets is not charged to the memory lease; a longer one is charged several times, because
     * copying makes several copies of it.
     */
    private static final int FREE_LINE = 8 * 1024;

    private static final int BUFFERED = 8 * 1024;
    private static final int COPIES_OF_A_LINE = 4;
    private static final int MAX_MESSAGE_ID = 998;

    private final DefaultHeaders stamp;
    private final OutputStream out;
    private final Limits limits;
    private final MemoryLease memory;
    private final Set<String> fields = new HashSet<>();
    private final Map<String, List<StringBuilder>> parties = new HashMap<>();
    private Optional<StringBuilder> party = Optional.empty();
    private int partiesSize;
    private long size;
    private final byte[] buffer = new byte[BUFFERED];
    private int position;
    private int filled;
    private boolean inHeader = true;
    private boolean hidden;
    private boolean eightBit;
    private int longestLine = FREE_LINE;
    private boolean inMessageId;
    private final StringBuilder messageId = new StringBuilder();

    /**
     * The limits of content.
     *
     * @param octets of the whole message, as written.
     * @param line octets of one line, without CRLF.
     * @param bareCarriageReturns whether a CR is allowed within a line, which other software may take for a line end.
     */
    public record Limits(long octets, int line, boolean bareCarriageReturns) {}

    /** @param out gets the message; not closed. */
    public SubmittedContent(DefaultHeaders stamp, OutputStream out, Limits limits) {
        this(stamp, out, limits, MemoryLease.unlimited());
    }

    /** @param memory long lines and long address fields are charged to it. */
    SubmittedContent(DefaultHeaders stamp, OutputStream out, Limits limits, MemoryLease memory) {
        this.stamp = stamp;
        this.out = out;
        this.limits = limits;
        this.memory = memory;
    }

    /**
     * Reads a message to its end and writes it with CRLF line ends, not dot-stuffed.
     *
     * @param dotEnds whether a line with only a dot ends the message.
     * @throws IOException if it cannot be read or written.
     * @throws InvalidSubmissionException if it exceeds a limit.
     */
    public void copy(InputStream in, boolean dotEnds) throws IOException, InvalidSubmissionException {
        Optional<byte[]> line = firstLine(in);
        while (line.isPresent() && !(dotEnds && isDot(line.get()))) {
            add(line.get());
            line = line(in);
        }
        endHeader(false);
    }

    /** Whether an octet above 127 was written. */
    public boolean isEightBit() {
        return eightBit;
    }

    /** The value of the field Message-ID, original or added, without angle brackets; empty if it cannot be parsed. */
    Optional<String> messageId() {
        if (!fields.contains("message-id")) {
            return Optional.of(stamp.messageId());
        }
        Matcher id = MESSAGE_ID.matcher(messageId);
        return id.matches() ? Optional.of(id.group(1)) : Optional.empty();
    }

    /**
     * The unfolded bodies of all fields with a name of senders or recipients.
     *
     * @param name in lower case.
     * @throws InvalidSubmissionException if they are so long that some may be missing.
     */
    List<String> parties(String name) throws InvalidSubmissionException {
        if (partiesSize > MAX_PARTIES) {
            throw InvalidSubmissionException.tooLarge("address fields of more than " + MAX_PARTIES
                    + " octets (expected: less, or an envelope beside the mail)");
        }
        return parties.getOrDefault(name, List.of()).stream()
                .map(body -> body.toString().strip())
                .toList();
    }

    /**
     * The first line of the message. Skips what programs write before a header: a byte order mark, the separator line
     * of an mbox, empty lines. If no header follows, all of these except the mark are text.
     */
    private Optional<byte[]> firstLine(InputStream in) throws IOException, InvalidSubmissionException {
        List<byte[]> before = new ArrayList<>();
        Optional<byte[]> line = line(in).map(SubmittedContent::withoutMark);
        int octets = 0;
        while (line.isPresent()
                && before.size() < MAX_BEFORE
                && octets < MAX_OCTETS_BEFORE
                && isBeforeHeader(line.get())) {
            before.add(line.get());
            octets += line.get().length;
            line = line(in).map(SubmittedContent::withoutMark);
        }
        boolean isHeader =
                line.isPresent() && KNOWN_FIELD.matcher(text(line.get())).matches();
        if (!isHeader && !before.isEmpty() && MBOX.matcher(text(before.get(0))).matches()) {
            before.remove(0);
        }
        for (byte[] kept : isHeader ? List.<byte[]>of() : before) {
            add(kept);
        }
        return line;
    }

    private static boolean isBeforeHeader(byte[] line) {
        String text = text(line);
        return text.isBlank()
                || (text.startsWith("From ") && !FIELD.matcher(text).matches())
                || text.startsWith(">From ");
    }

    private static String text(byte[] line) {
        return new String(line, StandardCharsets.ISO_8859_1);
    }

    private static byte[] withoutMark(byte[] line) {
        return text(line).startsWith(MARK) ? Arrays.copyOfRange(line, MARK.length(), line.length) : line;
    }

    private static boolean isDot(byte[] line) {
        return line.length == 1 && line[0] == '.';
    }

    /** The next line without its end, LF or CRLF; empty at the end of the input. */
    private Optional<byte[]> line(InputStream in) throws IOException, InvalidSubmissionException {
        if (position == filled && !fill(in)) {
            return Optional.empty();
        }
        ByteArrayOutputStream before = new ByteArrayOutputStream(0);
        while (true) {
            int from = position;
            while (position < filled && buffer[position] != '\n') {
                position++;
            }
            requireFit((long) before.size() + position - from);
            boolean isEnded = position < filled;
            if (!isEnded || before.size() > 0) {
                before.write(buffer, from, position - from);
            }
            if (isEnded || !fill(in)) {
                byte[] line = before.size() > 0 ? before.toByteArray() : Arrays.copyOfRange(buffer, from, position);
                position += isEnded ? 1 : 0;
                return Optional.of(withoutReturn(line, isEnded));
            }
        }
    }

    /** Charges a long line, which still contains the CR of its end, and refuses one that is too long. */
    private void requireFit(long length) throws IOException, InvalidSubmissionException {
        if (length > (long) limits.line() + 1) {
            throw longLine();
        }
        while (length > longestLine) {
            memory.take((long) COPIES_OF_A_LINE * longestLine);
            longestLine *= 2;
        }
    }

    private byte[] withoutReturn(byte[] line, boolean isEnded) throws InvalidSubmissionException {
        boolean isCrLf = isEnded && line.length > 0 && line[line.length - 1] == '\r';
        if (line.length - (isCrLf ? 1 : 0) > limits.line()) {
            throw longLine();
        }
        return isCrLf ? Arrays.copyOf(line, line.length - 1) : line;
    }

    /** Reads more into the buffer, all of which was used; false at the end of the input. */
    private boolean fill(InputStream in) throws IOException {
        int got = in.read(buffer, 0, buffer.length);
        while (got == 0) {
            got = in.read(buffer, 0, buffer.length);
        }
        position = 0;
        filled = Math.max(0, got);
        return got > 0;
    }

    private InvalidSubmissionException longLine() {
        return InvalidSubmissionException.tooLarge("a line of more than " + limits.line() + " octets");
    }

    private void add(byte[] line) throws IOException, InvalidSubmissionException {
        for (byte octet : line) {
            eightBit |= octet < 0;
            if (octet == '\r' && !limits.bareCarriageReturns()) {
                throw InvalidSubmissionException.unacceptable(
                        "a carriage return within a line (expected: lines end with LF or CRLF)");
            }
        }
        if (inHeader) {
            inspect(new String(line, StandardCharsets.ISO_8859_1));
        }
        if (!hidden) {
            write(line);
            write(CRLF);
        }
    }

    private void inspect(String text) throws IOException, InvalidSubmissionException {
        Matcher field = FIELD.matcher(text);
        boolean goesOn = !fields.isEmpty() && !text.isEmpty() && (text.charAt(0) == ' ' || text.charAt(0) == '\t');
        if (field.matches()) {
            String name = field.group(1).toLowerCase(Locale.ROOT);
            fields.add(name);
            // Blind recipients must not be visible to the other recipients (RFC 5322 §3.6.3).
            hidden = name.equals("bcc") || name.equals("resent-bcc");
            party = Optional.empty();
            inMessageId = name.equals("message-id") && messageId.length() == 0;
            if (inMessageId) {
                noteMessageId(text.substring(text.indexOf(':') + 1));
            }
            if (PARTIES.contains(name)) {
                party = Optional.of(new StringBuilder());
                parties.computeIfAbsent(name, n -> new ArrayList<>()).add(party.get());
                note(text.substring(text.indexOf(':') + 1));
            }
        } else if (goesOn) {
            note(text);
            noteMessageId(text);
        } else {
            hidden = false;
            // A text without a header, or one that follows a header without an empty line.
            endHeader(!text.isEmpty());
        }
    }

    private void noteMessageId(String text) {
        if (inMessageId && messageId.length() + text.length() <= MAX_MESSAGE_ID) {
            messageId.append(text);
        }
    }

    private void note(String text) throws MemoryExhaustedException {
        if (party.isPresent()) {
            partiesSize += text.length();
            if (partiesSize <= MAX_PARTIES) {
                memory.take(text.length());
                party.get().append(text);
            }
        }
    }

    private void endHeader(boolean withEmptyLine) throws IOException, InvalidSubmissionException {
        if (!inHeader) {
            return;
        }
        inHeader = false;
        addMissing("Date", stamp.dateText());
        addMissing("From", "<" + stamp.author() + ">");
        addMissing("Message-ID", "<" + stamp.messageId() + ">");
        write(withEmptyLine ? CRLF : new byte[0]);
    }

    private void addMissing(String name, String value) throws IOException, InvalidSubmissionException {
        if (!fields.contains(name.toLowerCase(Locale.ROOT))) {
            write((name + ": " + value + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private void write(byte[] octets) throws IOException, InvalidSubmissionException {
        size += octets.length;
        if (size > limits.octets()) {
            throw InvalidSubmissionException.tooLarge("a mail of more than " + limits.octets() + " octets");
        }
        out.write(octets);
    }
}
