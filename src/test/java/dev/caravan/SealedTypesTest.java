package dev.caravan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.InstanceofCheck;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.caravan.delivery.DeliveryReport;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.dns.MxAnswer;
import dev.caravan.dns.MxHost;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.ForwardPath;
import dev.caravan.outcome.NotificationRules;
import dev.caravan.outcome.Outcome;
import dev.caravan.outcome.OutcomeEvents;
import dev.caravan.outcome.RetryRules;
import dev.caravan.outcome.Settlement;
import dev.caravan.policy.RecipientDomainCheck;
import dev.caravan.policy.Verdict;
import dev.caravan.queue.ClockWatch.Reading;
import dev.caravan.queue.ItemExamples;
import dev.caravan.queue.QueueItem;
import dev.caravan.queue.RetrySchedule;
import dev.caravan.trace.MailLog;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * A class that tells two or more cases of a sealed type apart tells all of them apart. Java 17 has no exhaustive switch
 * over types: a new case, such as another command or another result for a recipient, would compile everywhere and fall
 * into somebody's last branch at run time.
 */
class SealedTypesTest {
    /** Classes that look for some cases on purpose: all others mean the same to them. */
    private static final Map<String, String> PARTIAL = Map.of(
            "dev.caravan.delivery.SmtpDelivery$GroupAttempt RecipientResult",
            "a refusal by a later host does not replace a deferral by an earlier one",
            "dev.caravan.receive.EnvelopeMemory PolicyRequest",
            "memory is counted from MAIL to the end of the content",
            "dev.caravan.session.SmtpSessionHandler SmtpInput",
            "it runs timers for the content; SessionDriver tells all cases apart",
            "dev.caravan.source.SubmissionCompletion Taken",
            "a duplicate is found before its message is submitted");

    private static final JavaClasses CLASSES =
            new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests())).importPackages("dev.caravan");

    @TestFactory
    Stream<DynamicTest> everyDispatcherKnowsEveryCase() {
        return sealedTypes()
                .map(type -> DynamicTest.dynamicTest(name(type), () -> {
                    Set<String> cases = cases(type);
                    Set<String> incomplete = new TreeSet<>();
                    for (JavaClass user : CLASSES) {
                        Set<String> known = new TreeSet<>(checkedBy(user));
                        known.retainAll(cases);
                        if (known.size() > 1
                                && known.size() < cases.size()
                                && !PARTIAL.containsKey(user.getName() + " " + type.getSimpleName())) {
                            Set<String> missing = new TreeSet<>(cases);
                            missing.removeAll(known);
                            incomplete.add(user.getName() + " has no branch for " + missing);
                        }
                    }
                    assertEquals(Set.of(), incomplete);
                }));
    }

    @Test
    void findsTheSealedTypes() {
        Set<String> names = sealedTypes().map(SealedTypesTest::name).collect(Collectors.toSet());
        assertTrue(
                names.containsAll(Set.of("Command", "Step", "RecipientResult", "MxAnswer", "SubmissionResult")),
                names.toString());
    }

    @Test
    void findsTheCasesThatAClassTellsApart() {
        assertTrue(checkedBy(CLASSES.get("dev.caravan.outcome.SettlementBuilder"))
                .containsAll(cases(RecipientResult.class)));
        assertFalse(checkedBy(CLASSES.get("dev.caravan.outcome.Outcome")).containsAll(cases(RecipientResult.class)));
    }

    @Test
    void namesNoExceptionThatIsNone() {
        Set<String> found = new HashSet<>();
        sealedTypes()
                .forEach(type -> CLASSES.stream()
                        .filter(user -> cases(type).stream().anyMatch(checkedBy(user)::contains))
                        .forEach(user -> found.add(user.getName() + " " + type.getSimpleName())));
        assertTrue(found.containsAll(PARTIAL.keySet()), PARTIAL.keySet().toString());
    }

    /** Rules that anybody may call, with one instance of each case. */
    @Test
    void everyResultOfADeliveryCanBeSettledAndLogged() {
        ForwardPath path = ForwardPath.of("b@example.net");
        Diagnosis said = Diagnosis.ours("4.0.0", "said");
        List<RecipientResult> results = List.of(
                new RecipientResult.Delivered(path, said, RecipientResult.Handling.FINAL),
                new RecipientResult.Deferred(path, said),
                new RecipientResult.NotAttempted(path, said),
                new RecipientResult.Failed(path, said));
        requireEachCase(RecipientResult.class, results);
        QueueItem item = ItemExamples.plain();
        Instant now = ItemExamples.ARRIVED.plusSeconds(1);
        RetryRules retries = RetryRules.always(RetrySchedule.DEFAULT);
        MailLog log = new MailLog(Clock.systemUTC());
        Set<String> queues = new TreeSet<>();
        for (RecipientResult result : results) {
            DeliveryReport report = new DeliveryReport(now, List.of(result));
            Settlement settlement =
                    Outcome.settle(item, report, retries, NotificationRules.DEFAULT, Reading.trusted(now));
            log.settled(item, report, settlement, OutcomeEvents.settled(item, report, settlement, now));
            settlement.placements().forEach(placement -> queues.add(placement.queue()));
        }
        assertEquals(Set.of("mail.retry.15m", "mail.retry.30s", "mail.dead"), queues);
    }

    @Test
    void everyAnswerOfTheDnsHasAVerdict() {
        List<MxAnswer> answers = List.of(
                new MxAnswer.Hosts(List.of(new MxHost(10, "mx.example.net"))),
                new MxAnswer.Implicit(),
                new MxAnswer.NullMx(),
                new MxAnswer.NoSuchDomain(),
                new MxAnswer.NoMail(),
                new MxAnswer.TemporaryFailure("no answer"));
        requireEachCase(MxAnswer.class, answers);
        ForwardPath path = ForwardPath.of("b@example.net");
        assertEquals(
                3,
                answers.stream()
                        .filter(answer ->
                                RecipientDomainCheck.verdict(path, answer).equals(Verdict.PASS))
                        .count());
    }

    private static <T> void requireEachCase(Class<T> sealed, List<? extends T> examples) {
        assertEquals(
                cases(sealed),
                examples.stream().map(example -> example.getClass().getName()).collect(Collectors.toSet()),
                "an example of each case");
    }

    private static Stream<Class<?>> sealedTypes() {
        return CLASSES.stream().<Class<?>>map(JavaClass::reflect).filter(Class::isSealed);
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1);
    }

    private static Set<String> cases(Class<?> sealed) {
        return Arrays.stream(sealed.getPermittedSubclasses())
                .map(Class::getName)
                .collect(Collectors.toSet());
    }

    private static Set<String> checkedBy(JavaClass user) {
        return user.getInstanceofChecks().stream()
                .map(InstanceofCheck::getRawType)
                .map(JavaClass::getName)
                .collect(Collectors.toSet());
    }
}
