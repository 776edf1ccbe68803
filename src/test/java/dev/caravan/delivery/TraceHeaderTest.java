package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Arrival;
import dev.caravan.mail.Domain;
import dev.caravan.mail.MailObject;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceHeaderTest {
    private static final Domain HERE = new Domain("mx.example");
    private static final String DATE = "Mon, 1 Jul 2024 10:52:37 +0000";

    private static String received(String helo, String remote, String... to) throws UnknownHostException {
        Optional<InetAddress> address =
                remote.isEmpty() ? Optional.empty() : Optional.of(InetAddress.getByName(remote));
        MailObject mail = Mails.to(to);
        Arrival arrival = new Arrival(Mails.ARRIVED, "ESMTP", helo, address);
        return TraceHeader.received(new MailObject(mail.id(), arrival, mail.envelope(), mail.content()), HERE);
    }

    private static String unfolded(String field) {
        return field.replace("\r\n\t", " ").replace("\r\n", "");
    }

    @Test
    void namesTheOnlyRecipient() throws UnknownHostException {
        assertEquals(
                "Received: from c.example ([192.0.2.1]) by mx.example with ESMTP id Q7F3A0001 for <b@x.example>; "
                        + DATE,
                unfolded(received("c.example", "192.0.2.1", "b@x.example")));
    }

    @Test
    void namesNobodyIfThereAreSeveral() throws UnknownHostException {
        assertEquals(
                "Received: from c.example ([192.0.2.1]) by mx.example with ESMTP id Q7F3A0001; " + DATE,
                unfolded(received("c.example", "192.0.2.1", "b@x.example", "c@x.example")));
    }

    @ParameterizedTest
    @CsvSource({
        "[192.0.2.1], 192.0.2.1, from [192.0.2.1] ([192.0.2.1])",
        "c.example, 2001:db8::1, from c.example ([IPv6:2001:db8:0:0:0:0:0:1])",
        "'', 192.0.2.1, from [192.0.2.1]",
        "a b, 192.0.2.1, from [192.0.2.1] (HELO a?b)",
        "')(\\', 192.0.2.1, from [192.0.2.1] (HELO \\)\\(\\\\)",
        "no_where.example., '', from unknown (HELO no_where.example.)"
    })
    void saysWhoSentItWithoutTrust(String helo, String remote, String expected) throws UnknownHostException {
        assertTrue(
                unfolded(received(helo, remote, "b@x.example")).startsWith("Received: " + expected + " by "),
                received(helo, remote, "b@x.example"));
    }

    @Test
    void hasNoFromIfNobodySentIt() throws UnknownHostException {
        assertTrue(received("", "", "b@x.example").startsWith("Received: by mx.example with ESMTP id"));
    }

    @Test
    void foldsWhatIsLong() throws UnknownHostException {
        String field = received(
                "a-long-name.of-a-client.in-some-domain.example", "2001:db8::1", "a-long-name@of.a.recipient.example");
        for (String line : field.split("\r\n")) {
            assertTrue(line.length() <= 78, line);
        }
        assertTrue(received("x".repeat(5000), "192.0.2.1", "b@x.example").length() < 998);
    }
}
