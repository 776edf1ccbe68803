package dev.caravan.mime;

import dev.caravan.mime.ReadMessage.Attachment;
import jakarta.mail.internet.ContentDisposition;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.ParseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.MimeIOException;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RecursionMode;

/**
 * Reads a message with its parts (RFC 2045, RFC 2046) as a stream, and keeps only its text in memory. mime4j's token
 * stream suits hostile mail: it builds no tree of parts and does not fail on malformed ones. What exceeds a limit is
 * left out, and the result says so. An instance reads one message, in one thread.
 */
public final class MimeReader {
    /** The fields that are read. The other fields are of no use to a program, or dangerous to it. */
    private static final Set<String> FIELDS =
            Set.of("from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references");

    private static final int MAX_FIELD = 16 * 1024;
    private static final int MAX_HEADER = 256 * 1024;
    private static final int MAX_HEADER_FIELDS = 10_000;
    private static final int MAX_LINE = 2 * 1024 * 1024;
    private static final int BUFFER = 16 * 1024;
    private static final String TEXT = "text/plain";
    private static final String HTML = "text/html";

    private final Limits limits;
    private final Sink sink;
    private final Map<String, String> fields = new HashMap<>();
    private final Map<String, String> partFields = new HashMap<>();
    private final Map<String, StringBuilder> texts = new HashMap<>();
    private final List<Attachment> attachments = new ArrayList<>();
    private Optional<String> incomplete = Optional.empty();
    private long textOctets;
    private int parts;
    private int depth;

    /**
     * The limits of what is read.
     *
     * @param parts parts of a message, including those that contain others.
     * @param depth of parts within parts.
     * @param text the number of octets of all texts together.
     */
    public record Limits(int parts, int depth, int text) {}

    /** Takes the octets of attachments. */
    public interface Sink {
        /**
         * Begins an attachment, whose size is not known yet.
         *
         * @return where its decoded octets are written; closed at its end.
         */
        OutputStream begin(Attachment about) throws IOException;
    }

    private MimeReader(Limits limits, Sink sink) {
        this.limits = limits;
        this.sink = sink;
    }

    /**
     * Reads a message to its end, or to a limit.
     *
     * @param in its octets; not closed.
     * @throws IOException if the message cannot be read or an attachment cannot be written; never because of what the
     *     message contains.
     */
    public static ReadMessage read(InputStream in, Limits limits, Sink sink) throws IOException {
        MimeReader reader = new MimeReader(limits, sink);
        MimeConfig config = new MimeConfig.Builder()
                .setMaxLineLen(MAX_LINE)
                .setMaxHeaderLen(MAX_HEADER)
                .setMaxHeaderCount(MAX_HEADER_FIELDS)
                .setMaxContentLen(-1)
                .build();
        MimeTokenStream stream = new MimeTokenStream(config);
        // A message within a message is an attachment.
        stream.setRecursionMode(RecursionMode.M_NO_RECURSE);
        stream.parse(in);
        try {
            reader.readAll(stream);
        } catch (SinkException e) {
            throw e.failure;
        } catch (MimeException | MimeIOException | RuntimeException e) {
            // The library throws this for some malformed messages.
            reader.leaveOut("the rest is malformed");
        }
        return reader.result();
    }

    /** The disk failed; that says nothing about the message. */
    private static final class SinkException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient IOException failure;

