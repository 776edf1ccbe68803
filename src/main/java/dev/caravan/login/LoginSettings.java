package dev.caravan.login;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** How this server logs in to a smart host; the secrets themselves are in files. */
public sealed interface LoginSettings {
    /** The name at the host. */
    String user();

    /** Those that may be used, the preferred first. */
    List<Mechanism> mechanisms();

    /** Whether secrets may be sent without TLS. */
    boolean mayBeInClear();

    /** The files that hold the secrets. */
    List<Path> files();

    /**
     * A password.
     *
     * @param secret the file that holds it.
     */
    record Password(String user, Path secret, List<Mechanism> mechanisms, boolean mayBeInClear)
            implements LoginSettings {
        public Password {
            mechanisms = List.copyOf(mechanisms);
        }

        @Override
        public List<Path> files() {
            return List.of(secret);
        }
    }

    /**
     * A token of OAuth 2.0 (RFC 6749): by the refresh token grant if there is a file of a refresh token, else by the
     * client credentials grant.
     *
     * @param endpoint the token endpoint; {@code https}, or {@code http} to a loopback address.
     * @param clientSecret the file that holds the secret of the client; empty for a public client.
     * @param refreshToken the file that holds the refresh token; written when the endpoint gives a new one.
     * @param scope asked for; empty for none.
     */
    record Token(
            String user,
            URI endpoint,
            String clientId,
            Optional<Path> clientSecret,
            Optional<Path> refreshToken,
            String scope,
            List<Mechanism> mechanisms,
            boolean mayBeInClear)
            implements LoginSettings {
        public Token {
            mechanisms = List.copyOf(mechanisms);
        }

        @Override
        public List<Path> files() {
            return Stream.of(clientSecret, refreshToken)
                    .flatMap(Optional::stream)
                    .toList();
        }
    }
}
