package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.PlaceRequest.Otherwise;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Messages of a greater priority get the next place (RFC 6710 §4.3). */
class PriorityTest {
    private final Pacing pacing = new Pacing(new ConcurrencyLimits(1000, 1));
    private final List<Pacing.Place> running = new ArrayList<>();

    private Pacing.Answer ask(String sender, int priority) {
        Pacing.Answer answer = pacing.request(
                new PlaceRequest("a.test", "mx.a.test", false, sender, priority, DestinationRule.NONE, Otherwise.PARK),
                0);
        if (answer instanceof Pacing.Answer.Start start) {
            running.add(start.place());
        }
        return answer;
    }

    private String next() {
        List<Pacing.Place> started =
                pacing.end(running.remove(0), new AttemptNews(AttemptNews.Kind.DELIVERED, "250 ok"), 1);
        running.addAll(started);
        return started.isEmpty() ? "none" : started.get(0).request().sender();
    }

    @Test
    void theMoreUrgentGoFirstAndThoseOfOnePriorityTakeTurns() {
        while (!(ask("first", 0) instanceof Pacing.Answer.Wait)) {
            assertTrue(running.size() < 100, "the destination is never full");
        }
        int busy = running.size();
        ask("low", -4);
        ask("normal", 0);
        assertTrue(ask("high", 4) instanceof Pacing.Answer.Wait);
        ask("highest", 9);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < busy + 10 && !running.isEmpty(); i++) {
            order.add(next());
        }
        order.removeIf("none"::equals);
        assertEquals(List.of("highest", "high"), order.subList(0, 2));
        assertEquals("low", order.get(order.size() - 1));
        assertEquals(Set.of("first", "normal"), Set.copyOf(order.subList(2, order.size() - 1)));
    }

    @Test
    void anUrgentOneWaitsInMemoryWhenOthersAreParked() {
        Pacing.Answer last = ask("first", 0);
        for (int i = 0; i < 1000 && !(last instanceof Pacing.Answer.Park); i++) {
            last = ask("first", 0);
        }
        assertTrue(last instanceof Pacing.Answer.Park, last.toString());
        assertTrue(ask("urgent", 4) instanceof Pacing.Answer.Wait);
        assertEquals("urgent", next());
    }
}
