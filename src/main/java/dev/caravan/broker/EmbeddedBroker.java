package dev.caravan.broker;

import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.ServerHome;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.recovery.DamageReports;
import dev.caravan.recovery.RecoveringLocker;
import dev.caravan.recovery.RecoverySettings;
import dev.caravan.recovery.StoreEvidence;
import dev.caravan.recovery.StoreRecovery;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.apache.activemq.broker.BrokerPlugin;
import org.apache.activemq.broker.BrokerService;
import org.apache.activemq.broker.SslContext;
import org.apache.activemq.broker.TransportConnector;
import org.apache.activemq.broker.region.Destination;
import org.apache.activemq.broker.region.Queue;
import org.apache.activemq.broker.util.RedeliveryPlugin;
import org.apache.activemq.store.kahadb.KahaDBPersistenceAdapter;
import org.apache.activemq.util.DefaultIOExceptionHandler;
import org.apache.activemq.util.IOExceptionHandler;
import org.apache.activemq.xbean.XBeanBrokerService;
import org.apache.xbean.spring.context.ResourceXmlApplicationContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;

/** The broker of {@code broker-config/activemq.xml}, in our process. */
public final class EmbeddedBroker implements AutoCloseable {
    /** The name in JMX and in {@code vm://} addresses. */
    public static final String NAME = "caravan";

