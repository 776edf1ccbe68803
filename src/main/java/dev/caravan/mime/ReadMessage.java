package dev.caravan.mime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The text and attachments of a message, decoded. Everything in it was chosen by the sender.
 *
 * @param fields the first field of each name that {@link MimeReader} reads, by the name in lower case: unfolded, encoded
 *     words decoded (RFC 2047 §2), without control characters.
 * @param text its plain text; empty if it has none.
 * @param html its HTML; empty if it has none.
 * @param attachments its other parts, in their order.
 * @param incomplete why a part of it was not read; empty if all was read.
 */
public record ReadMessage(
        Map<String, String> fields,
        Optional<String> text,
        Optional<String> html,
        List<Attachment> attachments,
        Optional<String> incomplete) {

    public ReadMessage {
        fields = Map.copyOf(fields);
        attachments = List.copyOf(attachments);
    }

    /**
     * A part other than the text of the message.
     *
     * @param number from 1.
     * @param name its file name, without folders and control characters, at most {@value #MAX_NAME} characters; empty
     *     if it has no name.
     * @param type its media type, in lower case, without parameters.
     * @param contentId the id by which HTML refers to it, without angle brackets (RFC 2392 §2).
     * @param octets its size, decoded.
     */
    public record Attachment(int number, String name, String type, Optional<String> contentId, long octets) {
        /** The number of characters of a name that are kept. */
        public static final int MAX_NAME = 200;

        private static final int MAX_FILE_NAME = 80;

        /**
         * A name for a file that no other attachment of the message has: its number, and the characters of its own name
         * that are safe in every file system and locale: letters and digits of ASCII, dot, hyphen and underscore.
         */
        public String fileName() {
            String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
            String kept = safe.length() > MAX_FILE_NAME ? safe.substring(safe.length() - MAX_FILE_NAME) : safe;
            return number + (kept.isEmpty() ? "" : "-" + kept);
        }
    }
}
