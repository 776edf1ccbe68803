package dev.caravan.mail;

import java.util.Optional;

/**
 * What is known of the client that handed a message in, besides its address. Each part is masked to printable ASCII and
 * cut to 255 characters.
 *
 * @param role of the listener: {@code mx}, {@code submission} or {@code devices}; empty for a message of another source.
 * @param user the name under which the client has authenticated.
 * @param serverName the name that the client asked for in the TLS handshake.
 * @param certificate subject and fingerprint of the certificate that the client showed.
 */
public record ClientStory(
        Optional<String> role, Optional<String> user, Optional<String> serverName, Optional<String> certificate) {
    /** Nothing is known. */
    public static final ClientStory NONE =
            new ClientStory(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private static final int MAX = 255;

    public ClientStory {
        role = role.map(ClientStory::word);
        user = user.map(ClientStory::word);
        serverName = serverName.map(ClientStory::word);
        certificate = certificate.map(ClientStory::word);
    }

    private static String word(String text) {
        return Printable.line(text, MAX);
    }
}
