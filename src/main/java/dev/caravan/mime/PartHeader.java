package dev.caravan.mime;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The header of a message or of a part, with the line that ends it, octet by octet (RFC 2045 §3). */
final class PartHeader {
    private static final String TRANSFER_ENCODING = "Content-Transfer-Encoding";
    private static final String TYPE = "Content-Type";
    private static final String VERSION = "MIME-Version";

    private final byte[] octets;
    private final List<Field> fields = new ArrayList<>();
    private final int end;

    /** Where a field is; its name ends before the colon, -1 where there is none. */
    private record Field(int from, int to, int nameEnd) {}

    PartHeader(byte[] octets) {
        this.octets = octets;
        int at = 0;
        while (at < octets.length && octets[at] != '\n' && !startsWithCrLf(at)) {
            int next = nextLine(at);
            while (next < octets.length && (octets[next] == ' ' || octets[next] == '\t')) {
                next = nextLine(next);
            }
            fields.add(new Field(at, next, colon(at, next)));
            at = next;
        }
        end = at;
    }

    private boolean startsWithCrLf(int at) {
        return octets[at] == '\r' && at + 1 < octets.length && octets[at + 1] == '\n';
    }

    private int nextLine(int from) {
        int at = from;
        while (at < octets.length && octets[at] != '\n') {
            at++;
        }
        return Math.min(at + 1, octets.length);
    }

    private int colon(int from, int to) {
        for (int at = from; at < to; at++) {
            if (octets[at] == ':') {
                return at;
            }
            if (octets[at] < ' ' && octets[at] != '\t') {
                return -1;
            }
        }
        return -1;
    }

    private boolean is(Field field, String name) {
        return field.nameEnd >= 0 && text(field.from, field.nameEnd).strip().equalsIgnoreCase(name);
    }

    private String text(int from, int to) {
        return new String(octets, from, to - from, StandardCharsets.ISO_8859_1);
    }

    private Optional<String> first(String name) {
        return fields.stream()
                .filter(field -> is(field, name))
                .findFirst()
                .map(field -> text(field.nameEnd + 1, field.to)
                        .replace("\r", "")
                        .replace("\n", "")
                        .strip());
    }

    boolean hasVersion() {
        return first(VERSION).isPresent();
    }

    /** The media type; empty without the field. */
    Optional<MediaType> type() {
        return first(TYPE).map(MediaType::of);
    }

    /** The transfer encoding in lower case; {@code 7bit} without the field. */
    String encoding() {
        String text = first(TRANSFER_ENCODING).orElse("7bit").toLowerCase(Locale.ROOT);
        int comment = text.indexOf('(');
        return (comment < 0 ? text : text.substring(0, comment)).strip();
    }

    boolean hasEncoding() {
        return first(TRANSFER_ENCODING).isPresent();
    }

    /**
     * The header with fields of seven bits, as far as that is possible without loss.
     *
     * @param encoding another transfer encoding, in the place of the one that is there.
     * @param more further fields, each with its line end.
     */
    byte[] sevenBit(Optional<String> encoding, String more) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(octets.length + 128);
        for (Field field : fields) {
            if (encoding.isEmpty() || !is(field, TRANSFER_ENCODING)) {
                String name = field.nameEnd < 0
                        ? ""
                        : text(field.from, field.nameEnd).strip();
                out.writeBytes(EightBitField.encoded(name, text(field.from, field.to))
                        .getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        String last = more + encoding.map(name -> TRANSFER_ENCODING + ": " + name + "\r\n").orElse("");
        if (!last.isEmpty()) {
            // The header of an empty part may end without a line end.
            if (end > 0 && octets[end - 1] != '\n') {
                out.writeBytes(new byte[] {'\r', '\n'});
            }
            out.writeBytes(last.getBytes(StandardCharsets.US_ASCII));
        }
        out.write(octets, end, octets.length - end);
        return out.toByteArray();
    }
}
