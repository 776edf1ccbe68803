package dev.caravan.mime;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a message says, decoded. Everything in it is of the sender's choice.
 *
 * @param fields the first field of each name that {@link MimeReader} reads, by the name in lower case: unfolded, encoded
 *     words decoded (RFC 2047 §2), without control characters.
 * @param text what it says in plain text; empty if it does not.
 * @param html what it says as a page; empty if it does not.
 * @param attachments its other parts, in their order.
 * @param incomplete why something of it was not read; empty if all was.
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
     * A part that is not the text of the message.
     *
     * @param number from 1.
     * @param name what its author calls it, without folders and control characters, at most {@value #MAX_NAME}
     *     characters; empty if it has no name.
     * @param type its media type, in lower case, without parameters.
     * @param contentId by which a page refers to it, without angle brackets (RFC 2392 §2).
     * @param octets its size, decoded.
     */
    public record Attachment(int number, String name, String type, Optional<String> contentId, long octets) {
        /** How much of a name is kept. */
        public static final int MAX_NAME = 200;

        private static final int MAX_FILE_NAME = 80;

        /**
         * A name for a file that no other attachment of the message has: its number, and of its own name what is safe in
         * every file system and locale: letters and digits of ASCII, dot, hyphen and underscore.
         */
        public String fileName() {
            String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
            String kept = safe.length() > MAX_FILE_NAME ? safe.substring(safe.length() - MAX_FILE_NAME) : safe;
            return number + (kept.isEmpty() ? "" : "-" + kept);
        }
    }
}
