package dev.caravan;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Mail flows down the list of packages; imports point up it. */
class PackageLawTest {
    private static final String ROOT = "dev.caravan";
    /** The one package that sees all others. */
    private static final String WIRING = "camel";

    /** Which packages each package may see besides itself. */
    private static final Map<String, List<String>> MAY_SEE = Map.ofEntries(
            Map.entry("mail", List.of()),
            Map.entry("smtp", List.of("mail")),
            Map.entry("codec", List.of("smtp")),
            Map.entry("session", List.of("mail", "smtp", "codec")),
            Map.entry("auth", List.of("mail")),
            Map.entry("queue", List.of("mail")),
            Map.entry("dns", List.of("mail")),
            Map.entry("delivery", List.of("mail", "smtp", "codec", "dns", "mime")),
            Map.entry("outcome", List.of("mail", "queue", "delivery")),
            Map.entry("dsn", List.of("mail", "queue", "delivery", "outcome", "mime")),
            Map.entry("policy", List.of("mail", "smtp", "dns")),
            Map.entry("authenticity", List.of("mail", "dns")),
            Map.entry("metrics", List.of("mail", "smtp", "session", "queue", "delivery", "outcome", "trace")),
            Map.entry("source", List.of("mail")),
            Map.entry("scan", List.of("mail", "dns")),
            Map.entry("mime", List.of()),
            Map.entry("trace", List.of("mail", "smtp", "codec", "session", "queue", "delivery", "outcome")),
            Map.entry("admin", List.of("mail", "queue", "trace", "delivery")),
            Map.entry("cli", List.of("admin", "source")));

    private static final String[] CAMEL_AND_JMS = {
        "org.apache.camel..", "org.apache.activemq..", "jakarta.jms..", "org.springframework.."
    };

    private static final JavaClasses CLASSES =
            new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests())).importPackages(ROOT);

    @TestFactory
    Stream<DynamicTest> packagesSeeOnlyWhatTheyMay() {
        return MAY_SEE.keySet().stream()
                .sorted()
                .map(name -> DynamicTest.dynamicTest(
                        name, () -> seesNothingOf(name, forbiddenTo(name)).check(CLASSES)));
    }

    @Test
    void everyPackageIsInTheTable() {
        Set<String> unknown = CLASSES.stream()
                .map(type -> topPackage(type.getPackageName()))
                .filter(name -> !MAY_SEE.containsKey(name) && !name.equals(WIRING))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), unknown);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void camelAndJmsStayInTheWiring() {
        outside(List.of(WIRING, "cli"), CAMEL_AND_JMS).check(CLASSES);
    }

    @Test
    void nettyStaysWhereOctetsMove() {
        outside(List.of("codec", "session", "delivery", WIRING), "io.netty..").check(CLASSES);
    }

    /** A law that finds nothing when it is broken would be worth nothing. */
    @Test
    void findsABrokenLaw() {
        assertThrows(
                AssertionError.class,
                () -> seesNothingOf("policy", List.of("mail")).check(CLASSES));
        assertThrows(
                AssertionError.class,
                () -> outside(List.of(WIRING), "dev.caravan.mail..").check(CLASSES));
    }

    private static List<String> forbiddenTo(String name) {
        List<String> forbidden = new ArrayList<>(MAY_SEE.keySet());
        forbidden.add(WIRING);
        forbidden.remove(name);
        forbidden.removeAll(MAY_SEE.getOrDefault(name, List.of()));
        return forbidden;
    }

    private static ArchRule seesNothingOf(String name, List<String> forbidden) {
        return noClasses()
                .that()
                .resideInAPackage(inside(name))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        forbidden.stream().map(PackageLawTest::inside).toArray(String[]::new))
                .allowEmptyShould(true);
    }

    private static ArchRule outside(List<String> allowed, String... libraries) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(
                        allowed.stream().map(PackageLawTest::inside).toArray(String[]::new))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries)
                .allowEmptyShould(true);
    }

    private static String inside(String name) {
        return ROOT + "." + name + "..";
    }

    private static String topPackage(String packageName) {
        if (packageName.equals(ROOT)) {
            return "";
        }
        return packageName.substring(ROOT.length() + 1).split("\\.", 2)[0];
    }
}
