package dev.caravan.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.caravan.check.ConfigurationCheck;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.ServerHome;
import dev.caravan.routetest.ScenarioFile;
import dev.caravan.routetest.ScenarioRunner;
import dev.caravan.scan.ScriptedClamd;
import dev.caravan.testkit.OwnRoutes;
import dev.caravan.testkit.RecipeHome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each recipe does what it says when it is put to use as its comment says. */
@Tag("server")
class RecipesTest {
    private static final Path RECIPES = Path.of("routes/recipes");
    private static final String IN_CHECK_CONNECTION = "- log:\n            message: \"${header.remoteAddress} connects";
    private static final String IN_CHECK_SENDER = "- log:\n            message: \"${header.remoteAddress} sends as";
    private static final String IN_CHECK_RECIPIENT = "- process:\n            ref: recipientCheck";
    private static final String IN_CHECK_MAIL = "- log:\n            message: \"${header.mailId} from";

    @TempDir
    Path folder;

    @Test
    void holdsLargeMail() throws Exception {
        addRule(recipe("hold-large-mail"), IN_CHECK_MAIL, "- to: direct:hold-large-mail");
        assertPasses(2, """
                settings: {mail.local-domains: local.example, hold.above: "100"}
                users: alice
                tests:
                  - name: holds large mail
                    to: alice@local.example
                    content: "%s"
                    expect: {data: "250 2.0.0", queue: mail.hold, delivery: none, dsn: none}
                  - name: lets small mail pass
                    to: alice@local.example
                    expect: {data: "250 2.0.0", queue: mail.deliver.local}
                """.formatted("x".repeat(200)));
    }

    @Test
    void holdsTheMailOfABusyUser() throws Exception {
        addRule(recipe("hold-busy-user"), IN_CHECK_RECIPIENT, "- to: direct:hold-busy-user");
        assertPasses(4, """
                settings:
                  mail.local-domains: local.example
                  mail.relay-networks: 192.0.2.0/24
                  devices.networks: 192.0.2.7
                  busy.recipients: "2"
                users: alice
                tests:
                  - name: holds what is above the rate
                    role: submission
                    user: alice@local.example
                    from: alice@local.example
                    to: [alice@local.example, postmaster@local.example, a@far.example]
                    content: "From: alice@local.example"
                    expect: {data: "250 2.0.0", queue: [mail.hold, mail.hold], delivery: none}
                  - name: counts each user
                    role: submission
                    user: bob@local.example
                    from: bob@local.example
                    to: alice@local.example
                    content: "From: bob@local.example"
                    expect: {queue: mail.deliver.local}
                  - name: does not count who is no user
                    client: 192.0.2.7
                    role: devices
                    to: [alice@local.example, a@far.example, b@far.example]
                    expect: {rcpt: ["250", "250", "250"], data: "250 2.0.0"}
                  - name: nobody sends without a name
                    role: submission
                    to: alice@local.example
                    expect: {mail: "530 5.7.0", queue: none}
                """);
    }

    @Test
    void routesADomainToSmartHosts() throws Exception {
        recipe("route-to-smart-host");
        RecipeHome.send(folder, "partner.example", "partner");
        assertPasses(4, """
                settings:
                  mail.local-domains: local.example
                  mail.relay-networks: 192.0.2.0/24
                  partner.hosts: "main.test:2525, spare.test"
                users: alice
                tests:
                  - name: goes to the first host, and other domains to theirs
                    client: 192.0.2.7
                    to: [a@Partner.example, b@far.example]
                    peers:
                      spare.test: {MAIL: 550 5.7.1 not the one to be asked}
                      mx.partner.example: {MAIL: 550 5.7.1 not the one to be asked}
                      mx.far.example: {connect: 220 far}
                    expect:
                      next-hop: [partner partner.example, smtp far.example]
                      delivery: [a@Partner.example delivered, b@far.example delivered]
                  - name: a refusal comes back to the sender
                    client: 192.0.2.7
                    from: alice@local.example
                    to: nobody@partner.example
                    peers:
                      main.test: {RCPT: 550 5.1.1 no such user}
                    expect:
                      delivery: nobody@partner.example failed 5.1.1
                      dsn: alice@local.example failed 5.1.1 nobody@partner.example
                  - name: strangers may not send there
                    client: 203.0.113.9
                    to: a@partner.example
                    expect: {rcpt: "550 5.7.1", queue: none}
                  - name: goes to the second host when the first is away
                    client: 192.0.2.7
                    to: a@partner.example
                    peers:
                      main.test: {connect: 421 4.3.2 away}
                      spare.test: {RCPT: 251 2.1.5 at the spare}
                    expect: {delivery: a@partner.example delivered}
                """);
    }

