package dev.caravan.mail;

import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * How a mail came to us: what its Received field says (RFC 5321 §4.4), and where its five days begin.
 *
 * @param at when the mail was taken.
 * @param protocol SMTP, ESMTP or another word for the WITH clause (RFC 3848); an atom. What is not printable ASCII is
 *     masked; cut to 512 characters.
 * @param helo what the client called itself, masked and cut likewise; empty if it never said.
 * @param remote the client's address; empty for mail that we made or took from a queue or file.
 * @param outcomesTo the queue in which the program that sent it wants to hear what becomes of it; empty for most.
 */
public record Arrival(
        Instant at, String protocol, String helo, Optional<InetAddress> remote, Optional<String> outcomesTo) {
    /** The word of the WITH clause for reports that we write ourselves; no client can have it. */
    public static final String OWN_REPORT = "DSN";

    /** RFC 5321 §4.5.3.1.4 allows a command line of 512 octets. */
    private static final int MAX_WORD = 512;

    /** How a mail came whose sender hears of it by mail only. */
    public Arrival(Instant at, String protocol, String helo, Optional<InetAddress> remote) {
        this(at, protocol, helo, remote, Optional.empty());
    }

    public Arrival {
        protocol = Printable.line(protocol, MAX_WORD);
        helo = Printable.line(helo, MAX_WORD);
        outcomesTo = outcomesTo.map(queue -> Printable.line(queue, MAX_WORD));
    }
}
