package dev.caravan.scan;

import dev.caravan.mail.Printable;

/** The result of scanning content. */
public sealed interface ScanResult {
    /** The scanner found nothing. */
    record Clean() implements ScanResult {}

    /**
     * The scanner found malware.
     *
     * @param name the scanner's name for it; masked to printable ASCII and cut to 100 characters.
     */
    record Found(String name) implements ScanResult {
        private static final int MAX_NAME = 100;

        public Found {
            name = Printable.line(name, MAX_NAME);
        }
    }

    /**
     * The scanner gave no result.
     *
     * @param reason for the log; masked to printable ASCII and cut to 200 characters.
     */
    record Unknown(String reason) implements ScanResult {
        private static final int MAX_REASON = 200;

        public Unknown {
            reason = Printable.line(reason, MAX_REASON);
        }
    }
}
