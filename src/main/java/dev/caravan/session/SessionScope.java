package dev.caravan.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Results about one client that outlive a policy request: what a look-up found at the connection is still known at each
 * message of the session. Bounded by the number of entries and by their size together; what finds no room is not kept,
 * and whoever needs it again works it out again.
 *
 * <p>Entries are about the client and its connection, so they survive RSET, HELO and EHLO and the end of a message; a
 * result that depends on the name in HELO has it in its key. They are removed at the end of the session. A session that
 * starts TLS must begin with an empty scope (RFC 3207 §4.2). Thread-safe; a route may still run when the session ends.
 */
public final class SessionScope {
    /** The limits of every session. */
    public static final Limits DEFAULT_LIMITS = new Limits(32, 8 * 1024);

    /**
     * How much a scope may hold.
     *
     * @param entries at most so many.
     * @param characters of the names and values of all entries together, as {@link Key} counts them.
     */
    public record Limits(int entries, int characters) {}

    /** Names a result of one type. Keys of the same name and type are equal. */
    public static final class Key<T> {
        private final String name;
        private final Class<T> type;
        private final ToIntFunction<? super T> size;

        /**
         * A key.
         *
         * @param name begins with the name of the step that it belongs to.
         * @param size how much a value holds, in characters.
         */
        public Key(String name, Class<T> type, ToIntFunction<? super T> size) {
            this.name = name;
            this.type = type;
            this.size = size;
        }

        /** The key of a text. */
        public static Key<String> ofText(String name) {
            return new Key<>(name, String.class, String::length);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key<?> key && key.name.equals(name) && key.type == type;
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, type);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private final Limits limits;
    /** Most sessions keep nothing. */
    private Map<Key<?>, Object> values = Map.of();

    private int characters;
    private boolean closed;

    public SessionScope() {
        this(DEFAULT_LIMITS);
    }

    public SessionScope(Limits limits) {
        this.limits = limits;
    }

    /** The result that was kept. */
    public synchronized <T> Optional<T> get(Key<T> key) {
        return Optional.ofNullable(values.get(key)).map(key.type::cast);
    }

    /**
     * Keeps a result in place of the one with this key.
     *
     * @return false if there is no room for it or the session is over; then nothing is kept for this key.
     */
    public synchronized <T> boolean put(Key<T> key, T value) {
        remove(key);
        int needed = key.name.length() + key.size.applyAsInt(value);
        if (closed || values.size() >= limits.entries() || needed > limits.characters() - characters) {
            return false;
        }
        if (values.isEmpty()) {
            values = new HashMap<>();
        }
        values.put(key, value);
        characters += needed;
        return true;
    }

    /**
     * The result that was kept, or else the one that is worked out now and kept if there is room.
     *
     * @param compute may throw; then nothing is kept.
     */
    public <T> T computeIfAbsent(Key<T> key, Supplier<? extends T> compute) {
        Optional<T> known = get(key);
        if (known.isPresent()) {
            return known.get();
        }
        T value = compute.get();
        put(key, value);
        return value;
    }

    private <T> void remove(Key<T> key) {
        Object old = values.isEmpty() ? null : values.remove(key);
        if (old != null) {
            characters -= key.name.length() + key.size.applyAsInt(key.type.cast(old));
        }
    }

    /** Ends the session: removes all results and keeps none from now on. */
    public synchronized void close() {
        closed = true;
        values = Map.of();
        characters = 0;
    }
}
