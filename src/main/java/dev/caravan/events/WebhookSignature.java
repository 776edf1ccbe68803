package dev.caravan.events;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The header fields of a signed event, as the Standard Webhooks specification defines them, so that receivers can use
 * any library for it: {@code webhook-id}, {@code webhook-timestamp} in seconds, and {@code webhook-signature}, which is
 * {@code v1,} and the HMAC-SHA256 of id, timestamp and body, joined by dots, in base 64.
 */
public final class WebhookSignature {
    private static final String PREFIX = "whsec_";
    private static final int LEAST_OCTETS = 24;
    private static final int MOST_OCTETS = 64;

    private WebhookSignature() {}

    /**
     * Reads a key.
     *
     * @param text 24 to 64 octets in base 64, with or without {@code whsec_} before it.
     * @throws IllegalArgumentException if it is not a key.
     */
    public static byte[] key(String text) {
        String stripped = text.strip();
        String encoded = stripped.startsWith(PREFIX) ? stripped.substring(PREFIX.length()) : stripped;
        byte[] key = Base64.getDecoder().decode(encoded);
        if (key.length < LEAST_OCTETS || key.length > MOST_OCTETS) {
            throw new IllegalArgumentException("key of " + key.length + " octets (expected: 24 to 64 in base 64)");
        }
        return key;
    }

    /**
     * Signs.
     *
     * @param id the id of the event, the same whenever it is sent again.
     * @param body exactly as it is sent.
     */
    public static Map<String, String> fields(String id, Instant now, String body, byte[] key) {
        String seconds = Long.toString(now.getEpochSecond());
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("webhook-id", id);
        fields.put("webhook-timestamp", seconds);
        fields.put("webhook-signature", "v1," + hmac(id + "." + seconds + "." + body, key));
        return fields;
    }

    private static String hmac(String text, byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            // Every Java platform has it.
            throw new AssertionError(e);
        }
    }
}
