package dev.caravan.queue;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderField;
import dev.caravan.mail.HeaderSection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * Makes a new content from an old one, which stays as it is. Large content goes through the spool in pieces and is
 * durable when the new content exists. All methods may block on the disk.
 */
public final class ContentEdit {
    private static final int PIECE = 64 * 1024;

    private final Spool spool;

    public ContentEdit(Spool spool) {
        this.spool = spool;
    }

    /**
     * The content with one field of that name, at its top; other fields of that name are left out, within the octets
     * that {@link HeaderSection} reads.
     *
     * @throws IOException if the old content cannot be read or the disk fails; nothing is left of the new one.
     */
    public Content with(Content content, HeaderField field) throws IOException {
        HeaderSection header = HeaderSection.of(content);
        return rewritten(content, header.size(), field.octets(), header.without(field.name()));
    }

    /**
     * The content without fields of that name; the same content if there are none.
     *
     * @throws IOException as above.
     */
    public Content without(Content content, String name) throws IOException {
        HeaderSection header = HeaderSection.of(content);
        return header.first(name).isEmpty() ? content : rewritten(content, header.size(), header.without(name));
    }

    /**
     * The content with another header.
     *
     * @param header that of the content, read from it.
     * @param other the fields that take its place, each with its line end.
     * @throws IOException as above.
     */
    public Content withHeader(Content content, HeaderSection header, byte[] other) throws IOException {
        return rewritten(content, header.size(), other);
    }

    /**
     * The content with octets before it, such as fields at the top of its header.
     *
     * @throws IOException as above.
     */
    public Content below(byte[] beginning, Content content) throws IOException {
        return rewritten(content, 0, beginning);
    }

    /**
     * A content of these octets.
     *
     * @throws IOException if the disk fails.
     */
    public Content of(byte[] octets) throws IOException {
        return rewritten(new Content.InMemory(new byte[0]), 0, octets);
    }

    private Content rewritten(Content content, int skipped, byte[]... beginning) throws IOException {
        SpoolWriter writer = spool.newContent();
        try (InputStream in = content.open()) {
            for (byte[] part : beginning) {
                writer.append(ByteBuffer.wrap(part));
            }
            in.skipNBytes(skipped);
            byte[] piece = new byte[(int) Math.max(1, Math.min(PIECE, content.size() - skipped + 1))];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                writer.append(ByteBuffer.wrap(piece, 0, read));
            }
            return writer.finish();
        } catch (IOException | RuntimeException e) {
            writer.abandon();
            throw e;
        }
    }
}
