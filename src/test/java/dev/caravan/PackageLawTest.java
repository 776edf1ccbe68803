package dev.caravan;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
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
 * The map of the packages. Each row says what a package is for and which packages it may import besides itself; it may
 * name only rows above it, so there are no cycles. A second table says which library may be used where.
 */
class PackageLawTest {
    private static final String ROOT = "dev.caravan";

    /**
     * A package.
     *
     * @param name below {@code dev.caravan}; the root itself is "".
     * @param job what it is for.
     * @param maySee what it may import; "*" for all rows above.
     */
    private record Row(String name, String job, Set<String> maySee) {}

    private static final List<Row> ROWS = List.of(
            // The mail itself: no framework, no input or output.
            row("mail", "addresses, envelope, content, header: the values of RFC 5321 and 5322", ""),
            row("mime", "reading and writing of MIME", ""),
            row("smtp", "commands, parameters and replies", "mail"),
            row("codec", "octets of a connection to commands, replies and content, and back", "smtp"),
            row("net", "addresses, networks, ports, event loops, a client of SMTP that blocks", "mail"),
            row("lifecycle", "threads, state of a shutdown, folder lock, file handles, version", ""),
            row("config", "reads, checks and describes settings; the server's folders", "mail net"),
            row("tls", "certificates, TLS engines, what a handshake agreed", "mail net lifecycle config"),
            row("auth", "SASL, credentials, who a client is", "mail net lifecycle config tls"),
            row("session", "the server's side of an SMTP dialogue", "mail smtp codec net tls auth"),
            row("queue", "queue items and their stored form, the spool, retry schedules", "mail"),
            row("dns", "questions to the DNS about mail", "mail net"),
            row("login", "how this server logs in to smart hosts: SASL, secrets, tokens, pauses, quotas", "mail net"),
            row(
                    "delivery",
                    "one attempt: hosts, connections, the client's side of SMTP",
                    "mail mime smtp codec net dns tls login"),
            row("outcome", "what follows from an attempt: done, retry, give up, notify", "mail queue delivery"),
            row(
                    "trace",
                    "events of mail, decisions about it, the mail log",
                    "mail smtp net auth session queue delivery outcome tls"),
            row("dsn", "reports to senders (RFC 3464)", "mail mime queue delivery outcome"),
            row(
                    "policy",
                    "who may send what to whom, and which way: domains, users, aliases, relaying, next hops, throttles",
                    "mail smtp net dns queue login auth"),
            row(
                    "accounts",
                    "users and their passwords: a file, LDAP, SQL, an OAuth issuer; limits for guesses",
                    "mail net lifecycle config auth policy"),
            row("scan", "what scanners of content say", "mail net"),
            row("metrics", "counters and figures", "mail smtp auth session queue delivery outcome trace"),
            row(
                    "filter",
                    "filters that routes ask: in hand, waiting, refused; questions by HTTP",
                    "mail net config metrics"),
            row("admin", "the contract between operators' commands and the server", "mail queue delivery trace"),
            row("source.message", "what programs hand in, as envelope and content", "mail"),
            row(
                    "cli",
                    "commands that talk to a running server",
                    "net auth accounts admin config lifecycle source.message"),

            // ActiveMQ and what is stored in it.
            row("recovery", "makes a damaged store startable", "config queue lifecycle"),
            row(
                    "broker",
                    "connections, the embedded broker, messages of queue items",
                    "mail queue config lifecycle tls recovery"),
            row(
                    "events",
                    "outcomes as JMS messages, sent in their transaction",
                    "config mail queue delivery outcome trace broker"),
            row(
                    "store",
                    "puts messages into queues in transactions",
                    "config mail smtp queue outcome events broker lifecycle"),

            // Camel.
            row(
                    "exchange",
                    "the typed view of a Camel exchange",
                    "mail smtp queue session policy delivery trace broker store"),
            row("routetext", "the text of routes, and its mistakes", "mail net login config policy queue"),
            row("camel", "Camel components", "config broker lifecycle exchange"),
            row("http", "the HTTP server and web: endpoints", "config net lifecycle"),
            row(
                    "receive",
                    "joins an SMTP session with its route",
                    "auth accounts delivery config mail smtp session queue net tls policy trace metrics store exchange camel filter lifecycle"),
            row(
                    "settle",
                    "begins, settles, defers and bounces a consumed item",
                    "config mail queue delivery outcome dsn trace broker events store lifecycle exchange camel"),
            row(
                    "transport",
                    "what delivers an item",
                    "dns config mail queue delivery outcome policy net tls login lifecycle broker store settle exchange routetext"),
            row(
                    "steps",
                    "beans that an operator names in routes",
                    "mail mime smtp net auth policy scan session queue delivery outcome lifecycle broker events store exchange"
                            + " config routetext transport filter"),
            row(
                    "submit",
                    "direct:submit: loop check, aliases, next hop, split, store",
                    "config mail smtp net auth session queue outcome policy dsn trace broker events store exchange routetext"),

            // Sources.
            row(
                    "housekeeping",
                    "timers: retry, prune, compact, sweep",
                    "lifecycle config mail queue outcome trace broker store"),
            row(
                    "control",
                    "operators' commands, on the server's side",
                    "mail admin queue delivery outcome trace broker events store settle housekeeping http net lifecycle"),
            row(
                    "source",
                    "intake and idempotency of all sources",
                    "config mail smtp session queue policy broker store trace lifecycle exchange routetext source.message"),
            row(
                    "source.jms",
                    "JMS queues",
                    "config mail smtp session queue broker events store trace lifecycle exchange camel source source.message"),
            row("source.http", "posted messages", "config mail smtp session store http exchange source source.message"),
            row("source.file", "a folder", "config mail smtp lifecycle store exchange routetext source source.message"),
            row("source.sql", "a table", "config mail lifecycle store exchange routetext source source.message"),
            row("source.kafka", "Kafka topics", "config lifecycle store exchange routetext source source.message"),
            row(
                    "source.mailbox",
                    "IMAP and POP3",
                    "config mail lifecycle store exchange routetext source source.message"),
            row(
                    "source.sendmail",
                    "the sendmail command",
                    "config mail smtp policy lifecycle store exchange source source.message"),

            // The server.
            row("acme", "orders and renews the certificate", "config mail net lifecycle tls"),
            row(
                    "monitoring",
                    "metrics, health, watchdogs",
                    "metrics session queue delivery outcome recovery broker store housekeeping http lifecycle"),
            row(
                    "reload",
                    "replaces routes and settings of a running server",
                    "config net routetext exchange camel lifecycle"),
            row("server", "puts the parts together, starts and stops them", "*"),
            row("routetest", "caravan test", "*"),
            row("check", "caravan check", "*"),
            row("", "the program", "*"));

