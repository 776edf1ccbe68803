package dev.caravan.dsn;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mime.SevenBitMessage;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Shortens a report of this server that returns a whole message to one that returns its header only, for a server that
 * refused the first for its size or content.
 */
public final class HeaderOnlyReport {
    /** A report is small without the message that it returns; a larger one is not changed. */
    static final int MAX_OCTETS = 1024 * 1024;

    private static final Pattern BOUNDARY = Pattern.compile("boundary=\"([^\"]+)\"");
    /** The type of a whole message, and that of its header. */
    private static final Map<String, String> TYPES = Map.of(
            "Content-Type: message/rfc822\r\n", "Content-Type: text/rfc822-headers\r\n",
            "Content-Type: message/global\r\n", "Content-Type: message/global-headers\r\n");

    /** The sentence about a whole message, and the one about its header; the second pair is that of earlier versions. */
    private static final Map<String, String> ATTACHED = Map.of(
            "The message is attached.\r\n", "The header of the message is attached.\r\n",
            "The mail is attached.\r\n", "The header of the mail is attached.\r\n");

    private final InputStream in;
    private final String delimiter;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private HeaderOnlyReport(InputStream in, String boundary) {
        this.in = in;
        this.delimiter = "--" + boundary + "\r\n";
    }

    /**
     * The smaller report, in seven bits.
     *
     * @param report the content of a report that {@link DsnWriter} wrote.
     * @return empty if it returns a header only already.
     * @throws IOException if the report cannot be read.
     */
    public static Optional<Content> of(Content report) throws IOException {
        HeaderSection header = HeaderSection.of(report);
        Matcher boundary = BOUNDARY.matcher(header.first("Content-Type").orElse(""));
        if (!boundary.find()) {
            return Optional.empty();
        }
        try (InputStream in = new BufferedInputStream(report.open())) {
            return new HeaderOnlyReport(in, boundary.group(1)).reduced();
        }
    }

    private Optional<Content> reduced() throws IOException {
        boolean isAfterDelimiter = false;
        for (String line = line(); !line.isEmpty() && out.size() < MAX_OCTETS; line = line()) {
            if (isAfterDelimiter && TYPES.containsKey(line)) {
                returnHeader(TYPES.getOrDefault(line, line));
                return Optional.of(sevenBit());
            }
            add(ATTACHED.getOrDefault(line, line));
            isAfterDelimiter = line.equals(delimiter);
        }
        return Optional.empty();
    }

    /** Parts with addresses in UTF-8 have eight bits. */
    private Content sevenBit() throws IOException {
        byte[] octets = out.toByteArray();
        try (InputStream converted =
                SevenBitMessage.of(() -> new ByteArrayInputStream(octets)).open()) {
            return new Content.InMemory(converted.readAllBytes());
        }
    }

    private void returnHeader(String type) throws IOException {
        for (String line = line(); !line.isEmpty() && !line.equals("\r\n"); line = line()) {
            // The rest of the part's own header.
            continue;
        }
        StringBuilder header = new StringBuilder();
        for (String line = line();
                !line.isEmpty() && !line.equals("\r\n") && header.length() < HeaderSection.MAX_OCTETS;
                line = line()) {
            header.append(line);
        }
        byte[] octets = header.toString().getBytes(StandardCharsets.ISO_8859_1);
        add(type + "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
        out.writeBytes(SevenBitMessage.quotedPrintable(octets));
        add("\r\n" + delimiter.replace("\r\n", "--\r\n"));
    }

    private void add(String line) {
        out.writeBytes(line.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** The next line with its end, cut if it is too long; empty if there is none. */
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            line.append((char) octet);
            if (octet == '\n' || line.length() >= HeaderSection.MAX_OCTETS) {
                break;
            }
        }
        return line.toString();
    }
}