    @Test
    void sendsSomeMailByASmartHostWithALogin() throws Exception {
        recipe("office-relay");
        RecipeHome.send(folder, "partner.example", "office");
        Files.writeString(folder.resolve("smarthosts"), """
                office
                    hosts=smart.test:587 user=scanner@office.example
                    token-endpoint=https://login.test/token client-id=id client-secret-file=office.secret
                    recipients-per-day=10000
                all from=boss@local.example
                    hosts=other.test
                """);
        assertPasses(2, """
                settings:
                  mail.local-domains: local.example
                  mail.relay-networks: 192.0.2.0/24
                users: alice
                tests:
                  - name: goes by the smart host, and other domains to theirs
                    client: 192.0.2.7
                    from: alice@local.example
                    to: [a@partner.example, b@far.example]
                    peers:
                      mx.partner.example: {MAIL: 550 5.7.1 not the one to be asked}
                      mx.far.example: {connect: 220 far}
                    expect:
                      next-hop: [office partner.example, smtp far.example]
                      delivery: [a@partner.example delivered, b@far.example delivered]
                  - name: the mail of one sender goes by another one
                    client: 192.0.2.7
                    from: boss@local.example
                    to: b@far.example
                    peers:
                      mx.far.example: {MAIL: 550 5.7.1 not the one to be asked}
                    expect:
                      next-hop: smtp smarthost:all
                      delivery: b@far.example delivered
                """);
    }

    @Test
    void letsEveryoneSendToADomainBehindThisServer() throws Exception {
        addRule(recipe("route-to-smart-host"), IN_CHECK_RECIPIENT, """
                - filter:
                    simple: "${header.recipientDomain} == 'partner.example'"
                    steps:
                      - stop: {}
                """);
        RecipeHome.send(folder, "partner.example", "partner");
        assertPasses(1, """
                settings: {mail.local-domains: local.example, partner.hosts: main.test, mail.relay-networks: 192.0.2.0/24}
                tests:
                  - name: also when the DNS does not know it
                    client: 203.0.113.9
                    to: [a@partner.example, b@far.example]
                    dns: {partner.example: no such domain}
                    peers: {main.test: {connect: 220 main}}
                    expect:
                      rcpt: ["250", "550 5.7.1"]
                      delivery: a@partner.example delivered
                """);
    }

    @Test
    void routesByAHeaderField() throws Exception {
        recipe("tag-and-reroute");
        addToDestinations("direct:tag-and-reroute");
        assertPasses(2, """
                settings: {mail.local-domains: local.example, mail.relay-networks: 192.0.2.0/24, bulk.hosts: bulk.test}
                users: alice
                tests:
                  - name: newsletters go to hosts of their own, but to local users
                    client: 192.0.2.7
                    to: [a@far.example, alice@local.example]
                    content: |
                      x-application:
                       Newsletter
                      Subject: x

                      hello
                    peers: {bulk.test: {connect: 220 bulk}, mx.far.example: {MAIL: 550 5.7.1 not the one to be asked}}
                    expect:
                      next-hop: [bulk far.example, local local.example]
                      delivery: [a@far.example delivered, alice@local.example delivered]
                  - name: other mail goes its way
                    client: 192.0.2.7
                    to: a@far.example
                    content: |
                      X-Application: newsletters
                      Subject: x

                      X-Application: newsletter
                    expect: {next-hop: smtp far.example}
                """);
    }

    @Test
    void refusesClientsOfSomeCountries() throws Exception {
        addRule(recipe("refuse-countries"), IN_CHECK_CONNECTION, "- to: direct:refuse-countries");
        Files.writeString(folder.resolve("countries"), """
                192.0.2.0/24 XX
                192.0.2.128/25 ZZ
                2001:db8::/32 yy
                """);
        assertPasses(4, """
                settings: {mail.local-domains: local.example, country.file: countries, country.refused: "xx, YY"}
                users: alice
                tests:
                  - name: refuses a country
                    client: 192.0.2.7
                    to: alice@local.example
                    expect: {connect: "554 5.7.1", queue: none}
                  - name: refuses a country by IPv6
                    client: "2001:db8::1"
                    to: alice@local.example
                    expect: {connect: "554 5.7.1", queue: none}
                  - name: the smallest network counts
                    client: 192.0.2.129
                    to: alice@local.example
                    expect: {queue: mail.deliver.local}
                  - name: lets in who is in no network
                    client: 203.0.113.9
                    to: alice@local.example
                    expect: {queue: mail.deliver.local}
                """);
    }

    @Test
    void putsOffEveryClientWithoutTheListOfCountries() throws Exception {
        addRule(recipe("refuse-countries"), IN_CHECK_CONNECTION, "- to: direct:refuse-countries");
        assertPasses(1, """
                settings: {mail.local-domains: local.example, country.file: missing, country.refused: XX}
                users: alice
                tests:
                  - name: when in doubt defer
                    to: alice@local.example
                    expect: {connect: "421 4.3.0", queue: none}
                """);
    }

