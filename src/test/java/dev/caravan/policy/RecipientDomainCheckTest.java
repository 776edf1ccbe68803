package dev.caravan.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.dns.MxAnswer;
import dev.caravan.mail.Domain;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipientDomainCheckTest {
    private static final SmartHostTable SMART_HOSTS = SmartHostTable.parse(
            List.of(
                    "one to=known.example,*.below.example hosts=a.example",
                    "two hosts=b.example",
                    "three to=boss.example from=boss@local.example hosts=c.example"),
            Path::of);

    /** A name server that knows no domain. */
    private static final RecipientDomainCheck NOTHING = new RecipientDomainCheck() {
        @Override
        public CompletionStage<Verdict> check(ForwardPath path) {
            return CompletableFuture.completedFuture(RecipientDomainCheck.verdict(path, new MxAnswer.NoSuchDomain()));
        }

        @Override
        public String evidence(ForwardPath path) {
            return "DNS";
        }
    };

    @ParameterizedTest
    @CsvSource({
        "known.example, true",
        "a.below.example, true",
        "boss.example, true",
        "below.example, false",
        "other.example, false"
    })
    void aDomainThatASmartHostTakesNeedsNoDns(String domain, boolean passes) {
        ForwardPath path = new ForwardPath(new Mailbox("bob", new Domain(domain)));
        RecipientDomainCheck check = NOTHING.exceptFor(SMART_HOSTS::mayTake);
        assertEquals(passes, check.check(path).toCompletableFuture().join().equals(Verdict.PASS), check.evidence(path));
    }
}
