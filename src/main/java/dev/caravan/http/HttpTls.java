package dev.caravan.http;

import java.util.List;
import javax.net.ssl.X509KeyManager;

/**
 * How a listener speaks TLS.
 *
 * @param keys chooses the certificate of each handshake.
 * @param versions such as {@code TLSv1.3}.
 */
public record HttpTls(X509KeyManager keys, List<String> versions) {
    public HttpTls {
        versions = List.copyOf(versions);
    }
}
