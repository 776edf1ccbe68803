package dev.caravan.camel;

/** A setting that cannot be used; the message names the key, what was given and what was expected. */
public final class SettingException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public SettingException(String key, String got, String expected) {
        super(key + "=" + got + " (expected: " + expected + ")");
    }
}
