package dev.caravan.cli;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The envelope of a submitted message. The server checks the addresses; here only characters are refused that could end
 * the address within an SMTP command.
 *
 * @param sender the reverse-path without angle brackets; empty for none.
 * @param recipients the forward-paths without angle brackets; at least one.
 * @param notices the reports that the sender wants.
 */
record SubmittedEnvelope(String sender, List<String> recipients, Notices notices) {
    private static final Pattern ADDRESS = Pattern.compile("[\\x20-\\x7e&&[^<>]]{0,512}");

    /** @throws IllegalArgumentException if an address has characters that no address has. */
    SubmittedEnvelope {
        sender = bare(sender);
        recipients = recipients.stream().map(SubmittedEnvelope::bare).toList();
        if (recipients.isEmpty() || recipients.contains("")) {
            throw new IllegalArgumentException("no recipient (expected: user@domain)");
        }
    }

    private static String bare(String text) {
        String bare = text.startsWith("<") && text.endsWith(">") ? text.substring(1, text.length() - 1) : text;
        if (!ADDRESS.matcher(bare).matches()) {
            throw new IllegalArgumentException("malformed address (expected: user@domain in printable ASCII)");
        }
        return bare;
    }

    /** The MAIL command for a content of that many octets. */
    String mailCommand(int octets, boolean isEightBit) {
        return "MAIL FROM:<" + sender + "> SIZE=" + octets + (isEightBit ? " BODY=8BITMIME" : "")
                + notices.returned().map(ret -> " RET=" + ret).orElse("")
                + notices.envelopeId().map(id -> " ENVID=" + id).orElse("");
    }

    /** The RCPT command for a recipient. */
    String rcptCommand(String recipient) {
        return "RCPT TO:<" + recipient + ">"
                + notices.conditions().map(when -> " NOTIFY=" + when).orElse("");
    }

    /**
     * The reports that the sender wants (RFC 3461 §4), as parameters of MAIL and RCPT.
     *
     * @param conditions {@code never}, or any of {@code success}, {@code failure}, {@code delay}; empty for the default.
     * @param returned {@code full} or {@code hdrs}; empty for the default.
     * @param envelopeId 1 to 100 printable characters; empty for none.
     */
    record Notices(Optional<String> conditions, Optional<String> returned, Optional<String> envelopeId) {
        private static final Pattern NOTIFY =
                Pattern.compile("NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}");
        private static final Pattern RET = Pattern.compile("FULL|HDRS");
        private static final Pattern ENVID = Pattern.compile("[\\x21-\\x7e]{1,100}");

        /** @throws IllegalArgumentException if one of them has another form. */
        Notices {
            conditions = conditions.map(text -> text.toUpperCase(Locale.ROOT));
            returned = returned.map(text -> text.toUpperCase(Locale.ROOT));
            require(NOTIFY, conditions, "-N (expected: never, or any of success,failure,delay)");
            require(RET, returned, "-R (expected: full or hdrs)");
            require(ENVID, envelopeId, "-V (expected: 1 to 100 printable characters)");
            envelopeId = envelopeId.map(Notices::xtext);
        }

        private static void require(Pattern form, Optional<String> text, String expected) {
            if (text.isPresent() && !form.matcher(text.get()).matches()) {
                throw new IllegalArgumentException("malformed " + expected);
            }
        }

        /** Encodes as xtext (RFC 3461 §4): plus and equals signs become hexadecimal. */
        private static String xtext(String text) {
            StringBuilder coded = new StringBuilder();
            for (byte octet : text.getBytes(StandardCharsets.US_ASCII)) {
                if (octet == '+' || octet == '=') {
                    coded.append('+').append(String.format(Locale.ROOT, "%02X", octet));
                } else {
                    coded.append((char) octet);
                }
            }
            return coded.toString();
        }
    }
}
