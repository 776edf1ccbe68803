package dev.caravan.policy;

import dev.caravan.mail.ForwardPath;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;

/**
 * Decides which clients may send mail through this server to other domains (RFC 5321 §3.6.2, RFC 2505 §2.1). The domain
 * is what follows the last at sign: a local part such as {@code user%other.example}, {@code other.example!user} or
 * {@code "user@other.example"} is only looked up as a name and never used for routing (RFC 5321 §F.2 allows a server to
 * ignore such routes).
 *
 * @param localDomains domains whose mail is delivered here; accepted from every client.
 * @param relayNetworks clients that may relay without authentication.
 */
public record RelayControl(LocalDomains localDomains, Networks relayNetworks) {
    /**
     * Answers RCPT by the recipient's domain. Users and devices may relay; other clients may from the relay networks.
     */
    public RelayDecision decide(RelayClient client, ForwardPath recipient) {
        if (localDomains.contains(recipient.domain())) {
            return new RelayDecision.Local();
        }
        boolean isKnown = client.isAuthenticated() || client.kind() == ListenerKind.DEVICES;
        if (isKnown || relayNetworks.contains(client.address())) {
            return new RelayDecision.Relay();
        }
        return new RelayDecision.Refused(Reply.of(
                        550,
                        "5.7.1",
                        recipient + " is not local and " + client.address().getHostAddress()
                                + " may not relay (expected: a local recipient, or a client in the relay networks)")
                .because(Reason.RELAY_DENIED));
    }
}
