package dev.caravan.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.session.SessionScope.Limits;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SessionScopeTest {
    private static final SessionScope.Key<String> COUNTRY = SessionScope.Key.ofText("country");

    private final SessionScope scope = new SessionScope(new Limits(3, 30));

    @Test
    void worksAResultOutOnce() {
        AtomicInteger calls = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertEquals("NL", scope.computeIfAbsent(COUNTRY, () -> "NL" + "".repeat(calls.incrementAndGet())));
        }
        assertEquals(1, calls.get());
        assertEquals(Optional.of("NL"), scope.get(SessionScope.Key.ofText("country")));
        assertEquals(Optional.empty(), new SessionScope().get(COUNTRY));
    }

    @Test
    void keepsNothingOfAFailure() {
        assertThrows(
                IllegalStateException.class,
                () -> scope.computeIfAbsent(COUNTRY, () -> {
                    throw new IllegalStateException("the table is broken");
                }));
        assertEquals("BE", scope.computeIfAbsent(COUNTRY, () -> "BE"));
    }

    @Test
    void keepsTypesApart() {
        SessionScope.Key<Integer> number = new SessionScope.Key<>("country", Integer.class, value -> 1);
        assertTrue(scope.put(COUNTRY, "NL"));
        assertTrue(scope.put(number, 31));
        assertEquals(Optional.of("NL"), scope.get(COUNTRY));
        assertEquals(Optional.of(31), scope.get(number));
    }

    @Test
    void keepsNoMoreEntriesThanItsLimit() {
        assertTrue(scope.put(SessionScope.Key.ofText("a"), "1"));
        assertTrue(scope.put(SessionScope.Key.ofText("b"), "2"));
        assertTrue(scope.put(SessionScope.Key.ofText("c"), "3"));
        assertFalse(scope.put(SessionScope.Key.ofText("d"), "4"));
        assertEquals("4", scope.computeIfAbsent(SessionScope.Key.ofText("d"), () -> "4"));
        assertEquals(Optional.empty(), scope.get(SessionScope.Key.ofText("d")));
        assertTrue(scope.put(SessionScope.Key.ofText("a"), "5"));
        assertEquals(Optional.of("5"), scope.get(SessionScope.Key.ofText("a")));
    }

    @Test
    void keepsNoMoreCharactersThanItsLimit() {
        assertTrue(scope.put(SessionScope.Key.ofText("a"), "x".repeat(29)));
        assertFalse(scope.put(SessionScope.Key.ofText("b"), ""));
        assertFalse(scope.put(SessionScope.Key.ofText("a"), "x".repeat(30)));
        assertEquals(Optional.empty(), scope.get(SessionScope.Key.ofText("a")));
        assertTrue(scope.put(SessionScope.Key.ofText("b"), "x".repeat(29)));
    }

    @Test
    void isEmptyAndStaysSoAfterTheSession() {
        scope.put(COUNTRY, "NL");
        scope.close();
        assertEquals(Optional.empty(), scope.get(COUNTRY));
        assertEquals("NL", scope.computeIfAbsent(COUNTRY, () -> "NL"));
        assertEquals(Optional.empty(), scope.get(COUNTRY));
    }
}
