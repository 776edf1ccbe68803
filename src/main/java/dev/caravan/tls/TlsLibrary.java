package dev.caravan.tls;

/** Which library speaks TLS: the values of {@code tls.engine}. */
public enum TlsLibrary {
    /** OpenSSL's if it can be loaded, else that of the JDK. */
    AUTO,
    /** BoringSSL, by netty-tcnative. */
    OPENSSL,
    /** That of the JDK. */
    JDK
}
