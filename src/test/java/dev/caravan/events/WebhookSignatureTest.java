package dev.caravan.events;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WebhookSignatureTest {
    private static final String KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /** The example that libraries for such webhooks are tested with. */
    @Test
    void signsAsOthersDo() {
        Map<String, String> fields = WebhookSignature.fields(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                Instant.ofEpochSecond(1614265330),
                "{\"test\": 2432232314}",
                WebhookSignature.key("whsec_" + KEY + "\n"));
        assertEquals("msg_p5jXN8AQM9LWM0D4loKWxJek", fields.get("webhook-id"));
        assertEquals("1614265330", fields.get("webhook-timestamp"));
        assertEquals("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", fields.get("webhook-signature"));
    }

    @Test
    void takesNoKeyThatIsTooShortOrNone() {
        assertArrayEquals(WebhookSignature.key(KEY), WebhookSignature.key("whsec_" + KEY));
        for (String bad : List.of("", "secret", "not base 64!", "AAAA".repeat(5), "AAAA".repeat(22))) {
            assertThrows(IllegalArgumentException.class, () -> WebhookSignature.key(bad), bad);
        }
    }
}