    @Test
    void refusesRecipientsToSomeCountriesWithExceptions() throws Exception {
        addRule(recipe("refuse-countries"), IN_CHECK_RECIPIENT, """
                - filter:
                    simple: "${header.recipient} != 'postmaster@local.example'"
                    steps:
                      - to: direct:refuse-countries
                """);
        Files.writeString(folder.resolve("countries"), "192.0.2.0/24 XX\n");
        assertPasses(1, """
                settings: {mail.local-domains: local.example, country.file: countries, country.refused: XX}
                users: alice
                tests:
                  - name: postmaster can be reached
                    client: 192.0.2.7
                    to: [alice@local.example, postmaster@local.example]
                    expect: {rcpt: ["550 5.7.1", "250 2.1.5"], queue: mail.deliver.local}
                """);
    }

    @Test
    void throttlesANoisyApplication() throws Exception {
        addRule(recipe("throttle-application"), IN_CHECK_SENDER, "- to: direct:throttle-application");
        assertPasses(4, """
                settings: {mail.local-domains: local.example, throttle.mails: "2", throttle.period: 1d}
                users: alice
                tests:
                  - name: one mail
                    client: 192.0.2.7
                    to: alice@local.example
                    expect: {mail: "250"}
                  - name: two mails
                    client: 192.0.2.7
                    to: alice@local.example
                    expect: {mail: "250"}
                  - name: are enough
                    client: 192.0.2.7
                    to: alice@local.example
                    expect: {mail: "451 4.7.1 more than 2 within 1d, try again later", queue: none}
                  - name: others go on
                    client: 192.0.2.8
                    to: alice@local.example
                    expect: {mail: "250"}
                """);
    }

    @Test
    void scansWithClamd() throws Exception {
        addRule(recipe("scan-with-clamd"), IN_CHECK_MAIL, "- to: direct:scan-with-clamd");
        try (ScriptedClamd clamd = new ScriptedClamd()) {
            assertPasses(3, """
                    settings: {mail.local-domains: local.example, clamd.address: "%s"}
                    users: alice
                    tests:
                      - name: takes mail in which nothing is found
                        to: alice@local.example
                        expect: {data: "250", queue: mail.deliver.local}
                      - name: refuses mail in which something is found
                        to: alice@local.example
                        content: "this is WORM"
                        expect: {data: "554 5.7.1 refused, contains Test.Worm", queue: none}
                      - name: puts off mail when the scanner is in trouble
                        to: alice@local.example
                        content: "this is TROUBLE"
                        expect: {data: "451 4.7.1", queue: none}
                    """.formatted(clamd.address()));
        }
    }

    @Test
    void deliversAMailboxToAQueue() throws Exception {
        recipe("deliver-to-jms");
        RecipeHome.send(folder, "invoices@local.example", "invoices");
        assertPasses(1, """
                settings: {mail.local-domains: local.example}
                users: [alice, invoices]
                tests:
                  - name: that mailbox only
                    to: [Invoices@local.example, alice@local.example]
                    expect:
                      next-hop: [invoices local.example, local local.example]
                      delivery: [Invoices@local.example delivered, alice@local.example delivered]
                      dsn: none
                """);
    }

    private OwnRoutes recipe(String name) throws Exception {
        return new OwnRoutes(folder).write(name, Files.readString(RECIPES.resolve(name + ".camel.yaml")));
    }

    /** Adds steps to a policy route, before a text in it. */
    private static void addRule(OwnRoutes routes, String before, String steps) throws Exception {
        String anchor = "        " + before;
        routes.edit("policy", anchor, steps.indent(8) + anchor);
    }

    private void addToDestinations(String endpoint) throws Exception {
        Path file = folder.resolve("routes/destinations.camel.yaml");
        Files.writeString(file, Files.readString(file) + "        - to: " + endpoint + "\n");
    }

    private void assertPasses(int count, String tests) throws Exception {
        Path path = Files.writeString(folder.resolve("recipe.yaml"), tests);
        ServerHome home = new ServerHome(folder, Path.of(""));
        List<ConfigProblem> problems = new ArrayList<>();
        ScenarioFile file = ScenarioFile.read(path, problems);
        assertEquals(List.of(), problems);
        List<ScenarioRunner.Result> results =
                ScenarioRunner.results(home, Map.of(), file, ConfigurationCheck::ofRoutes);
        results.forEach(result -> problems.addAll(result.problems()));
        assertEquals(List.of(), problems);
        assertEquals(count, results.size());
    }
}
