package dev.caravan.auth;

/**
 * What binds a login to its TLS connection (RFC 5056, RFC 9266).
 *
 * @param type such as {@code tls-exporter}.
 * @param data of this connection; must not be changed.
 */
public record ChannelBinding(String type, byte[] data) {
    /** The type that RFC 9266 defines for TLS 1.3. */
    public static final String EXPORTER = "tls-exporter";

    @Override
    public String toString() {
        return type;
    }
}
