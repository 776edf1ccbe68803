package dev.caravan.delivery;

import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Printable;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One remote host in a delivery attempt: where it is, and what it said about each recipient that it was asked about.
 * Immutable.
 *
 * @param host its name or address literal; other characters than printable ASCII are masked, and it is cut to 255.
 * @param address the resolved address and the port.
 * @param tls how the connection was protected.
 * @param at when the host's turn began.
 * @param took how long it took; close to zero if no connection was made, as the host was found unreachable before.
 * @param answers the host's reply about each recipient, or why there is none; at most one for each recipient. A later
 *     host may have been asked about the same recipients.
 */
public record HostAttempt(
        String host, InetSocketAddress address, TlsUse tls, Instant at, Duration took, List<RecipientResult> answers) {
    public HostAttempt {
        host = Printable.line(host, Printable.MAX_HOST);
        answers = List.copyOf(answers);
    }

    /** The same attempt with only the answer about one recipient; empty if the host was not asked about it. */
    Optional<HostAttempt> about(ForwardPath recipient) {
        return answers.stream()
                .filter(answer -> answer.recipient().equals(recipient))
                .findFirst()
                .map(answer -> new HostAttempt(host, address, tls, at, took, List.of(answer)));
    }
}
