package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.mail.Content;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.ReversePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardTraceTest {
    private static final String TEAM = "team@local.test";

    @Test
    void readsWhatItWrites() throws IOException {
        ForwardTrace.Visit stored = new ForwardTrace.Visit("\"a b\"@x.test", "s=+ x@out.test", 2, true);
        ForwardTrace.Visit sent = new ForwardTrace.Visit(TEAM, "", 0, false);
        String header = text(stored) + text(sent) + "Resent-From: a@x.test\r\nresent-date: today\r\nSubject: x\r\n";
        ForwardTrace trace = read(header);
        assertEquals(List.of(stored, sent), trace.visits());
        assertEquals(2, trace.resent());
        assertTrue(trace.isStored("\"a b\"@x.test"));
        assertFalse(trace.isStored(TEAM));
    }

    @Test
    void ignoresWhatOthersWrite() throws IOException {
        ForwardTrace trace = read("X-Caravan-Forwarded: x\r\nX-Caravan-Forwarded: a from=<+0> resent=0\r\n"
                + "X-Caravan-Forwarded: a from=<> resent=99999999999999\r\nDelivered-To: team@local.test\r\n");
        assertEquals(List.of(), trace.visits());
    }

    @ParameterizedTest
    @CsvSource({
        "a@out.test, a@out.test, true, the same sender",
        "a@out.test, A@OUT.test, true, the same sender",
        "a@out.test, '', true, a server drops the sender",
        "a@out.test, SRS0=Hash=DD=out.test=a@far.test, true, a server writes it into an address of its own",
        "a@out.test, SRS1=Hash=far.test==Hash=DD=out.test=a@next.test, true, the next server too",
        "a@out.test, fwd=Hash=a=out.test@far.test, true, another order",
        "a@out.test, prvs=4711ABCD=a@out.test, true, a tag against forged reports",
        "a@out.test, list-bounces+a=out.test@far.test, true, a list writes the recipient into it",
        "prvs=4711ABCD=a@out.test, a@out.test, true, the tag is gone",
        "a@out.test, b@out.test, false, another person",
        "a@out.test, ba@out.test, false, another person",
        "a@out.test, a@far.test, false, another person",
        "'', a@far.test, false, a person sends a report on",
    })
    void tellsPersonsFromServers(String before, String now, boolean isLoop, String why) throws IOException {
        ForwardTrace trace = read(text(new ForwardTrace.Visit(TEAM, before, 0, false)));
        ReversePath sender = now.isEmpty() ? ReversePath.NULL : ReversePath.of(Mailbox.parse(now));
        assertEquals(isLoop, trace.isLoop(TEAM, sender), why);
        assertFalse(trace.isLoop("other@local.test", sender));
    }

    @Test
    void endsAfterSomeVisitsWhoeverSends() throws IOException {
        String header = "";
        for (int i = 0; i < ForwardTrace.MAX_VISITS; i++) {
            ReversePath sender = ReversePath.of(Mailbox.parse("person" + i + "@out.test"));
            assertFalse(read(header).isLoop(TEAM, sender), header);
            header = text(new ForwardTrace.Visit(TEAM, sender.address(), 0, false)) + header;
        }
        assertTrue(read(header).isLoop(TEAM, ReversePath.of(Mailbox.parse("last@out.test"))));
    }

    private static String text(ForwardTrace.Visit visit) {
        return new String(visit.field().octets(), StandardCharsets.US_ASCII);
    }

    private static ForwardTrace read(String header) throws IOException {
        return ForwardTrace.of(
                HeaderSection.of(new Content.InMemory((header + "\r\nbody\r\n").getBytes(StandardCharsets.US_ASCII))));
    }
}
