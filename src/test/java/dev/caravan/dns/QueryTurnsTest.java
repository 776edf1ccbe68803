package dev.caravan.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.dns.QueryTurns.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class QueryTurnsTest {
    private static final long LONG = QueryTurns.LONG.toNanos();
    private static final int WINDOW = QueryTurns.WINDOW;

    private final QueryTurns turns = new QueryTurns();

    private void add(int number) {
        for (int i = 0; i < number; i++) {
            assertTrue(turns.add(new Query(() -> {})));
        }
    }

    private List<Query> sent(long now) {
        List<Query> sent = new ArrayList<>();
        for (Optional<Query> next = turns.next(now); next.isPresent(); next = turns.next(now)) {
            sent.add(next.get());
        }
        return sent;
    }

    @Test
    void sendsSoManyAtOnceAndThenOneForEachAnswer() {
        add(2 * WINDOW);
        List<Query> first = sent(0);
        assertEquals(WINDOW, first.size());
        turns.ended(first.get(7));
        turns.ended(first.get(8));
        assertEquals(2, sent(1).size());
    }

    @Test
    void doesNotWaitForAnswersThatTakeLong() {
        add(3 * WINDOW);
        sent(0);
        assertEquals(OptionalLong.of(LONG - 5), turns.untilNext(5));
        assertEquals(0, sent(LONG - 1).size());
        List<Query> second = sent(LONG);
        assertEquals(WINDOW, second.size());
        turns.ended(second.get(0));
        assertEquals(1, sent(LONG + 1).size());
    }

    @Test
    void hasNothingToWaitForIfNoQuestionWaits() {
        add(3);
        assertEquals(3, sent(0).size());
        assertEquals(OptionalLong.empty(), turns.untilNext(1));
    }

    @Test
    void sendsFourThousandQuestionsToSilentServersWithinSeconds() {
        add(4500);
        long now = 0;
        int sent = 0;
        while (sent < 4500) {
            sent += sent(now).size();
            now += turns.untilNext(now).orElse(0);
        }
        assertTrue(now < TimeUnit.MILLISECONDS.toNanos(2500), now + " ns");
    }
}
