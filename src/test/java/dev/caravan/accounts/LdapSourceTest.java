package dev.caravan.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.unboundid.ldap.listener.InMemoryDirectoryServer;
import com.unboundid.ldap.listener.InMemoryDirectoryServerConfig;
import com.unboundid.ldap.listener.InMemoryListenerConfig;
import com.unboundid.ldap.sdk.OperationType;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.auth.Secret;
import dev.caravan.lifecycle.Threads;
import dev.caravan.net.FreePort;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users of a directory. */
class LdapSourceTest {
    private static final LoginClient CLIENT =
            new LoginClient(InetAddress.getLoopbackAddress(), "submission", SaslMechanism.PLAIN);
    private static final String PEOPLE = "ou=people,dc=a,dc=example";

    private InMemoryDirectoryServer directory;

    @BeforeEach
    void begin() throws Exception {
        InMemoryDirectoryServerConfig config = new InMemoryDirectoryServerConfig("dc=a,dc=example");
        config.setSchema(null);
        config.addAdditionalBindCredentials("cn=caravan", "lookup");
        config.setAuthenticationRequiredOperationTypes(OperationType.SEARCH);
        config.setListenerConfigs(
                InMemoryListenerConfig.createLDAPConfig("loopback", InetAddress.getLoopbackAddress(), 0, null));
        directory = new InMemoryDirectoryServer(config);
        directory.add("dn: dc=a,dc=example", "objectClass: domain", "dc: a");
        directory.add("dn: " + PEOPLE, "objectClass: organizationalUnit", "ou: people");
        person("alice", "alice@a.example", "correct horse");
        person("twin1", "twin@a.example", "correct horse");
        person("twin2", "twin@a.example", "correct horse");
        person("o\\,neill", "neill@a.example", "correct horse");
        directory.startListening();
    }

    private void person(String uid, String mail, String password) throws Exception {
        directory.add(
                "dn: uid=" + uid + "," + PEOPLE,
                "objectClass: person",
                "uid: " + uid.replace("\\", ""),
                "mail: " + mail,
                "userPassword: " + password);
    }

    @AfterEach
    void end() {
        directory.shutDown(true);
    }

    private LdapSource source(Optional<String> dn, String... urls) {
        return new LdapSource(
                new LdapSource.Access(
                        List.of(urls),
                        false,
                        Optional.empty(),
                        dn,
                        PEOPLE,
                        "(|(uid={user})(mail={user}))",
                        "mail",
                        "cn=caravan",
                        new Secret("lookup"),
                        Duration.ofSeconds(10)),
                Threads.pool("test-ldap", 2, 10));
    }

    private String url() {
        return "ldap://127.0.0.1:" + directory.getListenPort();
    }

    private static Optional<LoginAnswer> ask(LdapSource source, String user, String password) throws Exception {
        return source.check(CLIENT, user, new Secret(password))
                .toCompletableFuture()
                .get();
    }

    private static String user(Optional<LoginAnswer> answer) {
        return assertInstanceOf(LoginAnswer.Accepted.class, answer.orElseThrow())
                .user();
    }

    private static LoginFailure why(Optional<LoginAnswer> answer) {
        return assertInstanceOf(LoginAnswer.Refused.class, answer.orElseThrow()).why();
    }

    @Test
    void findsAUserAndBinds() throws Exception {
        try (LdapSource source = source(Optional.empty(), url())) {
            assertEquals("alice@a.example", user(ask(source, "alice", "correct horse")));
            assertEquals("alice@a.example", user(ask(source, "alice@a.example", "correct horse")));
            assertEquals("neill@a.example", user(ask(source, "o,neill", "correct horse")));
            assertEquals(LoginFailure.CREDENTIALS, why(ask(source, "alice", "wrong")));
            assertEquals(Optional.empty(), ask(source, "nobody", "correct horse"));
        }
    }

    /** A bind without a password succeeds for everybody (RFC 4513 §5.1.2). */
    @Test
    void aBindWithoutAPasswordProvesNothing() throws Exception {
        try (LdapSource source = source(Optional.empty(), url())) {
            assertEquals(LoginFailure.CREDENTIALS, why(ask(source, "alice", "")));
        }
    }

    @Test
    void noNameIsAFilterOrADn() throws Exception {
        try (LdapSource search = source(Optional.empty(), url());
                LdapSource template = source(Optional.of("uid={user}," + PEOPLE), url())) {
            for (String name :
                    List.of("*", "a*", "alice)(uid=*", "*)(objectClass=*", "\\2a", "nul\0", "alice," + PEOPLE)) {
                assertEquals(Optional.empty(), ask(search, name, "correct horse"), name);
                Optional<LoginAnswer> answer = ask(template, name, "correct horse");
                assertTrue(answer.isEmpty() || answer.get() instanceof LoginAnswer.Refused, "accepted " + name);
            }
        }
    }

    @Test
    void aTemplateNeedsNoSearch() throws Exception {
        try (LdapSource source = source(Optional.of("uid={user}," + PEOPLE), url())) {
            assertEquals("alice", user(ask(source, "alice", "correct horse")));
            assertEquals("o,neill", user(ask(source, "o,neill", "correct horse")));
            assertEquals(LoginFailure.CREDENTIALS, why(ask(source, "alice", "wrong")));
        }
    }

    @Test
    void twoUsersOfOneNameAreNone() throws Exception {
        try (LdapSource source = source(Optional.empty(), url())) {
            assertEquals(Optional.empty(), ask(source, "twin@a.example", "correct horse"));
        }
    }

    @Test
    void asksTheNextServerIfOneIsAwayAndSaysSoIfAllAre() throws Exception {
        int free = FreePort.at("127.0.0.1");
        try (LdapSource source = source(Optional.empty(), "ldap://127.0.0.1:" + free, url())) {
            assertEquals("alice@a.example", user(ask(source, "alice", "correct horse")));
            directory.shutDown(true);
            ExecutionException away =
                    assertThrows(ExecutionException.class, () -> ask(source, "alice", "correct horse"));
            assertTrue(!away.toString().contains("correct horse"));
        }
    }

    @Test
    void aServerThatComesBackIsUsedAgain() throws Exception {
        try (LdapSource source = source(Optional.empty(), url())) {
            assertEquals("alice@a.example", user(ask(source, "alice", "correct horse")));
            int port = directory.getListenPort();
            directory.closeAllConnections(false);
            assertEquals("alice@a.example", user(ask(source, "alice", "correct horse")));
            assertEquals(port, directory.getListenPort());
        }
    }
}
