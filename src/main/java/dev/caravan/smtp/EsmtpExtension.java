package dev.caravan.smtp;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A service extension of SMTP (RFC 5321 §2.2) that Caravan implements: as a server it may offer the extension, as a
 * client it uses it if the server offers it.
 */
public enum EsmtpExtension {
    /** RFC 2920. */
    PIPELINING("PIPELINING", List.of(), List.of()),
    /** RFC 1870. */
    SIZE("SIZE", List.of("SIZE"), List.of()),
    /** RFC 6152. */
    EIGHT_BIT_MIME("8BITMIME", List.of("BODY"), List.of()),
    /** RFC 2034. */
    ENHANCED_STATUS_CODES("ENHANCEDSTATUSCODES", List.of(), List.of()),
    /** RFC 3461. */
    DSN("DSN", List.of("RET", "ENVID"), List.of("NOTIFY", "ORCPT")),
    /** RFC 3207. */
    STARTTLS("STARTTLS", List.of(), List.of()),
    /** RFC 9422. */
    LIMITS("LIMITS", List.of(), List.of()),
    /** RFC 4865; a client has no use for it, since mail is held back here. */
    FUTURERELEASE("FUTURERELEASE", List.of("HOLDFOR", "HOLDUNTIL"), List.of()),
    /** RFC 6710. */
    MT_PRIORITY("MT-PRIORITY", List.of("MT-PRIORITY"), List.of()),
    /** RFC 2852. */
    DELIVERBY("DELIVERBY", List.of("BY"), List.of()),
    /** RFC 4954; the session announces it with its mechanisms. */
    AUTH("AUTH", List.of("AUTH"), List.of()),
    /** RFC 3030 §2. */
    CHUNKING("CHUNKING", List.of(), List.of()),
    /** RFC 3030 §3; a value of BODY, which belongs to {@link #EIGHT_BIT_MIME}. */
    BINARYMIME("BINARYMIME", List.of(), List.of()),
    /** RFC 6531. */
    SMTPUTF8("SMTPUTF8", List.of("SMTPUTF8"), List.of());

    private final String keyword;
    private final List<String> mailParameters;
    private final List<String> rcptParameters;

    EsmtpExtension(String keyword, List<String> mailParameters, List<String> rcptParameters) {
        this.keyword = keyword;
        this.mailParameters = mailParameters;
        this.rcptParameters = rcptParameters;
    }

    /**
     * The extension that a line of a reply to EHLO names with its first word, in any case; empty if Caravan does not
     * implement it.
     */
    public static Optional<EsmtpExtension> of(String keyword) {
        String upper = keyword.toUpperCase(Locale.ROOT);
        for (EsmtpExtension extension : values()) {
            if (extension.keyword.equals(upper)) {
                return Optional.of(extension);
            }
        }
        return Optional.empty();
    }

    /** Its name in a reply to EHLO, in upper case. */
    public String keyword() {
        return keyword;
    }

    /** The keywords of the parameters that it adds to MAIL, in upper case. */
    List<String> mailParameters() {
        return mailParameters;
    }

    /** The keywords of the parameters that it adds to RCPT, in upper case. */
    List<String> rcptParameters() {
        return rcptParameters;
    }
}
