package dev.caravan.auth;

/** A password or token. Its text never appears in a log line or an exception. */
public final class Secret {
    private final String text;

    public Secret(String text) {
        this.text = text;
    }

    /** The text itself, for comparisons and hashes only. */
    public String reveal() {
        return text;
    }

    public boolean isEmpty() {
        return text.isEmpty();
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
