package dev.caravan.testkit;

import dev.caravan.dns.MxAnswer;
import dev.caravan.routetest.FakeMailDns;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A DNS that knows what a test tells it. Every domain but those has one mail host: {@code mx.} before its name. */
public final class FakeDns extends FakeMailDns {
    private final Map<String, MxAnswer> answers = new HashMap<>();

    /** Every host is at 127.0.0.1. */
    public FakeDns() {
        this(host -> "127.0.0.1");
    }

    /** @param addresses the address of each host, by its name. */
    public FakeDns(UnaryOperator<String> addresses) {
        super(host -> address(addresses.apply(host)));
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    public synchronized FakeDns answer(String domain, MxAnswer answer) {
        answers.put(domain, answer);
        answer(answers);
        return this;
    }
}
