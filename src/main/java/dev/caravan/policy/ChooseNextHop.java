package dev.caravan.policy;

import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
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

    /** Before the name of a smart host in the destination of a next hop. */
    public static final String SMART_HOST = "smarthost:";

    private final LocalDomains localDomains;
    private final List<RelayHost> relayHosts;
    /** {@code host:port}, separated by commas. */
    private final Optional<String> relayHost;

    private final SmartHostTable smartHosts;

    /**
     * @param localDomains whose mail ends here.
     * @param relayHosts take all mail for other domains, tried in this order; empty for delivery by MX.
     * @param smartHosts take the mail that they say, before the relay hosts.
     */
    public ChooseNextHop(LocalDomains localDomains, List<RelayHost> relayHosts, SmartHostTable smartHosts) {
        this.localDomains = localDomains;
        this.relayHosts = List.copyOf(relayHosts);
        this.relayHost = relayHosts.isEmpty()
                ? Optional.empty()
                : Optional.of(relayHosts.stream().map(RelayHost::toString).collect(Collectors.joining(",")));
        this.smartHosts = smartHosts;
    }

    /** Without named smart hosts. */
    public ChooseNextHop(LocalDomains localDomains, Optional<RelayHost> relayHost) {
        this(localDomains, relayHost.stream().toList(), SmartHostTable.EMPTY);
    }

    /** Take all mail for other domains that no smart host takes; empty for delivery by MX. */
    public List<RelayHost> relayHosts() {
        return relayHosts;
    }

    /** The operator's smart hosts. */
    public SmartHostTable smartHosts() {
        return smartHosts;
    }

    /** The domains whose mail is delivered here. */
    public LocalDomains localDomains() {
        return localDomains;
    }

    /**
     * The next hop of a recipient.
     *
     * @param sender the reverse-path of the message.
     * @param choices the operator's, for this message.
     */
    public NextHop choose(ForwardPath recipient, ReversePath sender, Destinations choices) {
        boolean isLocal = localDomains.contains(recipient.domain());
        String domain = recipient.domain().key();
        Optional<Choice> choice = choices.choice(recipient, isLocal);
        if (choice.isPresent()) {
            return new NextHop(choice.get().transport(), domain);
        }
        return isLocal
                ? new NextHop(LOCAL, domain)
                : new NextHop(
                        SMTP, smartHost(recipient, sender).or(() -> relayHost).orElse(domain));
    }

    private Optional<String> smartHost(ForwardPath recipient, ReversePath sender) {
        return smartHosts.choose(sender, recipient.domain()).map(host -> SMART_HOST + host.name());
    }

    /** The rule by which {@link #choose} chooses the next hop of a recipient, for people. */
    public String rule(ForwardPath recipient, ReversePath sender, Destinations choices) {
        boolean isLocal = localDomains.contains(recipient.domain());
        Optional<Choice> choice = choices.choice(recipient, isLocal);
        if (choice.isPresent()) {
            String step = choice.get().rule();
            return "the transport chosen for " + choice.get().key() + (step.isEmpty() ? "" : " by " + step);
        }
        if (isLocal) {
            return "a local domain";
        }
        if (smartHost(recipient, sender).isPresent()) {
            return "the table of smart hosts";
        }
        return relayHost.isPresent() ? "the relay host for all other domains" : "the mail hosts of the domain";
    }

    /**
     * The next hop of a queued item for an SMTP attempt now. Smart hosts and relay hosts are looked up again for each
     * attempt, so that mail in the queue follows a change: with a relay host every item goes there; without one, an
     * item that was meant for a relay host goes to its recipients' domains.
     *
     * @param queued as it stands in the item.
     * @param sender of the item.
     * @param recipients of the item.
     * @return the same transport. The destination is empty if the recipients go different ways.
     */
    public NextHop forAttempt(NextHop queued, ReversePath sender, List<Recipient> recipients) {
        Set<String> smart = recipients.stream()
                .map(recipient -> smartHost(recipient.path(), sender).orElse(""))
                .collect(Collectors.toSet());
        if (smart.size() > 1) {
            return new NextHop(queued.transport(), "");
        } else if (!smart.contains("")) {
            return new NextHop(queued.transport(), smart.iterator().next());
        }
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
