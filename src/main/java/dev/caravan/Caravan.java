package dev.caravan;

import dev.caravan.accounts.AuthSettings;
import dev.caravan.admin.ControlFile;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.broker.BrokerSettings;
import dev.caravan.broker.EmbeddedBroker;
import dev.caravan.check.ConfigurationCheck;
import dev.caravan.cli.CaravanCommand;
import dev.caravan.cli.CommandBackend;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.control.ControlListener;
import dev.caravan.control.ControlModule;
import dev.caravan.http.HttpEngine;
import dev.caravan.lifecycle.LogOutput;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.SmtpListeners;
import dev.caravan.queue.Spool;
import dev.caravan.receive.SmtpSettings;
import dev.caravan.routetest.ScenarioRunner;
import dev.caravan.server.BrokerTls;
import dev.caravan.server.CaravanServer;
import dev.caravan.server.ServerSettings;
import dev.caravan.store.MessageSettings;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.slf4j.LoggerFactory;

/** The main program: the launcher's commands, with a server or broker behind them. */
public final class Caravan implements CommandBackend {
    /** The folder of the distribution, set by the launcher. */
    private static final String DISTRIBUTION = "caravan.distribution";

    private static final String BROKER_LISTEN = "tcp://127.0.0.1:61616";
    private static final int STORE_BROKEN = 3;
    private static final int NOT_STOPPED = 4;
    private static final Duration LONGEST_STOP = Duration.ofSeconds(45);

    private final PrintStream out;

    public Caravan(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) {
        Threads.shareCommonPool();
        int code =
                CaravanCommand.commandLine(new Caravan(System.out), System.in).execute(arguments);
        LogOutput.end();
        System.exit(code);
    }

    @Override
    public int run(Path home, Map<String, String> overrides) throws Exception {
        ServerHome here = existing(home);
        Settings settings = ServerSettings.load(here, overrides, System.getenv());
        CaravanServer node = CaravanServer.start(here, settings, Caravan::halt, ConfigurationCheck::ofRoutes);
        out.println("caravan ready " + node.listeners().described()
                + node.http().map(http -> " http=" + http).orElse(""));
        return untilStopped(node);
    }

    @Override
    public int broker(Path home, Map<String, String> overrides) throws Exception {
        ServerHome here = existing(home);
        Settings settings = ServerSettings.load(here, overrides, System.getenv());
        String listen = settings.get(BrokerSettings.LISTEN).orElse(BROKER_LISTEN);
        Path data = here.data();
        Optional<BrokerTls> tls =
                BrokerSettings.isTls(listen) ? Optional.of(BrokerTls.start(here, settings, data)) : Optional.empty();
        EmbeddedBroker broker =
                listening(EmbeddedBroker.start(here, settings, Caravan::halt), listen, tls.map(BrokerTls::context));
        HttpEngine engine = new HttpEngine();
        ControlListener control = ControlModule.ofBroker(
                engine,
                data,
                broker,
                new Spool(data.resolve(settings.get(MessageSettings.SPOOL)), 0, Spool.DEFAULT_MEMORY_BUDGET));
        control.serve();
        out.println("caravan ready broker=" + String.join(",", broker.addresses()));
        return untilStopped(() -> {
            control.close();
            engine.close();
            broker.close();
            tls.ifPresent(BrokerTls::close);
        });
    }

    private static EmbeddedBroker listening(EmbeddedBroker broker, String address, Optional<SSLContext> tls)
            throws Exception {
        try {
            broker.listen(address, tls);
            return broker;
        } catch (Exception e) {
            broker.close();
            throw e;
        }
    }

    @Override
    public int check(Path home, Map<String, String> overrides) throws Exception {
        ServerHome here = existing(home);
        int wrong = ConfigurationCheck.check(here, overrides, System.getenv(), out);
        return wrong == 0 ? 0 : 1;
    }

    @Override
    public int test(Path home, Map<String, String> overrides, List<Path> files) throws Exception {
        return ScenarioRunner.run(existing(home), overrides, files, ConfigurationCheck::ofRoutes, out) == 0 ? 0 : 1;
    }

    @Override
    public Submission submission(Path home, Map<String, String> overrides) throws Exception {
        Settings settings = ServerSettings.load(home(home), overrides, System.getenv());
        SmtpListeners listeners = SmtpSettings.listeners(settings);
        return new Submission(listeners.fromThisMachine(), settings.text(MailSettings.HOSTNAME));
    }

    @Override
    public Users users(Path home, Map<String, String> overrides) throws Exception {
        ServerHome here = existing(home);
        Settings settings = ServerSettings.load(here, overrides, System.getenv());
        return new Users(
                here.folder().resolve(settings.get(AuthSettings.USERS)),
                here.mail(),
                settings.get(AuthSettings.MECHANISMS).contains(SaslMechanism.SCRAM_SHA_1));
    }

    @Override
    public Path control(Path home) {
        return home(home).mail().resolve(ControlFile.NAME);
    }

    /** A home that must be there: a mistyped name must not make another server. */
    private static ServerHome existing(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("--home: " + folder + " is not there (expected: a folder)");
        }
        return home(folder);
    }

    private static ServerHome home(Path folder) {
        return new ServerHome(folder, Path.of(System.getProperty(DISTRIBUTION, "")));
    }

    /** Waits for SIGTERM or SIGINT, then stops cleanly before the process ends. */
    private static int untilStopped(AutoCloseable running) throws InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            haltLater();
                            try {
                                running.close();
                            } catch (Exception e) {
                                // Nothing is left to be done; the queues hold what matters.
                                LoggerFactory.getLogger(Caravan.class).error("not stopped as it should be", e);
                                halt();
                            } finally {
                                LogOutput.end();
                                stopped.countDown();
                            }
                        },
                        "stop"));
        stopped.await();
        return 0;
    }

    /** A step of a route that never ends must not keep the process alive: what it has in hand is in its queue. */
    private static void haltLater() {
        Thread thread = new Thread(
                () -> {
                    LockSupport.parkNanos(LONGEST_STOP.toNanos());
                    LoggerFactory.getLogger(Caravan.class).warn("not stopped in {}; ended as it is", LONGEST_STOP);
                    LogOutput.end();
                    Runtime.getRuntime().halt(NOT_STOPPED);
                },
                "stop-limit");
        thread.setDaemon(true);
        thread.start();
    }

    /** The store is broken: end at once, so that the supervisor starts us again and the broker recovers. */
    private static void halt() {
        LogOutput.end();
        Runtime.getRuntime().halt(STORE_BROKEN);
    }
}
