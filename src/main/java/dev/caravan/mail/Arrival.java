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
 * @param outcomesTo the queue to which the results go, if the program that sent the message asked for them.
 */
public record Arrival(
        Instant at, String protocol, String helo, Optional<InetAddress> remote, Optional<String> outcomesTo) {
    /** The word of the WITH clause for the server's own reports; no client can have it. */
    public static final String OWN_REPORT = "DSN";

    /** RFC 5321 §4.5.3.1.4 allows a command line of 512 octets. */
    private static final int MAX_WORD = 512;

    /** The arrival of a message whose results go to no queue. */
    public Arrival(Instant at, String protocol, String helo, Optional<InetAddress> remote) {
        this(at, protocol, helo, remote, Optional.empty());
    }

    public Arrival {
        protocol = Printable.line(protocol, MAX_WORD);
        helo = Printable.line(helo, MAX_WORD);
        outcomesTo = outcomesTo.map(queue -> Printable.line(queue, MAX_WORD));
    }
}
