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
 * Records that something was submitted. Stored in the transaction of its message, so that either both exist or neither.
 *
 * @param key the hashed name of what was submitted: 64 hexadecimal digits.
 * @param digest the digest of the octets that were submitted under that name: 64 hexadecimal digits.
 * @param mailId the id of the resulting message.
 * @param at the time of the submission.
 */
public record IdempotencyRecord(String key, String digest, String mailId, Instant at) {
    /** For sources whose names alone identify what was submitted. */
    public static final String NO_DIGEST = hex(sha256().digest());

    private static final String KEY = "key";
    private static final String DIGEST = "digest";

    /** The key of a name that a source uses; the name may contain any character. */
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

    /** Makes the exchange store this record in the transaction of the message that it submits. */
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
