package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.net.Networks;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import java.net.InetAddress;

/**
 * Decides who may send mail through us to other domains (RFC 5321 §3.6.2, RFC 2505 §2.1). Only what stands behind the
 * last at sign counts as the domain: a local part such as {@code user%other.example}, {@code other.example!user} or
 * {@code "user@other.example"} is a name that we look up here and nothing that we route by (RFC 5321 §F.2 allows to
 * ignore the route).
 *
 * @param localDomains whose mail ends here; taken from anyone.
 * @param relayNetworks who may relay.
 */
public record RelayControl(LocalDomains localDomains, Networks relayNetworks) {
    /**
     * Answers RCPT as far as the domain goes.
     *
     * @param client the address at the other end of the connection, never one that a header or HELO claims.
     */
    public RelayDecision decide(InetAddress client, ForwardPath recipient) {
        if (localDomains.contains(recipient.domain())) {
            return new RelayDecision.Local();
        }
        if (relayNetworks.contains(client)) {
            return new RelayDecision.Relay();
        }
        return new RelayDecision.Refused(Reply.of(
                        550,
                        "5.7.1",
                        recipient + " is not local and " + client.getHostAddress()
                                + " may not relay (expected: a local recipient, or a client in the relay networks)")
                .because(Reason.RELAY_DENIED));
    }
}
