package dev.caravan.accounts;

import dev.caravan.auth.SaslMechanism;
import dev.caravan.config.Setting;
import dev.caravan.config.SettingGroup;
import dev.caravan.config.SettingType;
import dev.caravan.net.Networks;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** How clients authenticate. {@code docs/settings.md} says what each setting means. */
public final class AuthSettings {
    public static final SettingGroup GROUP = new SettingGroup();

    /** Where passwords are looked up. */
    public enum Source {
        FILE,
        LDAP,
        SQL,
        ROUTE
    }

    public static final Setting<Set<SaslMechanism>> MECHANISMS = GROUP.add(Setting.of(
                    "auth.mechanisms",
                    "SCRAM-SHA-256-PLUS,SCRAM-SHA-256,PLAIN,LOGIN,OAUTHBEARER,XOAUTH2,EXTERNAL",
                    mechanisms())
            .live());
    public static final Setting<Boolean> REQUIRE_TLS =
            GROUP.add(Setting.of("auth.require-tls", "true", SettingType.flag()).live());
    public static final Setting<Boolean> ON_SMTP =
            GROUP.add(Setting.of("smtp.auth", "false", SettingType.flag()).live());
    public static final Setting<List<Source>> SOURCES = GROUP.add(Setting.of("auth.sources", "file", sources()));
    public static final Setting<String> USERS = GROUP.add(Setting.of("auth.users", "credentials", SettingType.file()));
    public static final Setting<String> SENDERS = GROUP.add(Setting.of("auth.senders", "senders", SettingType.file()));
    public static final Setting<Boolean> ANY_SENDER = GROUP.add(
            Setting.of("submission.any-sender", "false", SettingType.flag()).live());
    public static final Setting<Duration> CACHE_TIME =
            GROUP.add(Setting.of("auth.cache-time", "10m", SettingType.duration()));
    public static final Setting<Integer> THREADS =
            GROUP.add(Setting.of("auth.threads", "2", SettingType.count(1, 256)));
    public static final Setting<Integer> MAX_WAITING =
            GROUP.add(Setting.of("auth.max-waiting", "1000", SettingType.count(1, 100_000)));
    public static final Setting<Duration> TIMEOUT =
            GROUP.add(Setting.of("auth.timeout", "10s", SettingType.duration()));
    public static final Setting<Integer> MAX_TRIES = GROUP.add(
            Setting.of("auth.max-tries", "3", SettingType.count(1, 100)).live());
    public static final Setting<Integer> MAX_FAILURES_PER_USER =
            GROUP.add(Setting.of("auth.max-failures-per-user", "5", SettingType.count(1, 1_000_000))
                    .live());
    public static final Setting<Integer> MAX_FAILURES_PER_ADDRESS =
            GROUP.add(Setting.of("auth.max-failures-per-address", "20", SettingType.count(1, 1_000_000))
                    .live());
    public static final Setting<Duration> FAILURE_WINDOW = GROUP.add(
            Setting.of("auth.failure-window", "15m", SettingType.duration()).live());
    public static final Setting<Networks> TRUSTED_NETWORKS =
            GROUP.add(Setting.of("auth.trusted-networks", "", networks()));

    public static final Setting<List<String>> LDAP_URL = GROUP.add(Setting.of("auth.ldap.url", "", ldapUrls()));
    public static final Setting<Boolean> LDAP_STARTTLS =
            GROUP.add(Setting.of("auth.ldap.starttls", "true", SettingType.flag()));
    public static final Setting<Optional<String>> LDAP_CA =
            GROUP.add(Setting.of("auth.ldap.ca", "", SettingType.file().optional()));
    public static final Setting<Optional<String>> LDAP_DN = GROUP.add(Setting.of(
            "auth.ldap.dn",
            "",
            SettingType.matching("a DN with {user}, such as uid={user},ou=people,dc=a,dc=example", ".*\\{user}.*")
                    .optional()));
    public static final Setting<String> LDAP_BASE =
            GROUP.add(Setting.of("auth.ldap.base", "", SettingType.text("a DN, such as ou=people,dc=a,dc=example")));
    public static final Setting<String> LDAP_FILTER = GROUP.add(Setting.of(
            "auth.ldap.filter",
            "(uid={user})",
            SettingType.matching("an LDAP filter with {user}", "\\(.*\\{user}.*\\)")));
    public static final Setting<String> LDAP_NAME = GROUP.add(Setting.of(
            "auth.ldap.name",
            "",
            SettingType.matching("the name of an attribute, such as mail", "[A-Za-z][A-Za-z0-9-]{0,63}|")));
    public static final Setting<String> LDAP_BIND_DN =
            GROUP.add(Setting.of("auth.ldap.bind-dn", "", SettingType.text("a DN")));
    public static final Setting<Optional<String>> LDAP_PASSWORD_FILE = GROUP.add(
            Setting.of("auth.ldap.password-file", "", SettingType.file().optional()));

