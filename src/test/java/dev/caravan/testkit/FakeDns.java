package dev.caravan.testkit;

import dev.caravan.dns.AddressAnswer;
import dev.caravan.dns.MailDns;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.Domain;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS that knows what a test tells it. Every domain but those has one mail host, and every host is on loopback. */
public final class FakeDns implements MailDns {
    private final Map<String, MxAnswer> answers = new ConcurrentHashMap<>();

    public FakeDns answer(String domain, MxAnswer answer) {
        answers.put(domain, answer);
        return this;
    }

    @Override
    public CompletionStage<MxAnswer> mx(Domain domain) {
        MxAnswer standard = new MxAnswer.Hosts(List.of(new MxHost(10, "mx." + domain.key())));
        return CompletableFuture.completedFuture(answers.getOrDefault(domain.key(), standard));
    }

    @Override
    public CompletionStage<AddressAnswer> addresses(String hostName) {
        return CompletableFuture.completedFuture(
                new AddressAnswer.Addresses(List.of(InetAddress.getLoopbackAddress())));
    }
}
