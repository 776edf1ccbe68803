package dev.caravan.accounts;

import dev.caravan.auth.CredentialDirectory;
import dev.caravan.auth.LoginLimits;
import dev.caravan.auth.Logins;
import dev.caravan.auth.PasswordHash;
import dev.caravan.auth.Passwords;
import dev.caravan.auth.Secret;
import dev.caravan.auth.SenderRights;
import dev.caravan.config.InvalidSettingsException;
import dev.caravan.config.Reconfigurable;
import dev.caravan.config.ServerHome;
import dev.caravan.config.ServerModule;
import dev.caravan.config.Setting;
import dev.caravan.config.Settings;
import dev.caravan.lifecycle.Threads;
import dev.caravan.policy.CredentialFile;
import dev.caravan.policy.LocalDomains;
import dev.caravan.policy.SenderFile;
import dev.caravan.policy.TableWatch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Knows the users: makes the sources that the settings name, and the limits for guesses. */
public final class LoginModule implements ServerModule, Reconfigurable {
    private static final Logger LOG = LoggerFactory.getLogger(LoginModule.class);
    private static final int COUNTERS = 50_000;
    private static final int ASKING_THREADS = 8;
    private static final int SAVE_SECONDS = 30;
    private static final String SECRET = "auth-secret";
    private static final int SECRET_OCTETS = 32;

    private final LoginLimits limits;
    private final LoginService service;
    private final SenderRights rights;
    private final LastUse lastUse;
    private final ScheduledExecutorService timer;
    private final Deque<Runnable> closing = new ArrayDeque<>();
    private volatile boolean isAnySender;