    public static final Setting<Optional<String>> SQL_URL = GROUP.add(Setting.of(
            "auth.sql.url",
            "",
            SettingType.matching(
                            "an address of a database, such as jdbc:postgresql://db.example.org/mail",
                            "jdbc:[a-zA-Z0-9]+:\\S+")
                    .optional()));
    public static final Setting<String> SQL_USER =
            GROUP.add(Setting.of("auth.sql.user", "", SettingType.text("a name")));
    public static final Setting<Optional<String>> SQL_PASSWORD_FILE = GROUP.add(
            Setting.of("auth.sql.password-file", "", SettingType.file().optional()));
    public static final Setting<String> SQL_QUERY = GROUP.add(Setting.of(
            "auth.sql.query",
            "SELECT password FROM mail_user WHERE name = ?",
            SettingType.matching("a query with one question mark", "[^?]*\\?[^?]*")));

    public static final Setting<Optional<String>> OAUTH_ISSUER =
            GROUP.add(Setting.of("auth.oauth.issuer", "", httpAddress().optional()));
    public static final Setting<Optional<String>> OAUTH_JWKS =
            GROUP.add(Setting.of("auth.oauth.jwks", "", httpAddress().optional()));
    public static final Setting<Optional<String>> OAUTH_INTROSPECTION =
            GROUP.add(Setting.of("auth.oauth.introspection", "", httpAddress().optional()));
    public static final Setting<String> OAUTH_CLIENT =
            GROUP.add(Setting.of("auth.oauth.client", "", SettingType.text("a client id")));
    public static final Setting<Optional<String>> OAUTH_PASSWORD_FILE = GROUP.add(
            Setting.of("auth.oauth.password-file", "", SettingType.file().optional()));
    public static final Setting<String> OAUTH_AUDIENCE =
            GROUP.add(Setting.of("auth.oauth.audience", "", SettingType.text("an audience")));
    public static final Setting<String> OAUTH_SCOPE =
            GROUP.add(Setting.of("auth.oauth.scope", "", SettingType.text("a scope")));
    public static final Setting<Set<String>> OAUTH_ALGORITHMS =
            GROUP.add(Setting.of("auth.oauth.algorithms", "RS256,ES256", algorithms()));
    public static final Setting<String> OAUTH_CLAIM = GROUP.add(Setting.of(
            "auth.oauth.user-claim", "email", SettingType.matching("the name of a claim", "[A-Za-z0-9_.:/-]{1,128}")));

    private AuthSettings() {}

    private static SettingType<Set<SaslMechanism>> mechanisms() {
        return new SettingType<>(
                "SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, LOGIN, OAUTHBEARER, XOAUTH2, EXTERNAL,"
                        + " separated by commas",
                text -> {
                    Set<SaslMechanism> all = EnumSet.noneOf(SaslMechanism.class);
                    for (String word : SettingType.words(text)) {
                        all.add(SaslMechanism.of(word)
                                .orElseThrow(() -> new IllegalArgumentException("unknown mechanism " + word)));
                    }
                    return all.isEmpty() ? Optional.empty() : Optional.of(all);
                });
    }

    private static SettingType<List<Source>> sources() {
        return new SettingType<>("file, ldap, sql, route, separated by commas", text -> {
            Set<Source> all = new LinkedHashSet<>();
            for (String word : SettingType.words(text)) {
                all.add(Source.valueOf(word.toUpperCase(Locale.ROOT)));
            }
            return all.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(all));
        });
    }

    private static SettingType<Networks> networks() {
        SettingType<Networks> networks = SettingType.networks();
        return new SettingType<>(networks.expected(), true, networks.reader());
    }

    private static SettingType<List<String>> ldapUrls() {
        return new SettingType<>("ldap://host:port or ldaps://host:port, separated by commas", true, text -> {
            List<String> urls = SettingType.words(text);
            return urls.stream().allMatch(url -> url.matches("ldaps?://[A-Za-z0-9._\\[\\]:-]+/?"))
                    ? Optional.of(urls)
                    : Optional.empty();
        });
    }

    private static SettingType<String> httpAddress() {
        return SettingType.matching("an address such as https://login.example.org/keys", "https?://\\S+");
    }

    private static SettingType<Set<String>> algorithms() {
        return new SettingType<>(
                "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, separated by commas", text -> {
                    Set<String> all = new LinkedHashSet<>(SettingType.words(text));
                    // A token signed with a key that verifiers share could be made by anyone who verifies.
                    return !all.isEmpty() && all.stream().allMatch(name -> name.matches("(RS|PS|ES)(256|384|512)"))
                            ? Optional.of(all)
                            : Optional.empty();
                });
    }
}
