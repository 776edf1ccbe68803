package dev.caravan.mail;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * How a message arrived: what its Received field says (RFC 5321 §4.4), and the time from which its age counts.
 *
 * @param at when the server accepted the message.
 * @param protocol SMTP, ESMTP or another word for the WITH clause (RFC 3848); an atom. What is not printable ASCII is
 *     masked; cut to 512 characters.
 * @param helo the client's name in EHLO or HELO, masked and cut likewise; empty if it gave none.
 * @param remote the client's address; empty for a message that the server made or took from a queue or file.
 * @param tls version and cipher suite, such as {@code TLSv1.3 TLS_AES_256_GCM_SHA384}; empty if it did not come over TLS.
 * @param client what else is known of the client.
 * @param outcomesTo the queue to which the results go, if the program that sent the message asked for them.
 */
public record Arrival(
        Instant at,
        String protocol,
        String helo,
        Optional<InetAddress> remote,
        Optional<String> tls,
        ClientStory client,
        Optional<String> outcomesTo) {
    /** The word of the WITH clause for the server's own reports; no client can have it. */
    public static final String OWN_REPORT = "DSN";

    /** RFC 5321 §4.5.3.1.4 allows a command line of 512 octets. */
    private static final int MAX_WORD = 512;

    /** The arrival of a message whose results go to no queue. */
    public Arrival(Instant at, String protocol, String helo, Optional<InetAddress> remote) {
        this(at, protocol, helo, remote, Optional.empty(), ClientStory.NONE, Optional.empty());
    }

    /** The arrival of a message that did not come over TLS. */
    public Arrival(
            Instant at, String protocol, String helo, Optional<InetAddress> remote, Optional<String> outcomesTo) {
        this(at, protocol, helo, remote, Optional.empty(), ClientStory.NONE, outcomesTo);
    }

    /** The same over TLS. */
    public Arrival over(String versionAndCipher) {
        return new Arrival(at, protocol, helo, remote, Optional.of(versionAndCipher), client, outcomesTo);
    }

    /** The same from a client of which more is known. */
    public Arrival from(ClientStory story) {
        return new Arrival(at, protocol, helo, remote, tls, story, outcomesTo);
    }

    public Arrival {
        protocol = Printable.line(protocol, MAX_WORD);
        helo = Printable.line(helo, MAX_WORD);
        tls = tls.map(words -> Printable.line(words, MAX_WORD));
        outcomesTo = outcomesTo.map(queue -> Printable.line(queue, MAX_WORD));
    }
}
