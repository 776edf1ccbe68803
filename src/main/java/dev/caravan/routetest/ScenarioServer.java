package dev.caravan.routetest;

import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.broker.StoreScanner;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.OwnerOnlyFolders;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.delivery.RecipientResult;
import dev.caravan.http.HttpSettings;
import dev.caravan.mail.Content;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenerKind;
import dev.caravan.outcome.Placement;
import dev.caravan.queue.QueueNames;
import dev.caravan.receive.SmtpListenerComponent;
import dev.caravan.receive.SmtpListenerInitializer;
import dev.caravan.reload.RouteCheck;
import dev.caravan.server.CaravanServer;
import dev.caravan.server.ServerSettings;
import dev.caravan.server.TestOverrides;
import dev.caravan.steps.PolicySettings;
import dev.caravan.store.MessageSettings;
import dev.caravan.submit.SplitMail;
import dev.caravan.transport.DeliverySettings;
import dev.caravan.transport.SmtpTransport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server with the real routes, for the tests of one file, in a temporary folder. Mail queues and receiving routes
 * run; routes that begin elsewhere, such as at a mailbox or a timer, do not run, and other mail servers are
 * {@link FakeRemoteHosts}.
 */
final class ScenarioServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ScenarioServer.class);
    private static final int LOOKS = 4;
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(5);
    private static final Pattern FIELD =
            Pattern.compile("(?mi)^(Final-Recipient|Action|Status):[ \\t]*(?:rfc822;)?[ \\t]*(\\S+)");

    private final Path scratch;
    private final FakeRemoteHosts peers;
    private final DeliveryRecorder recorder = new DeliveryRecorder();
    private final ScenarioClock clock = new ScenarioClock();
    private final Map<Integer, SmtpListenerInitializer.Claim> claims = new ConcurrentHashMap<>();
    private final CaravanServer node;

    /**
     * Starts a server.
     *
     * @param overrides what {@code --set} gave.
     * @param check checks the routes before the server starts.
     * @throws InvalidSettingsException if routes or settings are wrong.
     */
    ScenarioServer(ServerHome home, Map<String, String> overrides, ScenarioFile file, RouteCheck check)
            throws Exception {
        scratch = Files.createTempDirectory("caravan-test");
        Set<String> hosts = new HashSet<>();
        file.tests().forEach(test -> hosts.addAll(test.world().peers().keySet()));
        peers = new FakeRemoteHosts(hosts);
        try {
            Settings settings = settings(home, overrides, file);
            List<ConfigProblem> problems = check.check(home, settings).problems();
            if (!problems.isEmpty()) {
                throw new InvalidSettingsException(problems);
            }
            TestOverrides replaced = TestOverrides.none()
                    .ticking(false)
                    .with(peers.dns())
                    .withRuleClock(clock)
                    .stoppingWithin(STOP)
                    .replacing(this::beans)
                    .startingOnly(ScenarioServer::isOurs);
            node = CaravanServer.start(home.withMailIn(scratch.resolve("data")), settings, () -> {}, check, replaced);
        } catch (Exception e) {
            peers.close();
            OwnerOnlyFolders.remove(scratch);
            throw e;
        }
    }

    private Settings settings(ServerHome home, Map<String, String> overrides, ScenarioFile file) throws IOException {
        Map<String, String> all = new HashMap<>();
        putAll(overrides, all);
        putAll(file.settings(), all);
        all.put(
                PolicySettings.USERS.key(),
                Files.write(scratch.resolve("users"), file.users()).toString());
        all.put(
                PolicySettings.ALIASES.key(),
                Files.write(scratch.resolve("aliases"), file.aliases()).toString());
        for (ListenerKind kind : ListenerKind.values()) {
            boolean isNeeded = kind == ListenerKind.SMTP
                    || file.tests().stream().anyMatch(test -> test.client().kind() == kind);
            all.put(kind.setting(), isNeeded ? "127.0.0.1:0" : "");
        }
        all.put(BrokerSettings.URL.key(), "");
        all.put(BrokerSettings.LISTEN.key(), "");
        all.put(HttpSettings.LISTEN.key(), "");
        all.put(MessageSettings.SPOOL.key(), MessageSettings.SPOOL.defaultValue());
        all.put(DeliverySettings.MAILDIRS.key(), DeliverySettings.MAILDIRS.defaultValue());
        all.put(DeliverySettings.PAUSED.key(), "false");
        all.put(DeliverySettings.PORT.key(), Integer.toString(peers.port()));
        Settings settings = ServerSettings.load(home, all, System.getenv());
        return settings.get(DeliverySettings.SMARTHOST)
                .map(hosts -> settings.with(
                        DeliverySettings.SMARTHOST,
                        hosts.stream().map(host -> peer(host).toString()).collect(Collectors.joining(","))))
                .orElse(settings);
    }

    /** Replaces settings, by their present names. */
    private static void putAll(Map<String, String> given, Map<String, String> all) {
        given.forEach((key, value) -> {
            String current = ServerSettings.CATALOG.currentKey(key);
            if (!current.equals(key)) {
                LOG.warn("{} is now called {}", key, current);
            }
            all.put(current, value);
        });
    }

    /** No mail of a test leaves this machine: the fake hosts replace a smart host. */
    private HostAndPort peer(HostAndPort smarthost) {
        return new HostAndPort(smarthost.address().isPresent() ? "smarthost.invalid" : smarthost.host(), peers.port());
    }

    private Map<String, Object> beans(Map<String, Object> beans) {
        bean(beans, "smtpServer", SmtpListenerInitializer.class)
                .claiming(port -> Optional.ofNullable(claims.get(port)));
        bean(beans, "smtpTransport", SmtpTransport.class).redirect(this::peer);
        return recorder.around(beans);
    }

    private static <T> T bean(Map<String, Object> beans, String name, Class<T> type) {
        return type.cast(Objects.requireNonNull(beans.get(name), name));
    }

    /** Whether a route takes mail that the test sent, or that follows from it. */
    private static boolean isOurs(String uri) {
        return uri.startsWith("direct:")
                || uri.startsWith("deliver:")
                || uri.startsWith("mailqueue:")
                || SmtpListenerComponent.isSmtp(uri);
    }

    /** The results of a test, by the keys of its file. */
    Map<String, List<String>> run(RouteScenario test) throws Exception {
        clear();
        clock.set(test.at());
        peers.say(test.world());
        Map<String, List<String>> seen = new HashMap<>(ScenarioClient.send(
                test.client(),
                node.listeners().of(test.client().kind()).get(0).address().socketAddress(),
                claims));
        awaitQuiet();
        List<SplitMail> submissions = recorder.submissions();
        List<Placement> placements =
                submissions.isEmpty() ? List.of() : submissions.get(0).placements();
        seen.put("queue", placements.stream().map(Placement::queue).toList());
        seen.put(
                "next-hop",
                placements.stream()
                        .map(placement -> placement.item().nextHop())
                        .map(hop -> hop.transport() + " " + hop.destination())
                        .toList());
        seen.put(
                "delivery",
                recorder.results().stream().map(ScenarioServer::words).toList());
        List<String> reports = new ArrayList<>();
        for (int i = 1; i < submissions.size(); i++) {
            reports.addAll(reports(submissions.get(i)));
        }
        seen.put("dsn", reports);
        return seen;
    }

    private static String words(RecipientResult result) {
        return result.recipient().address() + " "
                + word(result) + " "
                + result.diagnosis().status() + " " + result.diagnosis().said().replace('\n', ' ');
    }

    /** The word for a result in test files. */
    static String word(RecipientResult result) {
        if (result instanceof RecipientResult.Delivered) {
            return "delivered";
        } else if (result instanceof RecipientResult.Deferred) {
            return "deferred";
        } else if (result instanceof RecipientResult.Failed) {
            return "failed";
        } else if (result instanceof RecipientResult.NotAttempted) {
            return "untried";
        }
        throw new AssertionError(result);
    }

    /** A line for each recipient of a report: receiver, action, status, recipient. */
    private static List<String> reports(SplitMail submission) {
        List<String> lines = new ArrayList<>();
        if (submission.mail().content() instanceof Content.InMemory content) {
            String to = submission.mail().envelope().recipients().get(0).path().address();
            Map<String, String> fields = new HashMap<>();
            Matcher matcher = FIELD.matcher(new String(content.octets(), StandardCharsets.ISO_8859_1));
            while (matcher.find()) {
                fields.put(matcher.group(1).toLowerCase(Locale.ROOT), matcher.group(2));
                if (fields.size() == 3) {
                    lines.add(String.join(
                            " ", to, fields.get("action"), fields.get("status"), fields.get("final-recipient")));
                    fields.clear();
                }
            }
        }
        return lines;
    }

    private EmbeddedBroker broker() {
        return node.broker().orElseThrow();
    }

    /** Waits until no mail is being delivered, or dead and not yet returned. */
    private void awaitQuiet() throws Exception {
        long end = System.nanoTime() + LONGEST.toNanos();
        // Checks again, because mail may move from a queue that was not checked yet to one that was, and a busy broker
        // may count a message only after the client got its reply.
        for (int quiet = 0; quiet < LOOKS; quiet = isQuiet() ? quiet + 1 : 0) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("the message was not delivered, deferred or returned within "
                        + LONGEST.toSeconds() + " s (expected: a route that takes it from its queue and settles it)");
            }
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }

    private boolean isQuiet() throws Exception {
        StoreScanner queues = new StoreScanner(broker().service());
        for (String queue : queues.queues()) {
            boolean isBusy = queue.startsWith(QueueNames.DELIVER_PREFIX)
                    || queue.startsWith(QueueNames.PARKED_PREFIX)
                    || (queue.startsWith(QueueNames.DEAD) && !queue.equals(QueueNames.DEAD_INVALID));
            if (isBusy && queues.depth(queue) > 0) {
                return false;
            }
        }
        return node.deliveries() == 0;
    }

    private void clear() throws Exception {
        broker().purge(QueueNames.PREFIX);
        recorder.clear();
    }

    @Override
    public void close() throws IOException {
        node.close();
        peers.close();
        OwnerOnlyFolders.remove(scratch);
    }
}
