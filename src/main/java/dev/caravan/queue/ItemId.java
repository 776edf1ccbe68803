package dev.caravan.queue;

import dev.caravan.mail.MailId;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The id of one queue item: a message has one item for each next hop, and one more whenever recipients are separated
 * after an attempt. The item's spool file has this name.
 *
 * @param mail the id of the message.
 * @param part which part of the message: 1 to 32 digits and hyphens, such as {@code 2} or {@code 2-17}.
 */
public record ItemId(MailId mail, String part) {
    private static final Pattern FORM = Pattern.compile("[0-9]+(?:-[0-9]+)*");
    private static final int MAX_PART = 32;

    /** @throws IllegalArgumentException if the part has another form. */
    public ItemId {
        if (part.length() > MAX_PART || !FORM.matcher(part).matches()) {
            throw new IllegalArgumentException("not a part of a mail (expected: 1 to 32 digits and hyphens)");
        }
    }

    /**
     * Reads {@code MAILID.part}.
     *
     * @throws IllegalArgumentException if the text is not an item id.
     */
    public static ItemId parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 0) {
            throw new IllegalArgumentException("not an item id (expected: mail id, dot, part)");
        }
        return new ItemId(new MailId(text.substring(0, dot)), text.substring(dot + 1));
    }

    /**
     * The id of the item for recipients that leave this item after an attempt. The same attempt gives the same id, so
     * that a repetition after a crash finds its own file.
     *
     * @param attempt the number of the attempt.
     */
    public ItemId afterAttempt(int attempt) {
        return extended("-" + attempt);
    }

    /**
     * As {@link #afterAttempt(int)}, for a further group of recipients. No other item has this id, because there is no
     * attempt 0.
     *
     * @param group the number of the group; from 1.
     */
    public ItemId afterAttempt(int attempt, int group) {
        return extended("-" + attempt + "-0-" + group);
    }

    private ItemId extended(String suffix) {
        String longer = part + suffix;
        if (longer.length() <= MAX_PART) {
            return new ItemId(mail, longer);
        }
        // After many repeated splits the history is replaced by a checksum; the id stays deterministic.
        CRC32 checksum = new CRC32();
        checksum.update(longer.getBytes(StandardCharsets.US_ASCII));
        return new ItemId(mail, "0-" + checksum.getValue() + suffix);
    }

    @Override
    public String toString() {
        return mail + "." + part;
    }
}
