package dev.caravan.acme;

import dev.caravan.acme.AcmeAccount.External;
import dev.caravan.config.ConfigProblem;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.MailSettings;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.mail.Domain;
import dev.caravan.net.HostAndPort;
import dev.caravan.net.ListenAddress;
import dev.caravan.tls.PemReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.TSIG;

/** Orders and renews a certificate by ACME, if {@code acme.directory} is set. */
public final class AcmeModule implements ServerModule {
    /** Where the certificate is put with its key, below the folder of the mail. */
    public static final String PAIR = "tls/" + AcmeFiles.PAIR;

    private static final Logger LOG = LoggerFactory.getLogger(AcmeModule.class);
    private static final String FOLDER = "tls";
    private static final int MAX_NAMES = 100;
    /** Names that no public authority can check; a private one may. */
    private static final Pattern PUBLIC_NAME = Pattern.compile("[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+");

    private final Clock clock;
    private final RandomGenerator random;
    private final Optional<Ordering> ordering;
    private Optional<Running> running = Optional.empty();

    /** What is ordered from whom, and how the authority's challenges are answered. */
    private record Ordering(
            AcmeRenewal.Plan plan,
            AcmeFiles files,
            AcmeAccount account,
            Optional<ListenAddress> listen,
            Optional<DnsChallenges> dns) {}

    private record Running(AcmeRenewal renewal, ChallengeResponder responder) {}

    /**
     * Reads the settings; nothing is ordered before {@link #begin}.
     *
     * @param data the folder of the mail.
     * @throws InvalidSettingsException if settings contradict each other, or name files that cannot be used.
     */
    public AcmeModule(ServerHome home, Settings settings, Path data, Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
        Optional<String> directory = settings.get(AcmeSettings.DIRECTORY);
        if (directory.isEmpty()) {
            useless(settings);
            this.ordering = Optional.empty();
            return;
        }
        check(settings);
        List<String> names = names(settings);
        this.ordering = Optional.of(new Ordering(
                new AcmeRenewal.Plan(
                        directory.get(),
                        names,
                        settings.get(AcmeSettings.KEY_TYPE),
                        settings.get(AcmeSettings.KEEP_KEY),
                        digest(settings, names)),
                new AcmeFiles(data.resolve(FOLDER)),
                new AcmeAccount(
                        URI.create(directory.get()),
                        settings.get(AcmeSettings.CONTACT),
                        external(home, settings),
                        home.readable(settings, AcmeSettings.CA_FILE, "certificates as PEM")
                                .map(AcmeModule::trust)),
                settings.get(AcmeSettings.LISTEN),
                settings.get(AcmeSettings.DNS_SERVER).map(server -> dns(home, settings, server))));
    }

    private static void useless(Settings settings) {
        for (Setting<?> setting : List.of(AcmeSettings.LISTEN, AcmeSettings.DNS_SERVER, AcmeSettings.NAMES)) {
            if (!settings.text(setting).isBlank()) {
                throw new InvalidSettingsException(
                        setting, "has no effect without " + AcmeSettings.DIRECTORY, "both or none");
            }
        }
    }

    private static void check(Settings settings) {
        List<ConfigProblem> problems = new ArrayList<>();
        if (!settings.get(AcmeSettings.AGREE_TERMS)) {
            problems.add(new ConfigProblem(
                    AcmeSettings.AGREE_TERMS.key(),
                    "the authority issues certificates only to those who agree to its terms",
                    "true, when you have read them"));
        }
        boolean byHttp = settings.get(AcmeSettings.LISTEN).isPresent();
        boolean byDns = settings.get(AcmeSettings.DNS_SERVER).isPresent();
        if (byHttp == byDns) {
            problems.add(new ConfigProblem(
                    AcmeSettings.LISTEN.key(),
                    "given " + (byHttp ? "with " : "neither here nor by ") + AcmeSettings.DNS_SERVER,
                    "one of both: the authority asks there whether the names are yours"));
        }
        if (byDns && settings.get(AcmeSettings.DNS_KEY_FILE).isEmpty()) {
            problems.add(new ConfigProblem(AcmeSettings.DNS_KEY_FILE.key(), "is missing", "a file with a TSIG key"));
        }
        if (settings.get(AcmeSettings.ACCOUNT_ID).isPresent()
                != settings.get(AcmeSettings.ACCOUNT_KEY_FILE).isPresent()) {
            problems.add(new ConfigProblem(
                    AcmeSettings.ACCOUNT_ID.key(),
                    "needs " + AcmeSettings.ACCOUNT_KEY_FILE + ", and the other way round",
                    "both or none"));
        }
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
    }

