package dev.caravan.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.queue.ItemExamples;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecipientListTest {
    @Test
    void isAJsonArrayWhateverTheAddressesHold() {
        Recipient plain = Recipient.of(ForwardPath.of("b@example.net"));
        Recipient quoted = Recipient.of(ForwardPath.of("\"a, \\\"b\"@example.net"));
        assertEquals("[\"b@example.net\"]", RecipientList.of(ItemExamples.with(List.of(plain))));
        assertEquals(
                "[\"b@example.net\",\"\\\"a, \\\\\\\"b\\\"@example.net\"]",
                RecipientList.of(ItemExamples.with(List.of(plain, quoted))));
    }
}
