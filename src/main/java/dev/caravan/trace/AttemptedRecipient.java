package dev.caravan.trace;

import dev.caravan.delivery.TlsUse;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.ReversePath;
import java.time.Duration;
import java.util.Optional;

/**
 * One recipient of one delivery attempt.
 *
 * @param item the queue item's id.
 * @param from the reverse-path.
 * @param to the recipient.
 * @param size of the content, in octets.
 * @param nextHop the transport, and the domain or host that it delivers to.
 * @param attempt the number of the attempt; from 1.
 * @param age how long ago the message arrived.
 * @param diagnosis the last reply.
 * @param hosts the hosts that were asked about the recipient, each with its answer; empty unless there were several, as
 *     one host's answer is the diagnosis.
 * @param tls how the connection to the last of them was protected; empty if there was none.
 */
record AttemptedRecipient(
        String item,
        ReversePath from,
        ForwardPath to,
        long size,
        String nextHop,
        int attempt,
        Duration age,
        Diagnosis diagnosis,
        String hosts,
        Optional<TlsUse> tls) {}