    private static final long CLEAN_SECONDS = 30;
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedBroker.class);

    private final ResourceXmlApplicationContext context;
    private final BrokerService service;
    private final AtomicBoolean closing = new AtomicBoolean();
    private RecoveringLocker.Step whenStopped = () -> {};
    private Optional<ScheduledExecutorService> cleaner = Optional.empty();

    private static final String MAX_FRAME = "wireFormat.maxFrameSize";
    /** The library's default. */
    private static final long LARGEST_FRAME = 100L * 1024 * 1024;

    private static final long SMALLEST_FRAME = 1024 * 1024;
    private static final long HEAP_OF_OTHERS = 60L * 1024 * 1024;

    private EmbeddedBroker(ResourceXmlApplicationContext context) {
        this.context = context;
        this.service = context.getBean(BrokerService.class);
    }

    /**
     * Starts the broker.
     *
     * @param listen address of a TCP connector such as {@code tcp://127.0.0.1:61616}; empty for none.
     * @param whenBroken runs if the broker stops by itself, as it does after an I/O error.
     * @throws Exception if the configuration is unusable or the store is locked or broken.
     */
    @SuppressWarnings("PMD.SignatureDeclareThrowsException")
    public static EmbeddedBroker start(ServerHome home, Settings settings, String listen, Runnable whenBroken)
            throws Exception {
        EmbeddedBroker broker = start(home, settings, whenBroken);
        try {
            if (!listen.isEmpty()) {
                broker.listen(listen, Optional.empty());
            }
        } catch (Exception e) {
            broker.close();
            throw e;
        }
        return broker;
    }

    /**
     * Starts the broker with the connectors of its file; {@link #listen} adds one.
     *
     * @param whenBroken runs if the broker stops by itself, as it does after an I/O error.
     * @throws InvalidSettingsException if a port would be open to other machines.
     * @throws Exception if the configuration is unusable or the store is locked or broken.
     */
    @SuppressWarnings("PMD.SignatureDeclareThrowsException")
    public static EmbeddedBroker start(ServerHome home, Settings settings, Runnable whenBroken) throws Exception {
        StoreEvidence evidence = new StoreEvidence(home);
        StoreRecovery recovery = new StoreRecovery(
                new DamageReports(home.data()),
                evidence,
                settings.get(RecoverySettings.ACCEPT_LOST_JOURNAL),
                Clock.systemUTC());
        while (true) {
            try {
                return start(home, settings, new Start(whenBroken, recovery));
            } catch (Exception e) {
                if (!recovery.retries(e)) {
                    throw recovery.refusal().<Exception>map(refusal -> refusal).orElse(e);
                }
            }
        }
    }

    private record Start(Runnable whenBroken, StoreRecovery recovery) {}

    private static EmbeddedBroker start(ServerHome home, Settings settings, Start start) throws Exception {
        Optional<BrokerLogin> login = requireSafePort(home, settings);
        EmbeddedBroker broker = new EmbeddedBroker(load(home, placeholders(home, settings)));
        try {
            BrokerPorts.requireSafe(broker.service, login.isPresent(), settings);
        } catch (InvalidSettingsException e) {
            broker.close();
            throw e;
        }
        BrokerService service = broker.service;
        service.setBrokerName(NAME);
        useRedeliveryPolicies(service, RedeliveryPolicies.load(home.brokerConfig("redelivery.xml")));
        surviveFullDisks(service, settings.get(BrokerSettings.MAX_IN_HAND_SIZE));
        login.ifPresent(known -> requireLogin(service, known));
        service.addShutdownHook(() -> {
            if (!broker.closing.get()) {
                LOG.error("the broker has stopped by itself: its store may be broken; see the lines above");
                start.whenBroken.run();
            }
        });
        try {
            Optional<KahaDBPersistenceAdapter> store = recover(service, start.recovery);
            service.start();
            service.waitUntilStarted();
            if (store.isPresent()) {
                start.recovery.finish(store.get());
                broker.whenStopped = () -> start.recovery.stopped(store.get());
            }
        } catch (Exception e) {
            broker.close();
            throw e;
        }
        return broker;
    }

    /**
     * Checks {@code broker.listen}.
     *
     * @return the login that the settings have.
     */
    private static Optional<BrokerLogin> requireSafePort(ServerHome home, Settings settings) throws IOException {
        Optional<BrokerLogin> login = BrokerLogin.of(home, settings);
        settings.get(BrokerSettings.LISTEN)
                .ifPresent(listen -> BrokerPorts.requireSafe(listen, login.isPresent(), settings));
        return login;
    }

    private static void requireLogin(BrokerService service, BrokerLogin login) {
        List<BrokerPlugin> plugins = new ArrayList<>(List.of(service.getPlugins()));
        // The last one is asked first.
        plugins.add(next -> new LoginFilter(next, login));
        service.setPlugins(plugins.toArray(new BrokerPlugin[0]));
    }

    /**
     * Adds a connector.
     *
     * @param address such as {@code tcp://127.0.0.1:61616} or {@code ssl://0.0.0.0:61617}.
     * @param tls for an address of TLS, unless activemq.xml has a context of its own.
     * @throws Exception if the port cannot be bound.
     */
    @SuppressWarnings("PMD.SignatureDeclareThrowsException")
    public void listen(String address, Optional<SSLContext> tls) throws Exception {
        if (tls.isPresent() && service.getSslContext() == null) {
            SslContext context = new SslContext();
            context.setSSLContext(tls.get());
            service.setSslContext(context);
        }
        TransportConnector connector =
                service.addConnector(limited(address, Runtime.getRuntime().maxMemory()));
        TransportConnector unused = service.startTransportConnector(connector);
    }

    /** Repairs the store as soon as its lock is held. Stores of other kinds are left to the library. */
    private static Optional<KahaDBPersistenceAdapter> recover(BrokerService service, StoreRecovery recovery)
            throws IOException {
        if (!service.isPersistent() || !(service.getPersistenceAdapter() instanceof KahaDBPersistenceAdapter store)) {
            return Optional.empty();
        }
        RecoveringLocker.Step step = () -> {
            recovery.prepare(store);
            if (service.isSchedulerSupport()) {
                recovery.prepareScheduler(service.getSchedulerDirectoryFile().toPath());
            }
        };
        if (store.isUseLock()) {
            store.setLocker(new RecoveringLocker(store.getLocker(), step));
        } else {
            step.run();
        }
        return Optional.of(store);
    }

    /**
     * The address of a connector with a maximum frame size, so that no message needs too much of the memory. An address
     * that sets one already is not changed.
     */
    static String limited(String listen, long heap) {
        boolean saysSo = listen.contains(MAX_FRAME) || listen.startsWith("amqp");
        return saysSo ? listen : listen + (listen.contains("?") ? "&" : "?") + MAX_FRAME + "=" + largestFrame(heap);
    }

    /**
     * About fifteen copies of a message are in memory when several clients send at once: being read, stored, cached for
     * the next reader, and read by two. The rest is for everything else.
     */
    static long largestFrame(long heap) {
        return Math.max(SMALLEST_FRAME, Math.min(LARGEST_FRAME, (heap - HEAP_OF_OTHERS) / 24));
    }

    /**
     * Installs our I/O error handling unless activemq.xml configures its own.
     *
     * @param inHand octets of the messages that a server may have in hand.
     */
    private static void surviveFullDisks(BrokerService service, long inHand) {
        List<BrokerPlugin> plugins = new ArrayList<>(List.of(service.getPlugins()));
        plugins.add(FailedRollbackRepair::of);
        plugins.add(next -> new InHandMemory(next, inHand));
        plugins.add(next -> new LargeMessageGate(next, Runtime.getRuntime().maxMemory() / 4));
        service.setPlugins(plugins.toArray(new BrokerPlugin[0]));
        IOExceptionHandler handler = service.getIoExceptionHandler();
        if (handler == null || handler.getClass() == DefaultIOExceptionHandler.class) {
            service.setIoExceptionHandler(new FullDiskHandler());
        }
    }

    /**
     * Uses the policies of the home, also if activemq.xml is the distribution's, which imports the distribution's
     * policies.
     */
    private static void useRedeliveryPolicies(BrokerService service, RedeliveryPolicies policies) {
        for (BrokerPlugin plugin : service.getPlugins()) {
            if (plugin instanceof RedeliveryPlugin redelivery) {
                redelivery.setRedeliveryPolicyMap(policies.map());
            }
        }
    }

    /**
     * Reads the broker's configuration without starting it.
     *
     * @param home its data folder must be a temporary one, as some parts of the broker create folders.
     * @throws InvalidSettingsException if a port would be open to other machines.
     * @throws Exception if it cannot be used; the message is the library's.
     */
    @SuppressWarnings("PMD.SignatureDeclareThrowsException")
    public static void check(ServerHome home, Settings settings) throws Exception {
        EmbeddedBroker broker = new EmbeddedBroker(load(home, placeholders(home, settings)));
        try {
            BrokerPorts.requireSafe(
                    broker.service, requireSafePort(home, settings).isPresent(), settings);
        } finally {
            broker.close();
        }
    }

    private static Map<String, Object> placeholders(ServerHome home, Settings settings) throws IOException {
        Map<String, Object> values = new HashMap<>(settings.all());
        values.put("caravan.data", home.data().toString());
        // A home may have its own copy of just one of the two files.
        values.put(
                "caravan.redelivery",
                home.brokerConfig("redelivery.xml").toUri().toString());
        return values;
    }

    private static ResourceXmlApplicationContext load(ServerHome home, Map<String, Object> placeholders) {
        ResourceXmlApplicationContext context = new BrokerContext(new BrokerFile(home, "activemq.xml"), placeholders);
        context.refresh();
        return context;
    }

    /** Reads the broker's configuration. */
    private static final class BrokerContext extends ResourceXmlApplicationContext {
        private final Map<String, Object> placeholders;

        BrokerContext(Resource file, Map<String, Object> placeholders) {
            // No parent context, and no refresh yet.
            super(file, List.of(), null, List.of(), false);
            this.placeholders = placeholders;
        }

        @Override
        protected void initPropertySources() {
            getEnvironment().getPropertySources().addFirst(new MapPropertySource("caravan", placeholders));
        }

        /** The broker is started later, whatever the file says. */
        @Override
        protected void postProcessBeanFactory(ConfigurableListableBeanFactory factory) {
            for (String name : factory.getBeanDefinitionNames()) {
                BeanDefinition definition = factory.getBeanDefinition(name);
                if (XBeanBrokerService.class.getName().equals(definition.getBeanClassName())) {
                    definition.getPropertyValues().add("start", false);
                }
            }
        }
    }

    /**
     * A file of the broker's configuration; either it or a file that it imports may be the home's, and the other the
     * distribution's.
     */
    private static final class BrokerFile extends FileSystemResource {
        private final ServerHome home;

        BrokerFile(ServerHome home, String name) {
            super(home.brokerConfig(name));
            this.home = home;
        }

        @Override
        public Resource createRelative(String name) {
            return new BrokerFile(home, name);
        }
    }

    public BrokerService service() {
        return service;
    }

    /**
     * Deletes the messages of some queues.
     *
     * @param prefix with which the names of the queues begin.
     * @throws Exception if the store fails.
     */
    public void purge(String prefix) throws Exception {
        for (Destination queue : service.getBroker().getDestinationMap().values()) {
            if (queue instanceof Queue found && found.getName().startsWith(prefix)) {
                found.purge();
            }
        }
    }

    /** The addresses of the TCP connectors, for clients on other machines. */
    public List<String> addresses() throws Exception {
        List<String> addresses = new ArrayList<>();
        for (TransportConnector connector : service.getTransportConnectors()) {
            addresses.add(connector.getPublishableConnectString());
        }
        return addresses;
    }

    /**
     * Removes unneeded journal files each half minute from now on. By itself the store would remove none for as long as
     * the clock was set back.
     */
    public synchronized void cleanUpJournal() {
        if (cleaner.isPresent() || closing.get()) {
            return;
        }
        ScheduledExecutorService timer = Threads.timer("journal-cleaner");
        timer.scheduleWithFixedDelay(this::checkpoint, CLEAN_SECONDS, CLEAN_SECONDS, TimeUnit.SECONDS);
        cleaner = Optional.of(timer);
    }

    private void checkpoint() {
        try {
            service.getPersistenceAdapter().checkpoint(true);
        } catch (IOException e) {
            LOG.warn("the store cannot remove journal files now: {}", e.toString());
        }
    }

    /** The used percentage of the store's limit: 0 to 100, or more. */
    public int storePercent() {
        return service.getSystemUsage().getStoreUsage().getPercentUsage();
    }

    /** The size of the store on disk, in octets. */
    public long storeOctets() {
        return service.getSystemUsage().getStoreUsage().getUsage();
    }

    @Override
    public void close() {
        closing.set(true);
        cleaner.ifPresent(ScheduledExecutorService::shutdown);
        try {
            service.stop();
            service.waitUntilStopped();
            whenStopped.run();
        } catch (Exception e) {
            LOG.warn("the broker did not stop cleanly: {}", e.toString());
        } finally {
            context.close();
        }
    }
}