    /**
     * @param route the source {@code route}; made only if the settings name it.
     * @throws InvalidSettingsException if a source cannot be used as it is set.
     * @throws IOException if a file cannot be read or made.
     */
    public LoginModule(
            ServerHome home,
            Settings settings,
            LocalDomains localDomains,
            Supplier<CredentialSource> route,
            TableWatch tables,
            Clock clock)
            throws IOException {
        Path path = home.folder().resolve(settings.get(AuthSettings.USERS));
        warnIfReadable(path);
        CredentialFile file = CredentialFile.open(path, clock).watchedBy(tables);
        SenderFile senders = SenderFile.open(home.places(settings.get(AuthSettings.SENDERS)), clock)
                .watchedBy(tables);
        CredentialDirectory directory = new CredentialDirectory(
                file::table, localDomains::contains, secret(home.data()), settings.get(AuthSettings.CACHE_TIME), clock);
        this.isAnySender = settings.get(AuthSettings.ANY_SENDER);
        this.rights = directory.rights(senders::table, () -> isAnySender);
        this.lastUse = new LastUse(home.data(), clock);
        this.limits = new LoginLimits(limits(settings), settings.get(AuthSettings.TRUSTED_NETWORKS)::contains, clock);
        this.timer = Threads.timer("login-timer");
        closing.push(timer::shutdownNow);
        try {
            List<AuthSettings.Source> wanted = settings.get(AuthSettings.SOURCES);
            List<CredentialSource> sources = new ArrayList<>();
            for (AuthSettings.Source source : wanted) {
                CredentialSource made = source(source, home, settings, directory, route);
                closing.push(made::close);
                sources.add(made);
            }
            this.service = new LoginService(
                    limits,
                    sources,
                    wanted.equals(List.of(AuthSettings.Source.FILE)),
                    file::table,
                    directory,
                    issuer(home, settings, clock),
                    lastUse,
                    timer,
                    settings.get(AuthSettings.TIMEOUT));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
        timer.scheduleWithFixedDelay(lastUse::save, SAVE_SECONDS, SAVE_SECONDS, TimeUnit.SECONDS);
    }

    private static LoginLimits.Limits limits(Settings settings) {
        return new LoginLimits.Limits(
                settings.get(AuthSettings.MAX_FAILURES_PER_USER),
                settings.get(AuthSettings.MAX_FAILURES_PER_ADDRESS),
                settings.get(AuthSettings.FAILURE_WINDOW),
                COUNTERS);
    }

    private static CredentialSource source(
            AuthSettings.Source source,
            ServerHome home,
            Settings settings,
            CredentialDirectory directory,
            Supplier<CredentialSource> route)
            throws IOException {
        int waiting = settings.get(AuthSettings.MAX_WAITING);
        return switch (source) {
            case FILE -> {
                ExecutorService hashing = Threads.pool("login-hash", settings.get(AuthSettings.THREADS), waiting);
                yield new FileSource(directory, hashing);
            }
            case LDAP -> ldap(home, settings, Threads.pool("login-ldap", ASKING_THREADS, waiting));
            case SQL -> sql(home, settings, Threads.pool("login-sql", ASKING_THREADS, waiting));
            case ROUTE -> route.get();
        };
    }

    private static CredentialSource ldap(ServerHome home, Settings settings, ExecutorService threads)
            throws IOException {
        List<String> urls = settings.get(AuthSettings.LDAP_URL);
        if (urls.isEmpty()) {
            throw new InvalidSettingsException(
                    AuthSettings.SOURCES, "ldap needs auth.ldap.url", "such as ldap://ldap.example.org");
        }
        Optional<String> dn = settings.get(AuthSettings.LDAP_DN);
        if (dn.isEmpty() && settings.get(AuthSettings.LDAP_BASE).isEmpty()) {
            throw new InvalidSettingsException(
                    AuthSettings.SOURCES, "ldap needs auth.ldap.dn or auth.ldap.base", "one of them");
        }
        try {
            return new LdapSource(
                    new LdapSource.Access(
                            urls,
                            settings.get(AuthSettings.LDAP_STARTTLS),
                            home.readable(settings, AuthSettings.LDAP_CA, "certificates as PEM"),
                            dn,
                            settings.get(AuthSettings.LDAP_BASE),
                            settings.get(AuthSettings.LDAP_FILTER),
                            settings.get(AuthSettings.LDAP_NAME),
                            settings.get(AuthSettings.LDAP_BIND_DN),
                            password(home, settings, AuthSettings.LDAP_PASSWORD_FILE),
                            settings.get(AuthSettings.TIMEOUT)),
                    threads);
        } catch (IllegalArgumentException e) {
            throw new InvalidSettingsException(
                    AuthSettings.LDAP_URL, String.valueOf(e.getMessage()), "see docs/auth.md");
        }
    }

    private static CredentialSource sql(ServerHome home, Settings settings, ExecutorService threads)
            throws IOException {
        String url = settings.get(AuthSettings.SQL_URL)
                .orElseThrow(() -> new InvalidSettingsException(
                        AuthSettings.SOURCES,
                        "sql needs auth.sql.url",
                        "such as jdbc:postgresql://db.example.org/mail"));
        try {
            DriverManager.getDriver(url);
        } catch (SQLException e) {
            throw new InvalidSettingsException(
                    AuthSettings.SQL_URL,
                    "no driver for " + url.replaceFirst("[?;].*", ""),
                    "its jar in the folder lib of the home");
        }
        return new SqlSource(
                new SqlSource.Access(
                        url,
                        settings.get(AuthSettings.SQL_USER),
                        password(home, settings, AuthSettings.SQL_PASSWORD_FILE),
                        settings.get(AuthSettings.SQL_QUERY),
                        settings.get(AuthSettings.TIMEOUT)),
                threads,
                PasswordHash.of(Passwords.random()));
    }

    private static Optional<TokenIssuer> issuer(ServerHome home, Settings settings, Clock clock) throws IOException {
        Optional<String> jwks = settings.get(AuthSettings.OAUTH_JWKS);
        Optional<String> introspection = settings.get(AuthSettings.OAUTH_INTROSPECTION);
        if (jwks.isEmpty() && introspection.isEmpty()) {
            return Optional.empty();
        }
        if (jwks.isPresent()
                && (settings.get(AuthSettings.OAUTH_ISSUER).isEmpty()
                        || settings.get(AuthSettings.OAUTH_AUDIENCE).isEmpty())) {
            // An issuer's token for another service must not open this one.
            throw new InvalidSettingsException(
                    AuthSettings.OAUTH_JWKS,
                    "tokens for other services would be accepted",
                    "auth.oauth.issuer and auth.oauth.audience too");
        }
        return Optional.of(new OAuthIssuer(
                new OAuthIssuer.Access(
                        settings.get(AuthSettings.OAUTH_ISSUER),
                        jwks.map(URI::create),
                        introspection.map(URI::create),
                        settings.get(AuthSettings.OAUTH_CLIENT),
                        password(home, settings, AuthSettings.OAUTH_PASSWORD_FILE),
                        settings.get(AuthSettings.OAUTH_AUDIENCE),
                        settings.get(AuthSettings.OAUTH_SCOPE),
                        settings.get(AuthSettings.OAUTH_ALGORITHMS),
                        settings.get(AuthSettings.OAUTH_CLAIM),
                        settings.get(AuthSettings.TIMEOUT)),
                clock));
    }

    /** The first line of a file; empty if the setting names none. */
    private static Secret password(ServerHome home, Settings settings, Setting<Optional<String>> setting)
            throws IOException {
        Optional<Path> file = home.readable(settings, setting, "a password in its first line");
        if (file.isEmpty()) {
            return new Secret("");
        }
        warnIfReadable(file.get());
        return new Secret(Files.readString(file.get()).lines().findFirst().orElse(""));
    }

    private static void warnIfReadable(Path file) throws IOException {
        if (Files.exists(file) && Files.getFileAttributeView(file, PosixFileAttributeView.class) != null) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)) {
                LOG.warn("{} can be read by every user of this machine (expected: by its owner only, chmod 600)", file);
            }
        }
    }

    /** What decides which salt an unknown user gets: the same after a restart, as for users who exist. */
    private static byte[] secret(Path data) throws IOException {
        Path file = data.resolve(SECRET);
        if (Files.exists(file)) {
            byte[] secret = Files.readAllBytes(file);
            if (secret.length == SECRET_OCTETS) {
                return secret;
            }
        }
        byte[] secret = new byte[SECRET_OCTETS];
        new SecureRandom().nextBytes(secret);
        Files.deleteIfExists(file);
        if (Files.getFileAttributeView(data, PosixFileAttributeView.class) != null) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.write(file, secret);
        return secret;
    }

    /** Who the users are and as whom they may send. */
    public Logins logins() {
        return new Logins(service, rights);
    }

    /** Runs a check each second, which must be quick, until the module is closed. */
    public void eachSecond(Runnable check) {
        timer.scheduleWithFixedDelay(
                () -> {
                    try {
                        check.run();
                    } catch (RuntimeException e) {
                        LOG.error("a check of logins failed", e);
                    }
                },
                1,
                1,
                TimeUnit.SECONDS);
    }

    @Override
    public Map<String, Object> beans() {
        return Map.of();
    }

    @Override
    public List<Reconfigurable> reconfigurables() {
        return List.of(this);
    }

    @Override
    public void reconfigure(Settings settings) {
        limits.change(limits(settings));
        isAnySender = settings.get(AuthSettings.ANY_SENDER);
    }

    @Override
    public void close() {
        closing.forEach(Runnable::run);
        lastUse.save();
    }
}
