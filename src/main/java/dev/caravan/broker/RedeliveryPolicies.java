package dev.caravan.broker;

import dev.caravan.queue.QueueNames;
import dev.caravan.queue.RetrySchedule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeSet;
import org.apache.activemq.RedeliveryPolicy;
import org.apache.activemq.broker.region.policy.RedeliveryPolicyMap;
import org.apache.activemq.command.ActiveMQQueue;
import org.springframework.context.support.FileSystemXmlApplicationContext;

/** The retry policy of {@code broker-config/redelivery.xml}, which the broker's plugin and {@code settle} share. */
public final class RedeliveryPolicies {
    private static final Duration OWN_DELAY = Duration.ofMinutes(15);

    private final RedeliveryPolicyMap policies;

    private RedeliveryPolicies(RedeliveryPolicyMap policies) {
        this.policies = policies;
    }

    /**
     * Reads the policies.
     *
     * @throws org.springframework.beans.BeansException if the file has no usable {@code RedeliveryPolicyMap}.
     */
    public static RedeliveryPolicies load(Path file) {
        try (var context = new FileSystemXmlApplicationContext("file:" + file.toAbsolutePath())) {
            return new RedeliveryPolicies(context.getBean(RedeliveryPolicyMap.class));
        }
    }

    /** The policies in the form that the broker takes. */
    RedeliveryPolicyMap map() {
        return policies;
    }

    /** The schedule for the mail of a transport. */
    public RetrySchedule schedule(String transport) {
        return schedule(policies.getEntryFor(new ActiveMQQueue(QueueNames.deliver(transport))));
    }

    /** All delays of all policies. */
    public Set<Duration> delays() {
        Set<Duration> delays =
                new TreeSet<>(schedule(policies.getDefaultEntry()).delays());
        for (Object entry : policies.get(new ActiveMQQueue(">"))) {
            RedeliveryPolicy policy = (RedeliveryPolicy) entry;
            // A policy that leaves a queue's messages in it has no delay.
            if (policy.getMaximumRedeliveries() != RedeliveryPolicy.NO_MAXIMUM_REDELIVERIES) {
                delays.addAll(schedule(policy).delays());
            }
        }
        return delays;
    }

    /**
     * How long mail waits that cannot be tried because of a fault of this server: the policy's delay nearest to 15
     * minutes, so that no other queue than those of the policy is needed.
     */
    public Duration ownDelay() {
        return delays().stream()
                .min(Comparator.comparing(delay -> delay.minus(OWN_DELAY).abs()))
                .orElse(OWN_DELAY);
    }

    private static RetrySchedule schedule(RedeliveryPolicy policy) {
        boolean growing = policy.isUseExponentialBackOff() && policy.getBackOffMultiplier() > 1;
        long longest = policy.getMaximumRedeliveryDelay() < 0 ? Long.MAX_VALUE : policy.getMaximumRedeliveryDelay();
        return new RetrySchedule(
                Duration.ofMillis(policy.getInitialRedeliveryDelay()),
                Duration.ofMillis(policy.getRedeliveryDelay()),
                growing ? policy.getBackOffMultiplier() : 1,
                Duration.ofMillis(longest),
                policy.getMaximumRedeliveries() < 0 ? Integer.MAX_VALUE : policy.getMaximumRedeliveries());
    }
}
