package dev.caravan.check;

import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.RedeliveryPolicies;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.MailSettings;
import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.config.SettingsReader;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.Mailbox;
import dev.caravan.net.ListenerKind;
import dev.caravan.net.Networks;
import dev.caravan.net.SmtpListeners;
import dev.caravan.policy.DestinationFile;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.SmartHostFile;
import dev.caravan.policy.TableFileException;
import dev.caravan.policy.UserFile;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.reload.RouteCheck.Findings;
import dev.caravan.reload.RouteFiles;
import dev.caravan.routetest.ScenarioFile;
import dev.caravan.routetext.FormerNames;
import dev.caravan.server.Placeholders;
import dev.caravan.server.ServerAssembly;
import dev.caravan.server.ServerSettings;
import dev.caravan.server.TestOverrides;
import dev.caravan.steps.PolicySettings;
import dev.caravan.steps.RecipientsModule;
import dev.caravan.store.MessageSettings;
import dev.caravan.transport.DeliverySettings;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Predicate;

/**
 * Looks for mistakes in settings, tables, broker configuration and routes, without serving and without touching any
 * mail: it reads what a start would read, by the same code, with an empty temporary folder for mail.
 */
public final class ConfigurationCheck {
    private final ServerHome home;
    private final Settings settings;
    private final Path scratch;
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final List<ConfigProblem> notes = new ArrayList<>();

    private ConfigurationCheck(ServerHome home, Settings settings, Path scratch) {
        this.home = home.withMailIn(scratch.resolve("data"));
        this.settings = settings;
        this.scratch = scratch;
    }

    /**
     * Prints a line for each mistake: where it is, what is wrong, and what was expected; or that there is none.
     *
     * @return how many there are.
     * @throws IOException if a file cannot be read, or there is no room for a temporary folder.
     */
    public static int check(
            ServerHome home, Map<String, String> overrides, Map<String, String> environment, PrintStream out)
            throws IOException {
        SettingsReader sources = new SettingsReader(ServerSettings.CATALOG, home, overrides, environment);
        List<ConfigProblem> problems = new ArrayList<>(sources.problems());
        Settings settings = Settings.of(sources);
        Path scratch = Files.createTempDirectory("caravan-check");
        ConfigurationCheck check = new ConfigurationCheck(home, settings, scratch);
        try {
            problems.addAll(check.all());
            check.unusedKeys(sources.ownKeys());
        } finally {
            OwnerOnlyFolders.remove(scratch);
        }
        problems.forEach(out::println);
        if (problems.isEmpty()) {
            check.notes.forEach(note -> out.println("warning: " + note));
        }
        loopback(settings).ifPresent(check.warnings::add);
        if (settings.get(SmtpSettings.DEVICES).isPresent()
                && settings.get(SmtpSettings.DEVICE_NETWORKS).blocks().isEmpty()) {
            check.warnings.add("devices.networks is empty: every client at devices.listen is refused"
                    + " (expected: the networks of your devices)");
        }
        check.warnings.forEach(warning -> out.println("warning: " + warning));
        if (home.usesShipped(settings.get(PolicySettings.USERS))) {
            out.println("note: " + home.folder() + " has no file of users: mail for its local domains is refused");
        }
        settings.warnings().forEach(warning -> out.println("warning: " + warning));
        settings.unserved()
                .forEach(key -> out.println("note: " + key + " has no effect (expected: submissions.listen)"));
        if (problems.isEmpty()) {
            out.println("configuration ok");
        }
        return problems.size();
    }

    /** A value replaces the default, as in Postfix, and an operator who adds a network easily forgets the loopback ones. */
    private static Optional<String> loopback(Settings settings) {
        Networks networks = settings.get(MailSettings.RELAY_NETWORKS);
        boolean hasLoopback = Networks.parse("127.0.0.1, ::1").blocks().stream()
                .map(Networks.Block::first)
                .filter(address -> address instanceof Inet4Address
                        || SmtpSettings.listeners(settings).isIpv6())
                .allMatch(networks::contains);
        return hasLoopback
                ? Optional.empty()
                : Optional.of("mail.relay-networks=" + settings.text(MailSettings.RELAY_NETWORKS)
                        + " is without the loopback addresses: programs on this machine cannot send to other domains"
                        + " (expected: 127.0.0.0/8, ::1/128 among them)");
    }

    /** Only the mistakes in routes that {@link #check} finds. */
    public static Findings ofRoutes(ServerHome home, Settings settings) throws IOException {
        Path scratch = Files.createTempDirectory("caravan-check");
        try {
            ConfigurationCheck check = new ConfigurationCheck(home, settings, scratch);
            check.routes();
            return new Findings(check.problems, check.notes);
        } finally {
            OwnerOnlyFolders.remove(scratch);
        }
    }

    private List<ConfigProblem> all() throws IOException {
        tables();
        destinations();
        FormerNames.find(RouteFiles.list(home.routes()), settings.catalog().formerNames())
                .forEach(found -> warnings.add(found.toString()));
        for (Path file : ScenarioFile.list(home.routes())) {
            ScenarioFile.read(file, problems);
        }
        if (brokerConfiguration()) {
            routes();
        } else {
            problems.addAll(new RoutesCheck(home, placeholders(), Optional.empty()).problems());
        }
        return problems;
    }

