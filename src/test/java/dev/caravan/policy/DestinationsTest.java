package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.mail.ForwardPath;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DestinationsTest {
    @Test
    void takesTheFirstChoiceThatFits() {
        Destinations destinations = Destinations.NONE
                .with("Boss@Orders.test", "local")
                .with("orders.test", "orders")
                .with("clerk@orders.test", "never")
                .with("x@far.test", "far");
        assertEquals(Optional.of("local"), transport(destinations, "bOSS@orders.TEST"));
        assertEquals(Optional.of("local"), transport(destinations, "\"boss\"@orders.test"));
        assertEquals(Optional.of("orders"), transport(destinations, "clerk@ORDERS.test"));
        assertEquals(Optional.of("far"), transport(destinations, "x@far.test"));
        assertEquals(Optional.empty(), transport(destinations, "y@far.test"));
        assertEquals(Optional.empty(), transport(destinations, "x@sub.orders.test"));
    }

    @Test
    void takesAllOthersForWhomNothingWasChosenBefore() {
        Destinations destinations = Destinations.NONE
                .with("orders.test", "orders")
                .with("*", "bulk")
                .with("far.test", "never");
        assertEquals(Optional.of("orders"), transport(destinations, "a@orders.test"));
        assertEquals(Optional.of("bulk"), transport(destinations, "a@far.test"));
        assertEquals(Optional.empty(), destinations.choice(ForwardPath.of("a@local.test"), true));
        assertEquals(
                Optional.of("orders"),
                destinations.choice(ForwardPath.of("a@orders.test"), true).map(Destinations.Choice::transport));
    }

    @Test
    void refusesWhatIsNeitherDomainNorMailbox() {
        for (String bad : List.of("", "@", "@orders.test", "a b@orders.test", "orders.*", "orders_.test.")) {
            assertThrows(IllegalArgumentException.class, () -> Destinations.NONE.with(bad, "orders"), bad);
        }
    }

    private static Optional<String> transport(Destinations destinations, String address) {
        return destinations.choice(ForwardPath.of(address), false).map(Destinations.Choice::transport);
    }
}
