package dev.caravan.source.message;

import dev.caravan.source.message.MessageDraft.Attachment;
import dev.caravan.source.message.MessageDraft.Part;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a draft as a MIME message (RFC 2045, RFC 2046): text as quoted-printable, files as base64, attached messages
 * unencoded, non-ASCII text in header fields as encoded words. Omits blind recipients. Copies parts from their store in
 * pieces.
 */
final class MimeMessageWriter {
    private static final int BUFFERED = 8 * 1024;
    private static final int BASE64_LINE = 76;
    private static final int LONGEST_BOUNDARY = 50;

    private final MessageDraft letter;
    private final PartStore parts;
    private final OutputStream out;
    private final String boundary;
    private int multiparts;

    private MimeMessageWriter(MessageDraft letter, PartStore parts, DefaultHeaders stamp, OutputStream out) {
        this.letter = letter;
        this.parts = parts;
        this.out = out;
        // No encoding produces "=_", and the author of an attached message cannot know the next id.
        String unique = stamp.messageId().replaceAll("[^0-9A-Za-z]", "");
        this.boundary = "=_" + unique.substring(0, Math.min(LONGEST_BOUNDARY, unique.length())) + "_";
    }

    /**
     * Writes a draft.
     *
     * @param out gets the message; not closed.
     * @throws IOException if it cannot be written.
     * @throws InvalidSubmissionException if a header field cannot be written.
     */
    static void write(MessageDraft letter, PartStore parts, DefaultHeaders stamp, OutputStream out)
            throws IOException, InvalidSubmissionException {
        MimeMessageWriter writer = new MimeMessageWriter(letter, parts, stamp, out);
        writer.heading(stamp);
        writer.body();
    }

    /** The Message-ID of the message. */
    static String messageId(MessageDraft letter, DefaultHeaders stamp) {
        return letter.heading().messageId().orElse(stamp.messageId());
    }

    private void heading(DefaultHeaders stamp) throws IOException, InvalidSubmissionException {
        MessageDraft.Heading heading = letter.heading();
        put("Date: " + stamp.dateText() + "\r\n");
        put(FieldWriter.addresses("From", List.of(heading.from())));
        put(FieldWriter.addresses("To", heading.to()));
        put(FieldWriter.addresses("Cc", heading.cc()));
        put(FieldWriter.addresses("Reply-To", heading.replyTo()));
        put(FieldWriter.text("Subject", heading.subject()));
        put("Message-ID: <" + messageId(letter, stamp) + ">\r\n");
        for (Map.Entry<String, String> field : heading.fields().entrySet()) {
            put(FieldWriter.text(field.getKey(), field.getValue()));
        }
        put("MIME-Version: 1.0\r\n");
    }

    /** A MIME entity: header and body. */
    private interface Entity {
        void write() throws IOException;
    }

    private void body() throws IOException {
        List<Attachment> files = letter.body().files();
        if (files.isEmpty()) {
            said();
            return;
        }
        List<Entity> entities = new ArrayList<>();
        entities.add(this::said);
        files.forEach(file -> entities.add(() -> file(file, file.contentId().isPresent())));
        multipart("mixed", entities);
    }

    private void said() throws IOException {
        MessageDraft.Body body = letter.body();
        if (body.html().isEmpty()) {
            text(body.text(), "plain");
        } else if (body.text().isPresent()) {
            multipart("alternative", List.of(() -> text(body.text(), "plain"), this::html));
        } else {
            html();
        }
    }

    private void html() throws IOException {
        MessageDraft.Body body = letter.body();
        if (body.inline().isEmpty()) {
            text(body.html(), "html");
            return;
        }
        List<Entity> entities = new ArrayList<>();
        entities.add(() -> text(body.html(), "html"));
        body.inline().forEach(file -> entities.add(() -> file(file, true)));
        multipart("related; type=\"text/html\"", entities);
    }

    private void multipart(String subtype, List<Entity> entities) throws IOException {
        String own = boundary + (char) ('a' + multiparts++);
        put("Content-Type: multipart/" + subtype + ";\r\n boundary=\"" + own + "\"\r\n");
        if (letter.body().isEightBit()) {
            // The encoding of a multipart must cover that of every part (RFC 2045 §6.4).
            put("Content-Transfer-Encoding: 8bit\r\n");
        }
        put("\r\n");
        for (Entity entity : entities) {
            put("--" + own + "\r\n");
            entity.write();
            put("\r\n");
        }
        put("--" + own + "--\r\n");
    }

    private void text(Optional<Part> text, String subtype) throws IOException {
        // Quoted-printable represents any text: long lines, lines with a single dot, control characters.
        put("Content-Type: text/" + subtype + "; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
        if (text.isPresent()) {
            try (InputStream in = parts.open(text.get().from(), text.get().size());
                    OutputStream encoder = new QuotedPrintable(out)) {
                in.transferTo(encoder);
            }
        }
    }

    private void file(Attachment file, boolean inline) throws IOException {
        put(FieldWriter.contentType(file.type(), file.name()));
        put(FieldWriter.disposition(inline ? "inline" : "attachment", file.name()));
        if (file.contentId().isPresent()) {
            put("Content-ID: <" + file.contentId().get() + ">\r\n");
        }
        try (InputStream in = parts.open(file.octets().from(), file.octets().size())) {
            if (file.type().isMessage()) {
                put("Content-Transfer-Encoding: " + (file.isEightBit() ? "8bit" : "7bit") + "\r\n\r\n");
                lines(in);
                return;
            }
            put("Content-Transfer-Encoding: base64\r\n\r\n");
            byte[] crlf = {'\r', '\n'};
            try (OutputStream encoder = Base64.getMimeEncoder(BASE64_LINE, crlf).wrap(unclosed())) {
                in.transferTo(encoder);
            }
        }
    }

    /** Copies octets whose lines end with LF or CRLF. */
    private void lines(InputStream in) throws IOException {
        OutputStream buffer = unclosed();
        byte[] piece = new byte[BUFFERED];
        int last = -1;
        for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
            for (int i = 0; i < got; i++) {
                if (piece[i] == '\n' && last != '\r') {
                    buffer.write('\r');
                }
                buffer.write(piece[i]);
                last = piece[i];
            }
        }
        buffer.flush();
    }

    /** A buffer for the message; closing it flushes it and leaves the message open. */
    private OutputStream unclosed() {
        return new BufferedOutputStream(
                new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] octets, int from, int count) throws IOException {
                        out.write(octets, from, count);
                    }

                    @Override
                    public void close() {
                        // The owner continues to write to the message.
                    }
                },
                BUFFERED);
    }

    /** Writes lines in ASCII, or with an address in UTF-8 (RFC 6532 §3.2). */
    private void put(String lines) throws IOException {
        out.write(lines.getBytes(StandardCharsets.UTF_8));
    }
}
