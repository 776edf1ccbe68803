package dev.caravan.mail;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The header fields at the beginning of a content, read without parsing the rest (RFC 5322 §2.2). Content in memory is
 * not copied, and at most {@value #MAX_OCTETS} octets are read.
 */
public final class HeaderSection {
    /** The most octets that are searched for the end of the header. */
    public static final int MAX_OCTETS = 256 * 1024;

    private static final int FIRST_READ = 8 * 1024;

    private final byte[] octets;
    private final int end;
    private final boolean whole;

    private HeaderSection(byte[] octets, int end, boolean whole) {
        this.octets = octets;
        this.end = end;
        this.whole = whole;
    }

    /**
     * Reads the header of a content: up to the first empty line, or to the end, or to the last whole line within
     * {@value #MAX_OCTETS} octets.
     *
     * @throws IOException if the content cannot be read.
     */
    public static HeaderSection of(Content content) throws IOException {
        if (content instanceof Content.InMemory memory) {
            byte[] all = memory.octets();
            int limit = Math.min(all.length, MAX_OCTETS);
            int emptyLine = emptyLine(all, limit, 0);
            boolean isCut = emptyLine < 0 && limit < all.length;
            return new HeaderSection(all, emptyLine >= 0 ? emptyLine : wholeLines(all, limit, isCut), !isCut);
        }
        try (InputStream in = content.open()) {
            byte[] read = in.readNBytes(FIRST_READ);
            int emptyLine = emptyLine(read, read.length, 0);
            boolean more = read.length == FIRST_READ;
            while (emptyLine < 0 && more && read.length < MAX_OCTETS) {
                int before = read.length;
                byte[] longer = Arrays.copyOf(read, 2 * before);
                int got = in.readNBytes(longer, before, before);
                more = got == before;
                read = more ? longer : Arrays.copyOf(longer, before + got);
                emptyLine = emptyLine(read, read.length, lineBegin(read, before));
            }
            boolean isCut = emptyLine < 0 && more;
            return new HeaderSection(read, emptyLine >= 0 ? emptyLine : wholeLines(read, read.length, isCut), !isCut);
        }
    }

    /** Whether these are all fields of the content; false if the end was not found within the limit. */
    public boolean isWhole() {
        return whole;
    }

    /** The number of octets of the header, without the empty line. */
    public int size() {
        return end;
    }

    /** The octets of all fields, the line end of the last field included. */
    public byte[] octets() {
        return Arrays.copyOf(octets, end);
    }

    /**
     * The number of fields with a name.
     *
     * @param name a field name; case does not matter.
     */
    public int count(String name) {
        int count = 0;
        for (int line = 0; line < end; line = nextLine(octets, end, line)) {
            if (body(line, name) >= 0) {
                count++;
            }
        }
        return count;
    }

    /**
     * The body of the first field with a name, unfolded and trimmed, each octet one character.
     *
     * @param name a field name; case does not matter.
     */
    public Optional<String> first(String name) {
        for (int line = 0; line < end; line = nextLine(octets, end, line)) {
            int body = body(line, name);
            if (body >= 0) {
                return Optional.of(unfolded(body));
            }
        }
        return Optional.empty();
    }

    /**
     * The bodies of all fields with a name, from the top, each unfolded and trimmed, each octet one character.
     *
     * @param name a field name; case does not matter.
     */
    public List<String> all(String name) {
        List<String> bodies = new ArrayList<>();
        for (int line = 0; line < end; line = nextLine(octets, end, line)) {
            int body = body(line, name);
            if (body >= 0) {
                bodies.add(unfolded(body));
            }
        }
        return bodies;
    }

    /**
     * The octets of all fields except those with a name.
     *
     * @param name a field name; case does not matter.
     */
    public byte[] without(String name) {
        ByteArrayOutputStream rest = new ByteArrayOutputStream(end);
        int line = 0;
        while (line < end) {
            int next = fieldEnd(line);
            if (body(line, name) < 0) {
                rest.write(octets, line, next - line);
            }
            line = next;
        }
        return rest.toByteArray();
    }

    /** The end of a field that begins at a line: after its last continuation line, which begins with a blank. */
    private int fieldEnd(int at) {
        int fieldEnd = nextLine(octets, end, at);
        while (fieldEnd < end && (octets[fieldEnd] == ' ' || octets[fieldEnd] == '\t')) {
            fieldEnd = nextLine(octets, end, fieldEnd);
        }
        return fieldEnd;
    }

    private String unfolded(int body) {
        int fieldEnd = fieldEnd(body);
        return new String(octets, body, fieldEnd - body, StandardCharsets.ISO_8859_1)
                .replace("\r", "")
                .replace("\n", "")
                .trim();
    }

    /** Where the body of the field at a line begins, or -1 if the field has another name. */
    private int body(int line, String name) {
        int at = line;
        for (int i = 0; i < name.length(); i++, at++) {
            if (at >= end || lower(octets[at]) != lower((byte) name.charAt(i))) {
                return -1;
            }
        }
        // Blanks before the colon are obsolete syntax, which still has to be understood (RFC 5322 §4.5).
        while (at < end && (octets[at] == ' ' || octets[at] == '\t')) {
            at++;
        }
        return at < end && octets[at] == ':' ? at + 1 : -1;
    }

    private static int lower(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
    }

    private static int emptyLine(byte[] octets, int limit, int from) {
        for (int line = from; line < limit; line = nextLine(octets, limit, line)) {
            if (octets[line] == '\n' || (octets[line] == '\r' && line + 1 < limit && octets[line + 1] == '\n')) {
                return line;
            }
        }
        return -1;
    }

    private static int nextLine(byte[] octets, int limit, int from) {
        int at = from;
        while (at < limit && octets[at] != '\n') {
            at++;
        }
        return Math.min(at + 1, limit);
    }

    private static int lineBegin(byte[] octets, int at) {
        int begin = at;
        while (begin > 0 && octets[begin - 1] != '\n') {
            begin--;
        }
        return begin;
    }

    private static int wholeLines(byte[] octets, int limit, boolean more) {
        int begin = lineBegin(octets, limit);
        return more && begin > 0 ? begin : limit;
    }
}
