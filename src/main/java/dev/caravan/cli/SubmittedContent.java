package dev.caravan.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes a mail of what a program writes: lines that end as SMTP wants them, and the fields that no mail should lack.
 * All of it is read before anything is sent, for a program that dies in the middle has not written a mail.
 */
final class SubmittedContent {
    private static final Pattern FIELD = Pattern.compile("([!-9;-~]+)[ \\t]*:.*", Pattern.DOTALL);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ENGLISH);
    private static final int MAX_OCTETS = 100 << 20;

    private final Stamp stamp;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final Set<String> fields = new HashSet<>();
    private boolean inHeader = true;

    /**
     * What is added where it is missing.
     *
     * @param author for {@code From}.
     * @param messageId for {@code Message-ID}, without angle brackets.
     * @param date for {@code Date}.
     */
    record Stamp(String author, String messageId, ZonedDateTime date) {}

    SubmittedContent(Stamp stamp) {
        this.stamp = stamp;
    }

    /**
     * Reads a mail to its end.
     *
     * @param dotEnds whether a line with only a dot is the end.
     * @return its octets, every line ended by CRLF, not dot-stuffed.
     * @throws IOException if it cannot be read or is larger than 100 MiB.
     */
    byte[] read(InputStream source, boolean dotEnds) throws IOException {
        InputStream in = new BufferedInputStream(source);
        Optional<byte[]> line = line(in);
        while (line.isPresent() && !(dotEnds && isDot(line.get()))) {
            add(line.get());
            line = line(in);
        }
        endHeader(false);
        return content.toByteArray();
    }

    private static boolean isDot(byte[] line) {
        return line.length == 1 && line[0] == '.';
    }

    /** The next line without its end, LF or CRLF; empty at the end of the input. */
    private static Optional<byte[]> line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int octet = in.read();
        if (octet < 0) {
            return Optional.empty();
        }
        while (octet >= 0 && octet != '\n') {
            line.write(octet);
            requireRoom(line);
            octet = in.read();
        }
        byte[] octets = line.toByteArray();
        boolean isCrLf = octet == '\n' && octets.length > 0 && octets[octets.length - 1] == '\r';
        return Optional.of(isCrLf ? java.util.Arrays.copyOf(octets, octets.length - 1) : octets);
    }

    private static void requireRoom(ByteArrayOutputStream octets) throws IOException {
        if (octets.size() > MAX_OCTETS) {
            throw new IOException("more than " + MAX_OCTETS + " octets");
        }
    }

    private void add(byte[] line) throws IOException {
        if (inHeader) {
            String text = new String(line, StandardCharsets.ISO_8859_1);
            Matcher field = FIELD.matcher(text);
            boolean goesOn = !fields.isEmpty() && !text.isEmpty() && (text.charAt(0) == ' ' || text.charAt(0) == '\t');
            if (field.matches()) {
                fields.add(field.group(1).toLowerCase(Locale.ROOT));
            } else if (!goesOn) {
                // A text without a header, or behind one without an empty line between.
                endHeader(!text.isEmpty());
            }
        }
        content.write(line);
        write("\r\n");
        requireRoom(content);
    }

    private void endHeader(boolean withEmptyLine) {
        if (!inHeader) {
            return;
        }
        inHeader = false;
        addMissing("Date", stamp.date().format(DATE));
        addMissing("From", "<" + stamp.author() + ">");
        addMissing("Message-ID", "<" + stamp.messageId() + ">");
        write(withEmptyLine ? "\r\n" : "");
    }

    private void addMissing(String name, String value) {
        if (!fields.contains(name.toLowerCase(Locale.ROOT))) {
            write(name + ": " + value + "\r\n");
        }
    }

    private void write(String text) {
        content.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }
}
