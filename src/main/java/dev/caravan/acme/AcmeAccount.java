package dev.caravan.acme;

import java.net.URI;
import java.net.http.HttpClient;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.provider.AcmeProvider;
import org.shredzone.acme4j.provider.GenericAcmeProvider;

/**
 * The authority and how it is addressed.
 *
 * @param directory the URL of its directory.
 * @param contact a mail address for the account.
 * @param external an account with the authority that the new one belongs to (RFC 8555 §7.3.4).
 * @param trust whom the authority's own certificate must be from, if not from those that Java trusts.
 */
record AcmeAccount(URI directory, Optional<String> contact, Optional<External> external, Optional<SSLContext> trust) {
    /**
     * An account with the authority.
     *
     * @param id its name.
     * @param key its key in base64url.
     */
    record External(String id, String key) {
        /** Without the key. */
        @Override
        public String toString() {
            return "account " + id;
        }
    }

    AcmeProvider provider() {
        return new GenericAcmeProvider() {
            @Override
            public HttpClient createHttpClient(NetworkSettings settings) {
                HttpClient.Builder builder = HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .connectTimeout(settings.getTimeout())
                        // The list of disabled versions is the whole JVM's, and may be short for the sake of old
                        // devices.
                        .sslParameters(new SSLParameters(null, new String[] {"TLSv1.3", "TLSv1.2"}))
                        .proxy(settings.getProxySelector());
                trust.ifPresent(builder::sslContext);
                return builder.build();
            }
        };
    }
}
