package dev.caravan.source;

import dev.caravan.broker.EncodedItemMessage;
import dev.caravan.broker.ItemProperties;
import dev.caravan.exchange.MailExchange;
import dev.caravan.queue.QueueNames;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import org.apache.camel.Exchange;

/**
 * Says that something was submitted: stored in the transaction of its mail, so that there are both or neither.
 *
 * @param key names what was submitted: 64 hexadecimal digits.
 * @param digest of what was submitted under that name: 64 hexadecimal digits.
 * @param mailId the mail that was made of it.
 * @param at when.
 */
public record IdempotencyRecord(String key, String digest, String mailId, Instant at) {
    /** Where the name alone says what was submitted. */
    public static final String NO_DIGEST = hex(sha256().digest());

    private static final String KEY = "key";
    private static final String DIGEST = "digest";

    /** The key of something that a source has a name for, whatever characters are in it. */
    public static String key(String source, String name) {
        return hex(sha256().digest((source + "\n" + name).getBytes(StandardCharsets.UTF_8)));
    }

    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has it", e);
        }
    }

    public static String hex(byte[] digest) {
        return HexFormat.of().formatHex(digest);
    }

    /** Has this mark stored in the transaction of the message that the exchange submits. */
    public void storeWith(Exchange exchange) {
        MailExchange.of(exchange).own(this);
        MailExchange.of(exchange).storeToo(message());
    }

    public EncodedItemMessage message() {
        return new EncodedItemMessage(
                QueueNames.SUBMITTED,
                new byte[0],
                Map.of(
                        KEY,
                        key,
                        DIGEST,
                        digest,
                        ItemProperties.MAIL_ID,
                        mailId,
                        ItemProperties.QUEUED_AT,
                        at.toEpochMilli()));
    }

    /** Reads what {@link #message} wrote. */
    static IdempotencyRecord of(jakarta.jms.Message message) {
        return new IdempotencyRecord(
                ItemProperties.text(message, KEY).orElse(""),
                ItemProperties.text(message, DIGEST).orElse(""),
                ItemProperties.text(message, ItemProperties.MAIL_ID).orElse(""),
                Instant.ofEpochMilli(
                        ItemProperties.number(message, ItemProperties.QUEUED_AT).orElse(0L)));
    }
}
