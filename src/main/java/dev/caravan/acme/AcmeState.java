package dev.caravan.acme;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What is remembered between attempts to get a certificate, also across a restart, so that no limit of the authority is
 * exceeded. Immutable. Its text form has a line {@code name: value} for each part.
 *
 * @param settings a digest of the settings that matter; after a change the next attempt need not wait.
 * @param account the URL of the account, if there is one.
 * @param failures how many attempts failed since the last success.
 * @param retryAt when the next attempt may begin, after a failure.
 * @param attempts the beginnings of the last attempts, the oldest first; at most {@value #MAX_KEPT}.
 * @param issued the last certificates that were issued, the oldest first; at most {@value #MAX_KEPT}.
 * @param order the order that has been sent the request for its certificate, if its end is not known.
 */
record AcmeState(
        String settings,
        Optional<String> account,
        int failures,
        Optional<Instant> retryAt,
        List<Instant> attempts,
        List<Issued> issued,
        Optional<String> order) {
    static final int MAX_KEPT = 50;
    /** For how long attempts and certificates count. */
    private static final Duration KEPT = Duration.ofDays(8);

    private static final int MAX_LINE = 4096;

    /**
     * A certificate that was issued.
     *
     * @param fingerprint the first half of its SHA-256 hash, in hexadecimal digits.
     * @param authority the URL of the directory of its authority.
     * @param names the host names, sorted and separated by commas.
     */
    record Issued(Instant at, String fingerprint, String authority, String names) {}

    AcmeState {
        attempts = List.copyOf(attempts);
        issued = List.copyOf(issued);
    }

    /** The state before the first attempt. */
    static AcmeState initial(String settings) {
        return new AcmeState(settings, Optional.empty(), 0, Optional.empty(), List.of(), List.of(), Optional.empty());
    }

    /** This state for these settings: if they have changed, no attempt waits because of a failure. */
    AcmeState under(String now) {
        return now.equals(settings)
                ? this
                : new AcmeState(now, Optional.empty(), 0, Optional.empty(), attempts, issued, Optional.empty());
    }

    AcmeState withAccount(Optional<String> url) {
        return new AcmeState(settings, url, failures, retryAt, attempts, issued, order);
    }

    AcmeState withOrder(Optional<String> url) {
        return new AcmeState(settings, account, failures, retryAt, attempts, issued, url);
    }

    /** An attempt begins. */
    AcmeState begun(Instant now) {
        List<Instant> all = last(Stream.concat(attempts.stream(), Stream.of(now))
                .filter(at -> isKept(at, now))
                .toList());
        return new AcmeState(settings, account, failures, retryAt, all, issued, order);
    }

    /** An attempt has failed. */
    AcmeState failed(Instant next) {
        return new AcmeState(settings, account, failures + 1, Optional.of(next), attempts, issued, order);
    }

    /** A certificate was issued. */
    AcmeState succeeded(Issued certificate) {
        List<Issued> all = last(Stream.concat(issued.stream(), Stream.of(certificate))
                .filter(one -> isKept(one.at(), certificate.at()))
                .toList());
        return new AcmeState(settings, account, 0, Optional.empty(), attempts, all, Optional.empty());
    }

    /** Times after now were written by a clock that was wrong. */
    private static boolean isKept(Instant at, Instant now) {
        return !at.isAfter(now) && at.isAfter(now.minus(KEPT));
    }

    private static <T> List<T> last(List<T> all) {
        return all.subList(Math.max(0, all.size() - MAX_KEPT), all.size());
    }

    String text() {
        StringBuilder text = new StringBuilder("# Written by Caravan; the state of its certificate by ACME.\n");
        line(text, "settings", settings);
        account.ifPresent(url -> line(text, "account", url));
        line(text, "failures", Integer.toString(failures));
        retryAt.ifPresent(at -> line(text, "retry-at", at.toString()));
        attempts.forEach(at -> line(text, "attempt", at.toString()));
        issued.forEach(one ->
                line(text, "issued", one.at() + " " + one.fingerprint() + " " + one.authority() + " " + one.names()));
        order.ifPresent(url -> line(text, "order", url));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(": ").append(value).append('\n');
    }

    /** Reads the text form; lines that cannot be read are left out. */
    static AcmeState parse(String text) {
        Map<String, String> single = new HashMap<>();
        List<Instant> attempts = new ArrayList<>();
        List<Issued> issued = new ArrayList<>();
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(": ");
            if (colon < 0 || line.startsWith("#") || line.length() > MAX_LINE) {
                continue;
            }
            String name = line.substring(0, colon);
            String value = line.substring(colon + 2);
            switch (name) {
                case "attempt" -> instant(value).ifPresent(attempts::add);
                case "issued" -> issued(value).ifPresent(issued::add);
                default -> single.put(name, value);
            }
        }
        return new AcmeState(
                single.getOrDefault("settings", ""),
                Optional.ofNullable(single.get("account")),
                number(single.getOrDefault("failures", "0")),
                Optional.ofNullable(single.get("retry-at")).flatMap(AcmeState::instant),
                last(attempts),
                last(issued),
                Optional.ofNullable(single.get("order")));
    }

    private static int number(String text) {
        return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    }

    private static Optional<Issued> issued(String value) {
        String[] parts = value.split(" ", 4);
        return parts.length < 4
                ? Optional.empty()
                : instant(parts[0]).map(at -> new Issued(at, parts[1], parts[2], parts[3]));
    }

    private static Optional<Instant> instant(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
