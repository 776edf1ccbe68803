package dev.caravan.scan;

import dev.caravan.mail.Printable;

/** What a scanner said of a content. */
public sealed interface ScanResult {
    /** Nothing was found. */
    record Clean() implements ScanResult {}

    /**
     * Something was found.
     *
     * @param name what the scanner calls it; masked to printable ASCII and cut to 100 characters.
     */
    record Found(String name) implements ScanResult {
        private static final int MAX_NAME = 100;

        public Found {
            name = Printable.line(name, MAX_NAME);
        }
    }

    /**
     * The scanner did not say.
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
