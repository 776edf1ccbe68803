package dev.caravan.mail;

/** The encoding of addresses and ids in parameters (RFC 3461 §4). */
public final class Xtext {
    private Xtext() {}

    /**
     * Encodes what may not stand in a parameter's value as it is.
     *
     * @param text printable ASCII.
     */
    public static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c <= '~' && c != '+' && c != '=') {
                encoded.append(c);
            } else {
                encoded.append(String.format("+%02X", (int) c));
            }
        }
        return encoded.toString();
    }
}
