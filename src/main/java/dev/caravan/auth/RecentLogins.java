package dev.caravan.auth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Remembers for a while that a password matched a hash, because programs log in for each message and a good hash is slow.
 * Holds keyed digests only; a changed hash has another digest. Thread-safe.
 */
final class RecentLogins {
    private static final int MOST = 10_000;

    private final Duration time;
    private final Clock clock;
    private final SecretKeySpec key;
    private final Map<String, Instant> until = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > MOST;
        }
    };

    /** @param time zero to remember nothing. */
    RecentLogins(Duration time, Clock clock) {
        this.time = time;
        this.clock = clock;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, "HmacSHA256");
    }

    boolean has(PasswordHash hash, Secret password) {
        if (time.isZero()) {
            return false;
        }
        String digest = digest(hash, password);
        synchronized (until) {
            Instant end = until.get(digest);
            return end != null
                    && clock.instant().isBefore(end)
                    && Duration.between(clock.instant(), end).compareTo(time) <= 0;
        }
    }

    void add(PasswordHash hash, Secret password) {
        if (time.isZero()) {
            return;
        }
        String digest = digest(hash, password);
        synchronized (until) {
            until.remove(digest);
            until.put(digest, clock.instant().plus(time));
        }
    }

    private String digest(PasswordHash hash, Secret password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(hash.text().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return Base64.getEncoder()
                    .encodeToString(mac.doFinal(password.reveal().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
