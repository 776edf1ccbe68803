package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedeliveryPoliciesTest {
    private static final String BEFORE = """
              <bean id="before" parent="fifteenMinutesForFiveDays">
                <property name="queue" value="mail.deliver.before"/>
                <property name="redeliveryDelay" value="420000"/>
              </bean>

            """;

    @TempDir
    Path folder;

    @Test
    void knowsTheDelaysAsShipped() {
        RedeliveryPolicies policies = RedeliveryPolicies.load(Path.of("broker-config/redelivery.xml"));
        assertEquals(Set.of(Duration.ofMinutes(15)), policies.delays());
    }

    @Test
    void needsNoQueueButThoseOfThePolicy() throws IOException {
        String file = Files.readString(Path.of("broker-config/redelivery.xml"))
                .replace("value=\"900000\"", "value=\"10000\"");
        RedeliveryPolicies policies =
                RedeliveryPolicies.load(Files.writeString(folder.resolve("redelivery.xml"), file));
        assertEquals(Set.of(Duration.ofSeconds(10)), policies.delays());
        assertEquals(Duration.ofSeconds(10), policies.ownDelay());
    }

    @Test
    void putsOffForAQuarterOfAnHourWhereThePolicyHasSuchADelay() {
        RedeliveryPolicies policies = RedeliveryPolicies.load(Path.of("broker-config/redelivery.xml"));
        assertEquals(Duration.ofMinutes(15), policies.ownDelay());
    }

    @Test
    void knowsTheDelaysOfQueuesThatNobodyUses() throws IOException {
        String file = Files.readString(Path.of("broker-config/redelivery.xml"))
                .replace("  <bean id=\"redeliveryPolicyMap\"", BEFORE + "  <bean id=\"redeliveryPolicyMap\"")
                .replace("<list>", "<list><ref bean=\"before\"/>");
        Path own = Files.writeString(folder.resolve("redelivery.xml"), file);
        assertEquals(
                Set.of(Duration.ofMinutes(15), Duration.ofMinutes(7)),
                RedeliveryPolicies.load(own).delays());
    }
}
