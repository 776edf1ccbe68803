package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.net.RelayHost;
import dev.caravan.policy.Destinations.Choice;
import dev.caravan.queue.NextHop;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Chooses the next hop of a recipient. The first of the operator's choices that matches is used; without one, mail for
 * local domains goes to Maildirs, and mail for other domains to the relay host, or to the MX hosts of each domain if
 * there is none. A pure function.
 */
public final class ChooseNextHop {
    /** The transport that delivers by SMTP. */
    public static final String SMTP = "smtp";
    /** The transport that delivers into Maildirs. */
    public static final String LOCAL = "local";

    private final LocalDomains localDomains;
    /** {@code host:port}. */
    private final Optional<String> relayHost;

    /**
     * @param localDomains whose mail ends here.
     * @param relayHost takes all mail for other domains; empty for delivery by MX.
     */
    public ChooseNextHop(LocalDomains localDomains, Optional<RelayHost> relayHost) {
        this.localDomains = localDomains;
        this.relayHost = relayHost.map(RelayHost::toString);
    }

    /** The domains whose mail is delivered here. */
    public LocalDomains localDomains() {
        return localDomains;
    }

    /**
     * The next hop of a recipient.
     *
     * @param choices the operator's, for this message.
     */
    public NextHop choose(ForwardPath recipient, Destinations choices) {
        boolean isLocal = localDomains.contains(recipient.domain());
        String domain = recipient.domain().key();
        Optional<Choice> choice = choices.choice(recipient, isLocal);
        if (choice.isPresent()) {
            return new NextHop(choice.get().transport(), domain);
        }
        return isLocal ? new NextHop(LOCAL, domain) : new NextHop(SMTP, relayHost.orElse(domain));
    }

    /** The rule by which {@link #choose} chooses the next hop of a recipient, for people. */
    public String rule(ForwardPath recipient, Destinations choices) {
        boolean isLocal = localDomains.contains(recipient.domain());
        Optional<Choice> choice = choices.choice(recipient, isLocal);
        if (choice.isPresent()) {
            String step = choice.get().rule();
            return "the transport chosen for " + choice.get().key() + (step.isEmpty() ? "" : " by " + step);
        }
        if (isLocal) {
            return "a local domain";
        }
        return relayHost.isPresent() ? "the relay host for all other domains" : "the mail hosts of the domain";
    }

    /**
     * The next hop of a queued item for an SMTP attempt now. The relay host is looked up again for each attempt, so
     * that mail in the queue follows a change of the setting: with a relay host every item goes there; without one, an
     * item that was meant for a relay host goes to its recipients' domains.
     *
     * @param queued as it stands in the item.
     * @param recipients of the item.
     * @return the same transport. The destination is empty if there is no longer a relay host and the recipients are at
     *     several domains.
     */
    public NextHop forAttempt(NextHop queued, List<Recipient> recipients) {
        if (relayHost.isPresent()) {
            return new NextHop(queued.transport(), relayHost.get());
        }
        if (isDomain(queued.destination())) {
            return queued;
        }
        Set<String> domains = recipients.stream()
                .map(recipient -> recipient.path().domain().key())
                .collect(Collectors.toSet());
        return new NextHop(
                queued.transport(), domains.size() == 1 ? domains.iterator().next() : "");
    }

    private static boolean isDomain(String destination) {
        try {
            return !new Domain(destination).text().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