    /** A key that is no setting and that no file of the operator's uses is most likely misspelt. */
    private void unusedKeys(Map<String, String> own) throws IOException {
        StringBuilder texts = new StringBuilder();
        List<Path> files = new ArrayList<>(RouteFiles.list(home.routes()));
        files.addAll(ScenarioFile.list(home.routes()));
        files.add(home.brokerConfig("activemq.xml"));
        files.add(home.brokerConfig("redelivery.xml"));
        for (Path file : files) {
            if (Files.isReadable(file)) {
                texts.append(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .append('\n');
            }
        }
        own.forEach((key, origin) -> {
            // Camel reads these itself.
            if (!key.startsWith("camel.") && texts.indexOf(key) < 0) {
                String meant = settings.catalog()
                        .nearest(key)
                        .map(setting -> ", is " + setting + " meant?")
                        .orElse("");
                notes.add(new ConfigProblem(origin, key + " is no setting, and no route uses it" + meant));
            }
        });
    }

    private void tables() {
        LocalDomains domains = new LocalDomains(MailSettings.localDomains(settings));
        List<UserFile> users = new ArrayList<>();
        List<Path> userPlaces = home.places(settings.get(PolicySettings.USERS));
        table(
                existing(userPlaces),
                () -> users.add(RecipientsModule.users(home, settings, domains, Clock.systemUTC())));
        Predicate<Mailbox> isUser = mailbox ->
                users.isEmpty() || users.get(0).userOf(new ForwardPath(mailbox)).isPresent();
        List<Path> places = home.places(settings.get(PolicySettings.ALIASES));
        table(
                existing(places),
                () -> RecipientsModule.aliases(home, settings, domains, isUser, Clock.systemUTC())
                        .doubts()
                        .forEach(doubt -> warnings.add(places.get(0) + ": " + doubt)));
    }

    private void destinations() {
        List<Path> places = home.places(settings.get(DeliverySettings.DESTINATIONS));
        table(existing(places), () -> DestinationFile.open(places, home::resolve, Clock.systemUTC()));
        List<Path> smartHosts = home.places(settings.get(DeliverySettings.SMARTHOSTS));
        table(existing(smartHosts), () -> SmartHostFile.open(smartHosts, home::resolve, Clock.systemUTC()));
    }

    private static Path existing(List<Path> places) {
        return places.stream().filter(Files::exists).findFirst().orElseGet(() -> places.get(0));
    }

    /** @param place where the file is. */
    private void table(Path place, Runnable opening) {
        try {
            opening.run();
        } catch (TableFileException e) {
            problems.add(new ConfigProblem(ConfigProblem.at(e.file(), e.line()), e.what()));
        } catch (UncheckedIOException e) {
            problems.add(new ConfigProblem(place.toString(), "cannot be read", "a text file, which may be empty"));
        }
    }

    /** Whether the broker's configuration can be used. */
    private boolean brokerConfiguration() {
        Path policy = home.brokerConfig("redelivery.xml");
        Path broker = home.brokerConfig("activemq.xml");
        List<ConfigProblem> found = new ArrayList<>(XmlCheck.problems(policy, () -> {
            RedeliveryPolicies policies = RedeliveryPolicies.load(policy);
            policies.schedule("smtp");
            policies.schedule("local");
        }));
        // The broker's file imports the policy: a mistake in it would be reported twice.
        if (found.isEmpty()) {
            found.addAll(XmlCheck.problems(broker, () -> {
                try {
                    EmbeddedBroker.check(home, settings);
                } catch (InvalidSettingsException e) {
                    add(e.problems());
                }
            }));
        }
        problems.addAll(found);
        return found.isEmpty();
    }

    /** Two parts of the server may find the same mistake. */
    private void add(List<ConfigProblem> found) {
        found.stream().filter(problem -> !problems.contains(problem)).forEach(problems::add);
    }

    private Properties placeholders() {
        return Placeholders.of(settings, false, SmtpSettings.listeners(settings));
    }

    private void routes() throws IOException {
        Path users = Files.writeString(scratch.resolve("users"), "");
        // Empty tables, because a malformed one must not hide the mistakes in routes. Other folders for mail, because
        // those of the settings, which several servers may share, must not be created by a check.
        Settings around = settings.with(PolicySettings.USERS, users.toString())
                .with(PolicySettings.ALIASES, scratch.resolve("aliases").toString())
                .with(MessageSettings.SPOOL, scratch.resolve("spool").toString())
                .with(
                        DeliverySettings.DESTINATIONS,
                        scratch.resolve("destinations").toString())
                .with(DeliverySettings.SMARTHOSTS, scratch.resolve("smarthosts").toString())
                .with(DeliverySettings.MAILDIRS, scratch.resolve("maildirs").toString());
        SmtpListeners nowhere = SmtpSettings.listeners(settings);
        try (ServerAssembly parts = new ServerAssembly(home, around, Optional.empty(), nowhere, TestOverrides.none())) {
            RoutesCheck check = new RoutesCheck(home, placeholders(), Optional.of(parts.beans()));
            problems.addAll(check.problems());
            for (ListenerKind kind : ListenerKind.values()) {
                if (kind != ListenerKind.SMTP
                        && !nowhere.of(kind).isEmpty()
                        && !check.served().contains(kind)) {
                    problems.add(new ConfigProblem(kind.setting(), "no route listens there (" + kind.remedy() + ")"));
                }
            }
            notes.addAll(check.notes());
        } catch (InvalidSettingsException e) {
            add(e.problems());
        } catch (IllegalArgumentException e) {
            problems.add(new ConfigProblem("configuration", String.valueOf(e.getMessage())));
        }
    }
}
