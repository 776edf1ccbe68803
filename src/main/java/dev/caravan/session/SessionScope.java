package dev.caravan.session;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Results about one client that outlive a policy request: a look-up made at the connection is still known at each
 * message of the session. Bounded by the number of entries and their total size; a result that does not fit is not kept
 * and is computed again when needed.
 *
 * <p>Entries are about the client and its connection, so they survive RSET, HELO and EHLO and the end of a message; a
 * result that depends on the name in HELO has that name in its key. They are removed at the end of the session. A
 * session that starts TLS must begin with an empty scope (RFC 3207 §4.2). Thread-safe, because a route may still run
 * when the session ends.
 */
public final class SessionScope {
    /** The limits of every session. */
    public static final Limits DEFAULT_LIMITS = new Limits(32, 8 * 1024);

    /**
     * The capacity of a scope.
     *
     * @param entries the maximum number of entries.
     * @param characters the maximum total size of the names and values, as {@link Key} measures them.
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
         * @param name begins with the name of the step that uses the key.
         * @param size measures a value, in characters.
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
    /** Immutable and shared at first, because most sessions store nothing. */
    private Map<Key<?>, Object> values = Map.of();

    private int characters;
    private boolean closed;

    public SessionScope() {
        this(DEFAULT_LIMITS);
    }

    public SessionScope(Limits limits) {
        this.limits = limits;
    }

    /** The stored result; empty if there is none. */
    public synchronized <T> Optional<T> get(Key<T> key) {
        return Optional.ofNullable(values.get(key)).map(key.type::cast);
    }

    /**
     * Stores a result, replacing the one with the same key.
     *
     * @return false if there is no room or the session has ended; the scope then has no result for this key.
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
     * The stored result; if there is none, the computed one, which is stored if there is room.
     *
     * @param compute may throw; then nothing is stored.
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

    /** Whether the session has ended. */
    public synchronized boolean isClosed() {
        return closed;
    }

    /** Removes all results and accepts no more; called at the end of the session. */
    public synchronized void close() {
        closed = true;
        values = Map.of();
        characters = 0;
    }
}
