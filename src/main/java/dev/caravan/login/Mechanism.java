package dev.caravan.login;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The SASL mechanisms by which this server logs in, each kind in the order in which they are preferred. */
public enum Mechanism {
    /** RFC 7677. */
    SCRAM_SHA_256("SCRAM-SHA-256", false),
    /** RFC 5802. */
    SCRAM_SHA_1("SCRAM-SHA-1", false),
    /** RFC 4616. */
    PLAIN("PLAIN", false),
    /** draft-murchison-sasl-login: older than PLAIN, and the only one of some servers. */
    LOGIN("LOGIN", false),
    /** The mechanism of Google and Microsoft for OAuth tokens. */
    XOAUTH2("XOAUTH2", true),
    /** RFC 7628. */
    OAUTHBEARER("OAUTHBEARER", true);

    private final String keyword;
    private final boolean isForTokens;

    Mechanism(String keyword, boolean isForTokens) {
        this.keyword = keyword;
        this.isForTokens = isForTokens;
    }

    /** Its name in a reply to EHLO. */
    public String keyword() {
        return keyword;
    }

    /** Whether the secret is an OAuth token, and not a password. */
    public boolean isForTokens() {
        return isForTokens;
    }

    /** The mechanism of a name in any case; empty if this server does not know it. */
    public static Optional<Mechanism> of(String keyword) {
        String upper = keyword.toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(mechanism -> mechanism.keyword.equals(upper))
                .findFirst();
    }

    /** All for passwords, or all for tokens, the preferred first. */
    public static List<Mechanism> all(boolean forTokens) {
        return Arrays.stream(values())
                .filter(mechanism -> mechanism.isForTokens == forTokens)
                .toList();
    }

    /** Names, separated by commas. */
    public static String names(List<Mechanism> mechanisms) {
        return mechanisms.stream().map(Mechanism::keyword).collect(Collectors.joining(", "));
    }
}
