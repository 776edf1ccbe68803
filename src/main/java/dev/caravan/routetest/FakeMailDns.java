package dev.caravan.routetest;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A DNS for tests that says what it is told. Of a domain it was told nothing of it says that {@code mx.}DOMAIN is its
 * mail host. Thread-safe.
 */
public class FakeMailDns implements MailDns {
    private final Function<String, InetAddress> hosts;
    private volatile Map<String, MxAnswer> answers = Map.of();

    /** @param hosts the address of each host, by its name in lower case. */
    public FakeMailDns(Function<String, InetAddress> hosts) {
        this.hosts = hosts;
    }

    /** Says what it answers from now on, by the keys of domains. */
    public final void answer(Map<String, MxAnswer> table) {
        answers = Map.copyOf(table);
    }

    @Override
    public CompletionStage<MxAnswer> mx(Domain domain) {
        MxAnswer standard = new MxAnswer.Hosts(List.of(new MxHost(10, "mx." + domain.key())));
        return CompletableFuture.completedFuture(answers.getOrDefault(domain.key(), standard));
    }

    @Override
    public CompletionStage<AddressAnswer> addresses(String hostName) {
        InetAddress address = hosts.apply(hostName.toLowerCase(Locale.ROOT));
        return CompletableFuture.completedFuture(new AddressAnswer.Addresses(List.of(address)));
    }
}
