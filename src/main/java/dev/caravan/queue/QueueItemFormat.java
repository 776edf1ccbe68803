package dev.caravan.queue;

import dev.caravan.mail.Content;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * The stored form of a queue item: a header block of lines that people can read, an empty line, and the content's
 * octets if they are few enough to be in the item. Lines end at LF.
 *
 * <pre>
 * Caravan-Item: 1
 * Id: 01K7Q3ZV8GABCDEF.1
 * Arrived: 2026-01-31T10:15:30Z
 * Protocol: ESMTP
 * Helo: client.example
 * Remote: 192.0.2.1
 * Reverse-Path: a@example.org
 * Body: 8BITMIME
 * Ret: HDRS
 * Envid: QQ314159
 * Binary: yes
 * Utf8: yes
 * Auth: a@example.org
 * Release-At: 2026-01-31T18:00:00Z
 * priority: 3
 * Deliver-By: 2026-01-31T20:00:00Z N T told
 * Require-Tls: yes
 * Transport: smtp
 * Domain: example.net
 * Attempts: 1
 * Next-Attempt: 2026-01-31T10:30:30Z
 * Attempt: 2026-01-31T10:15:30Z mx.example.net 450 4.2.0 try later
 * Recipient: b@example.net notify=DELAY orcpt=rfc822;b@example.org warned status=4.2.0 remote=mx.example.net reply=450 ...
 * held-at: 2026-01-31T10:15:30Z
 * held-by: check-mail
 * held-reason: looks like a bill
 * Content: inline 1234
 * </pre>
 *
 * {@code Auth} may be {@code <>}; {@code Binary} says that the content is not in lines, and {@code Body} is
 * {@code 8BITMIME} then. Addresses, hosts and parameters are xtext, of the octets of UTF-8 if {@code Utf8} is
 * there; free text at the end of a line has {@code \\} and
 * {@code \n} for backslash and line feed. Optional lines and words are left out if they have no value.
 *
 * <p>Servers of several versions share queues, so these rules bind every version:
 *
 * <ul>
 *   <li>The first line is {@code Caravan-Item} with the version, a number; the line {@code Id} names the item, and thereby
 *       the file with its content, in the form that it has here. It is within the first 64 KiB.
 *   <li>The lowest version that can hold an item is written.
 *   <li>Within version 1, lines are read by name, in any order. Only {@code Attempt} and {@code Recipient} are repeated.
 *       Values of the lines and words above never get another form or meaning.
 *   <li>A line or a recipient's word of another name is an attribute of a later server. It is kept, and written back with the
 *       item, within the limits of {@link ItemAttributes}. A name that begins with an upper-case letter is critical: it
 *       changes what becomes of the message, so that a server that does not know it must leave the item alone. (The
 *       case of the names above means nothing, except from {@code Binary} to {@code Require-Tls}, which came later.)
 *   <li>An item of a newer version, with an unknown critical attribute, or with more unknown attributes than are kept, is
 *       left in its queue by a server that does not understand it ({@link UnsupportedItemException}).
 * </ul>
 */
public final class QueueItemFormat {
    private QueueItemFormat() {}

    /**
     * Writes an item.
     *
     * @throws IllegalArgumentException if the content is in a file that is not the item's own: it was not adopted by
     *     the spool, and the item would lose its content with the other's.
     */
    public static byte[] write(QueueItem item) {
        StringBuilder header = new StringBuilder(512);
        ItemWriter.header(item, header);
        Content content = item.mail().content();
        if (content instanceof Content.InMemory memory) {
            byte[] octets = memory.octets();
            header.append("Content: inline ").append(octets.length).append("\n\n");
            return joined(header, octets);
        }
        if (content instanceof Content.InFile file) {
            if (!String.valueOf(file.file().getFileName()).equals(item.id().toString())) {
                throw new IllegalArgumentException(
                        "content of item " + item.id() + " is in another's file (expected: adopted by the spool)");
            }
            header.append("Content: spool ").append(file.size()).append("\n\n");
            return joined(header, new byte[0]);
        }
        throw new AssertionError(content);
    }

    // The header is ASCII by construction; getBytes(int, int, byte[], int) would be one copy less, but is deprecated.
    private static byte[] joined(StringBuilder header, byte[] content) {
        byte[] block = header.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = new byte[block.length + content.length];
        System.arraycopy(block, 0, whole, 0, block.length);
        System.arraycopy(content, 0, whole, block.length, content.length);
        return whole;
    }

    /**
     * Reads the next hop from an item's header; the content is not needed.
     *
     * @return empty if the octets are not an item.
     * @throws UnsupportedItemException if a newer server wrote the item, and it is to be left where it is.
     */
    public static Optional<NextHop> nextHop(byte[] octets) throws UnsupportedItemException {
        try {
            return Optional.of(ItemReader.nextHopOf(octets));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads from an item's header until when it waits; the content is not needed.
     *
     * @return empty if the octets are not an item, or it names no time.
     */
    public static Optional<Instant> nextAttempt(byte[] octets) {
        try {
            return ItemReader.nextAttemptOf(octets);
        } catch (UnsupportedItemException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    /**
     * Reads the id from an item's header, and so the name of its spool file; for items of every version.
     *
     * @param octets the beginning of what was stored; octets after the header are not read.
     * @return empty if the octets do not begin with an item's header.
     */
    public static Optional<ItemId> id(byte[] octets) {
        return ItemLines.idOf(octets);
    }

    /**
     * Reads an item.
     *
     * @param octets what was stored; not kept.
     * @param spool where large contents are.
     * @throws QueueItemFormatException if the octets are not an item, but anything else.
     * @throws UnsupportedItemException if a newer server wrote the item, and it is to be left where it is.
     * @throws MissingContentException if the item is well-formed, but its spool file is missing.
     */
    public static QueueItem read(byte[] octets, Spool spool)
            throws QueueItemFormatException, UnsupportedItemException, MissingContentException {
        QueueItem item;
        try {
            item = new ItemReader(octets, spool).item();
        } catch (IllegalArgumentException | DateTimeException e) {
            // The values check themselves; a value that throws is malformed.
            throw new QueueItemFormatException("malformed queue item: " + e.getMessage(), e);
        }
        spool.requirePresent(item);
        return item;
    }
}