    private static List<String> names(Settings settings) {
        Optional<List<Domain>> given = settings.get(AcmeSettings.NAMES);
        List<String> names = given.isPresent()
                ? given.get().stream().map(Domain::key).distinct().toList()
                : List.of(settings.get(MailSettings.HOSTNAME).key());
        Setting<?> setting = given.isPresent() ? AcmeSettings.NAMES : MailSettings.HOSTNAME;
        if (names.size() > MAX_NAMES) {
            throw new InvalidSettingsException(setting, names.size() + " names", "at most " + MAX_NAMES);
        }
        for (String name : names) {
            if (!PUBLIC_NAME.matcher(name).matches()) {
                throw new InvalidSettingsException(
                        setting,
                        "no certificate is issued for " + name,
                        "host names with a dot, and neither an address nor an underscore");
            }
        }
        return names;
    }

    /** Changes with each setting that may have been the cause of a failure. */
    private static String digest(Settings settings, List<String> names) {
        StringBuilder text = new StringBuilder(String.join(",", names));
        for (Setting<?> setting : List.of(
                AcmeSettings.DIRECTORY,
                AcmeSettings.CONTACT,
                AcmeSettings.LISTEN,
                AcmeSettings.DNS_SERVER,
                AcmeSettings.DNS_KEY_FILE,
                AcmeSettings.DNS_WAIT,
                AcmeSettings.KEY_TYPE,
                AcmeSettings.CA_FILE,
                AcmeSettings.ACCOUNT_ID,
                AcmeSettings.ACCOUNT_KEY_FILE)) {
            text.append('\n').append(settings.text(setting));
        }
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256", e);
        }
    }

    private static DnsChallenges dns(ServerHome home, Settings settings, HostAndPort server) {
        Path file = home.readable(settings, AcmeSettings.DNS_KEY_FILE, TsigKey.EXPECTED)
                .orElseThrow();
        try {
            TSIG key = TsigKey.parse(secret(file));
            return new DnsChallenges(server, key, settings.get(AcmeSettings.DNS_WAIT));
        } catch (IOException e) {
            throw new InvalidSettingsException(AcmeSettings.DNS_KEY_FILE, "cannot read " + file, TsigKey.EXPECTED);
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(
                    AcmeSettings.DNS_KEY_FILE, file + " has " + e.getMessage(), TsigKey.EXPECTED);
        }
    }

    private static Optional<External> external(ServerHome home, Settings settings) {
        Optional<String> id = settings.get(AcmeSettings.ACCOUNT_ID);
        Optional<Path> file =
                home.readable(settings, AcmeSettings.ACCOUNT_KEY_FILE, "the key that the authority gave, in base64url");
        if (id.isEmpty() || file.isEmpty()) {
            return Optional.empty();
        }
        try {
            String key = secret(file.get()).lines().findFirst().orElse("").strip();
            if (Base64.getUrlDecoder().decode(key).length < 16) {
                throw new IllegalArgumentException("short");
            }
            return Optional.of(new External(id.get(), key));
        } catch (IOException | IllegalArgumentException e) {
            // The cause would quote the key.
            throw new InvalidSettingsException(
                    AcmeSettings.ACCOUNT_KEY_FILE, file.get() + " has no key", "one line in base64url");
        }
    }

    private static String secret(Path file) throws IOException {
        if (PrivateFile.isOpen(file)) {
            LOG.warn("others than its owner may read {}, which holds a secret (expected: mode 0600)", file);
        }
        return Files.readString(file, StandardCharsets.ISO_8859_1);
    }

    private static SSLContext trust(Path file) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate certificate : PemReader.certificates(file)) {
                store.setCertificateEntry("ca-" + store.size(), certificate);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new InvalidSettingsException(AcmeSettings.CA_FILE, e.getMessage() + "", "certificates as PEM");
        }
    }

    /**
     * Begins to order and to renew.
     *
     * @throws IOException if {@code acme.listen} cannot be listened at.
     */
    public void begin() throws IOException {
        if (ordering.isEmpty()) {
            return;
        }
        Ordering wanted = ordering.get();
        ChallengeResponder responder = wanted.dns().isPresent()
                ? wanted.dns().get()
                : HttpChallenges.listen(wanted.listen().orElseThrow());
        AcmeRenewal renewal = new AcmeRenewal(
                wanted.plan(), wanted.files(), new AcmeClient(wanted.account(), responder), clock, random);
        running = Optional.of(new Running(renewal, responder));
        renewal.begin();
    }

    /** Whether a certificate is ordered at all. */
    public boolean isUsed() {
        return ordering.isPresent();
    }

    /** How many attempts failed since the last success. */
    public int failures() {
        return running.map(now -> now.renewal().failures()).orElse(0);
    }

    /** When the certificate ends; empty if there is none. */
    public Optional<Instant> ends() {
        return running.flatMap(now -> now.renewal().ends());
    }

    /** What an operator should look at. */
    public Optional<String> warning() {
        return running.flatMap(now -> now.renewal().warning());
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of();
    }

    @Override
    public void close() {
        running.ifPresent(now -> {
            now.renewal().close();
            now.responder().close();
        });
        running = Optional.empty();
    }
}
