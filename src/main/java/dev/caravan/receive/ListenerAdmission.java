package dev.caravan.receive;

import dev.caravan.auth.Identity;
import dev.caravan.auth.SenderRights;
import dev.caravan.mail.Printable;
import dev.caravan.mail.ReversePath;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.session.Admission;
import dev.caravan.session.SessionFacts;
import dev.caravan.smtp.Reason;
import dev.caravan.smtp.Reply;
import java.net.InetAddress;
import java.util.Optional;

/**
 * The rules of the listeners for submission and for devices, which no route can lift: users must authenticate (RFC 6409
 * §4.3), and devices must be in a network and send with an address that the operator named.
 *
 * @param kind of the listener.
 * @param ownClients clients that need not authenticate at a listener for submission.
 * @param devices the networks of devices.
 * @param senders the reverse-paths with which devices may send.
 * @param rights as whom users may send.
 * @param proxies hosts that may name their clients with XCLIENT.
 */
record ListenerAdmission(
        ListenerKind kind,
        Networks ownClients,
        Networks devices,
        DeviceSenders senders,
        SenderRights rights,
        Networks proxies)
        implements Admission {
    private static final int MAX_SHOWN = 260;
    private static final Reply AUTHENTICATE =
            Reply.of(530, "5.7.0", "authentication required").because(Reason.RELAY_DENIED);

    @Override
    public Optional<Reply> refuseConnection(SessionFacts facts) {
        return kind == ListenerKind.DEVICES ? refuseStranger(facts) : Optional.empty();
    }

    private Optional<Reply> refuseStranger(SessionFacts facts) {
        InetAddress client = facts.remote().getAddress();
        return devices.contains(client)
                ? Optional.empty()
                : Optional.of(Reply.of(
                                554,
                                "5.7.1",
                                client.getHostAddress() + " is no device here (expected: a client in devices.networks)")
                        .because(Reason.RELAY_DENIED));
    }

    /** The null path, of reports that programs of users send, belongs to everybody (RFC 5321 §4.5.5). */
    private Optional<Reply> refuseSender(Identity who, ReversePath sender) {
        boolean may =
                sender.mailbox().map(mailbox -> rights.maySendAs(who, mailbox)).orElse(true);
        return may
                ? Optional.empty()
                : Optional.of(Reply.of(
                                553,
                                "5.7.1",
                                "you may not send as " + Printable.line(sender.toString(), MAX_SHOWN)
                                        + " (expected: an address of your own)")
                        .because(Reason.RELAY_DENIED));
    }

    @Override
    public boolean mayNameClient(SessionFacts facts) {
        return proxies.contains(facts.remote().getAddress());
    }

    @Override
    public Optional<Reply> refuseSender(SessionFacts facts, ReversePath sender) {
        if (facts.identity().isPresent()) {
            return refuseSender(facts.identity().get(), sender);
        }
        return switch (kind) {
            case SMTP -> Optional.empty();
            case SUBMISSION, SUBMISSIONS ->
                ownClients.contains(facts.remote().getAddress()) ? Optional.empty() : Optional.of(AUTHENTICATE);
            // A proxy that has not named its client with XCLIENT is a client itself.
            case DEVICES ->
                senders.contains(sender)
                        ? refuseStranger(facts)
                        : Optional.of(Reply.of(
                                        550,
                                        "5.7.1",
                                        "devices may not send as " + Printable.line(sender.toString(), MAX_SHOWN)
                                                + " (expected: an address in devices.senders)")
                                .because(Reason.RELAY_DENIED));
        };
    }
}