    /** Where each library may be used; a package that is not named here may not use it. */
    private static final Map<String, Set<String>> LIBRARIES = Map.of(
            "io.netty..", names("acme codec session tls delivery receive net scan steps monitoring server"),
            "org.apache.camel..",
                    names(
                            "exchange routetext camel http receive steps submit settle transport source source.jms source.http"
                                    + " source.file source.sql source.kafka source.mailbox reload server routetest check"),
            "jakarta.jms..",
                    names(
                            "broker events store camel settle transport source source.jms housekeeping control monitoring"),
            "org.apache.activemq..", names("recovery broker monitoring"),
            "org.springframework..", names("broker camel check"),
            "io.vertx..", names("http"),
            "org.bouncycastle..", names("tls auth acme"),
            "com.ongres..", names("auth login"),
            "com.nimbusds..", names("accounts login"),
            "com.unboundid..", names("accounts"));

    private static final JavaClasses CLASSES =
            new ClassFileImporter(List.of(new ImportOption.DoNotIncludeTests())).importPackages(ROOT);

    @TestFactory
    Stream<DynamicTest> packagesSeeOnlyWhatTheyMay() {
        return ROWS.stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.name().isEmpty() ? "(root)" : row.name(),
                        () -> seesOnly(row, allowed(row)).check(CLASSES)));
    }

    @TestFactory
    Stream<DynamicTest> librariesAreUsedOnlyWhereTheyMay() {
        return LIBRARIES.entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(
                        entry.getKey(),
                        () -> outside(entry.getValue(), entry.getKey()).check(CLASSES)));
    }

    @Test
    void rowsNameOnlyRowsAboveThem() {
        Set<String> above = new HashSet<>();
        for (Row row : ROWS) {
            for (String seen : row.maySee()) {
                assertTrue(seen.equals("*") || above.contains(seen), row.name() + " names " + seen);
            }
            assertFalse(row.job().isBlank(), row.name());
            above.add(row.name());
        }
    }

    @Test
    void everyPackageHasARow() {
        Set<String> rows = ROWS.stream().map(Row::name).collect(Collectors.toSet());
        Set<String> unknown = CLASSES.stream()
                .map(type -> nameOf(type.getPackageName()))
                .filter(name -> !rows.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), unknown);
    }

    /** A law that finds nothing when it is broken would be worth nothing. */
    @Test
    void findsABrokenLaw() {
        assertThrows(
                AssertionError.class,
                () -> seesOnly(row("policy", "", "smtp"), Set.of("policy", "smtp"))
                        .check(CLASSES));
        assertThrows(
                AssertionError.class,
                () -> outside(Set.of("camel"), "dev.caravan.mail..").check(CLASSES));
    }

    private static Row row(String name, String job, String maySee) {
        return new Row(name, job, names(maySee));
    }

    private static Set<String> names(String names) {
        return names.isEmpty() ? Set.of() : Set.of(names.split(" "));
    }

    private static Set<String> allowed(Row row) {
        Set<String> allowed = new HashSet<>(row.maySee());
        allowed.add(row.name());
        if (allowed.remove("*")) {
            List<String> order = ROWS.stream().map(Row::name).toList();
            allowed.addAll(order.subList(0, order.indexOf(row.name())));
        }
        return allowed;
    }

    private static ArchRule seesOnly(Row row, Set<String> allowed) {
        ArchCondition<JavaClass> seeOthers = new ArchCondition<>("depend on other packages") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    String target =
                            dependency.getTargetClass().getBaseComponentType().getPackageName();
                    if (isOurs(target) && !allowed.contains(nameOf(target))) {
                        events.add(SimpleConditionEvent.satisfied(dependency, dependency.getDescription()));
                    }
                }
            }
        };
        return noClasses().that(areIn(Set.of(row.name()))).should(seeOthers).allowEmptyShould(true);
    }

    private static ArchRule outside(Set<String> allowed, String library) {
        return noClasses()
                .that(DescribedPredicate.not(areIn(allowed)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(library)
                .allowEmptyShould(true);
    }

    private static DescribedPredicate<JavaClass> areIn(Set<String> names) {
        return DescribedPredicate.describe(
                "are in " + new TreeSet<>(names), type -> names.contains(nameOf(type.getPackageName())));
    }

    private static boolean isOurs(String packageName) {
        return packageName.equals(ROOT) || packageName.startsWith(ROOT + ".");
    }

    private static String nameOf(String packageName) {
        return packageName.equals(ROOT) ? "" : packageName.substring(ROOT.length() + 1);
    }
}