        SinkException(IOException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    private ReadMessage result() {
        return new ReadMessage(fields, text(TEXT), text(HTML), attachments, incomplete);
    }

    private Optional<String> text(String type) {
        return Optional.ofNullable(texts.get(type)).map(StringBuilder::toString);
    }

    private void leaveOut(String reason) {
        incomplete = incomplete.or(() -> Optional.of(reason));
    }

    private void readAll(MimeTokenStream stream) throws MimeException, IOException {
        EntityState state = stream.getState();
        while (state != EntityState.T_END_OF_STREAM) {
            switch (state) {
                case T_START_HEADER -> partFields.clear();
                case T_FIELD -> field(stream.getField());
                case T_START_MULTIPART -> depth++;
                case T_END_MULTIPART -> depth--;
                case T_START_BODYPART -> parts++;
                case T_BODY -> body(stream);
                default -> {}
            }
            if (parts > limits.parts()) {
                leaveOut("more than " + limits.parts() + " parts");
                return;
            }
            if (depth > limits.depth()) {
                leaveOut("parts within parts, more than " + limits.depth() + " deep");
                return;
            }
            state = stream.next();
        }
    }

    private void field(Field field) {
        String name = field.getName().toLowerCase(Locale.ROOT);
        boolean isOfPart = name.startsWith("content-");
        if (isOfPart || (depth == 0 && FIELDS.contains(name))) {
            byte[] raw = field.getRaw() == null
                    ? (name + ":" + field.getBody()).getBytes(StandardCharsets.UTF_8)
                    : field.getRaw().toByteArray();
            String whole = decoded(raw, raw.length, Optional.empty());
            String body = whole.substring(whole.indexOf(':') + 1)
                    .replaceAll("\\r?\\n(?=[ \\t])", "")
                    .strip();
            String kept = body.length() > MAX_FIELD ? body.substring(0, MAX_FIELD) : body;
            if (kept.length() < body.length()) {
                leaveOut("a field of more than " + MAX_FIELD + " characters");
            }
            (isOfPart ? partFields : fields).putIfAbsent(name, isOfPart ? kept : words(kept));
        }
    }

    /** Decodes encoded words, and removes control characters, because they could begin another line elsewhere. */
    private static String words(String text) {
        String decoded = text;
        try {
            decoded = DecoderUtil.decodeEncodedWords(text, DecodeMonitor.SILENT, StandardCharsets.ISO_8859_1);
        } catch (RuntimeException e) {
            // It cannot be decoded, so it stays as it is.
            decoded = text;
        }
        return decoded.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    private void body(MimeTokenStream stream) throws IOException {
        String type = type(stream);
        String name = name();
        boolean isAttached = partFields
                .getOrDefault("content-disposition", "")
                .toLowerCase(Locale.ROOT)
                .startsWith("attachment");
        InputStream octets = stream.getDecodedInputStream();
        if (!isAttached && name.isEmpty() && (type.equals(TEXT) || type.equals(HTML))) {
            text(type, octets);
            return;
        }
        Optional<String> contentId = Optional.ofNullable(partFields.get("content-id"))
                .map(id -> cleaned(id.replaceAll("[<>]", "")))
                .filter(id -> !id.isEmpty());
        Attachment begun = new Attachment(attachments.size() + 1, name, type, contentId, 0);
        long size = copy(octets, begun);
        attachments.add(new Attachment(begun.number(), name, type, contentId, size));
    }

    private long copy(InputStream octets, Attachment about) throws IOException {
        long size = 0;
        byte[] buffer = new byte[BUFFER];
        try (OutputStream out = begin(about)) {
            for (int count = octets.read(buffer); count >= 0; count = octets.read(buffer)) {
                write(out, buffer, count);
                size += count;
            }
        }
        return size;
    }

    private OutputStream begin(Attachment about) {
        try {
            return sink.begin(about);
        } catch (IOException e) {
            throw new SinkException(e);
        }
    }

    private static void write(OutputStream out, byte[] buffer, int count) {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            throw new SinkException(e);
        }
    }

    private void text(String type, InputStream octets) throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int count = octets.read(buffer); count >= 0; count = octets.read(buffer)) {
            int room = (int) Math.min(count, limits.text() - textOctets);
            kept.write(buffer, 0, room);
            textOctets += room;
            if (room < count) {
                leaveOut("more than " + limits.text() + " octets of text");
            }
        }
        StringBuilder all = texts.computeIfAbsent(type, t -> new StringBuilder());
        byte[] read = kept.toByteArray();
        all.append(all.isEmpty() ? "" : "\n").append(decoded(read, read.length, charset()));
    }

    private Optional<Charset> charset() {
        try {
            String name = new ContentType(partFields.getOrDefault("content-type", TEXT)).getParameter("charset");
            return name == null ? Optional.empty() : Optional.of(Charset.forName(name.strip()));
        } catch (ParseException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Decodes text of a charset. Without a charset, or if the octets do not fit it: UTF-8 if they are that, else
     * Latin-1, which fits any octets.
     */
    private static String decoded(byte[] octets, int count, Optional<Charset> charset) {
        for (Charset each : charset.isPresent()
                ? List.of(charset.get(), StandardCharsets.UTF_8)
                : List.of(StandardCharsets.UTF_8)) {
            try {
                return each.newDecoder()
                        .decode(ByteBuffer.wrap(octets, 0, count))
                        .toString();
            } catch (CharacterCodingException e) {
                continue;
            }
        }
        return new String(
                octets,
                0,
                count,
                charset.filter(named -> !named.equals(StandardCharsets.UTF_8)).orElse(StandardCharsets.ISO_8859_1));
    }

    private static String type(MimeTokenStream stream) {
        String type = stream.getBodyDescriptor().getMimeType();
        return type == null || !type.matches("[A-Za-z0-9!#$&^_.+-]{1,80}/[A-Za-z0-9!#$&^_.+-]{1,80}")
                ? "application/octet-stream"
                : type.toLowerCase(Locale.ROOT);
    }

    /** The name of a part: of its disposition (RFC 2183 §2.3), else of its type; RFC 2231 §3 and §4 are understood. */
    private String name() {
        Optional<String> name = Optional.empty();
        try {
            String disposition = partFields.get("content-disposition");
            if (disposition != null) {
                name = Optional.ofNullable(new ContentDisposition(disposition).getParameter("filename"));
            }
        } catch (ParseException e) {
            name = Optional.empty();
        }
        try {
            String type = partFields.get("content-type");
            if (name.isEmpty() && type != null) {
                name = Optional.ofNullable(new ContentType(type).getParameter("name"));
            }
        } catch (ParseException e) {
            name = Optional.empty();
        }
        return name.map(MimeReader::words)
                .map(text -> text.replaceFirst("(?s)^.*[/\\\\]", ""))
                .map(MimeReader::cleaned)
                .orElse("");
    }

    /**
     * Removes characters that change how the rest of a line is shown; at most {@value Attachment#MAX_NAME} characters.
     */
    private static String cleaned(String text) {
        String visible = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "").strip();
        return visible.length() > Attachment.MAX_NAME
                ? visible.substring(visible.length() - Attachment.MAX_NAME)
                : visible;
    }
}
