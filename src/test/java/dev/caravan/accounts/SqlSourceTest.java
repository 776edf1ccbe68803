package dev.caravan.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.PasswordHash;
import dev.caravan.auth.SaslMechanism;
import dev.caravan.auth.Secret;
import dev.caravan.lifecycle.Threads;
import java.net.InetAddress;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users of a database. */
class SqlSourceTest {
    private static final String URL = "jdbc:h2:mem:accounts";
    private static final LoginClient CLIENT =
            new LoginClient(InetAddress.getLoopbackAddress(), "submission", SaslMechanism.PLAIN);
    private static final String HASH = "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=";

    private Connection database;

    @BeforeEach
    void begin() throws Exception {
        database = DriverManager.getConnection(URL);
        try (Statement sql = database.createStatement()) {
            sql.execute("CREATE TABLE mail_user (login VARCHAR(100), password VARCHAR(200), address VARCHAR(100))");
            sql.execute("INSERT INTO mail_user VALUES ('alice', '" + HASH + "', 'alice@a.example'),"
                    + " ('twin', '" + HASH + "', 'one@a.example'), ('twin', '" + HASH + "', 'two@a.example'),"
                    + " ('old', '{DES}xx', NULL), ('none', NULL, NULL), ('plain', '" + HASH + "', NULL)");
        }
    }

    @AfterEach
    void end() throws Exception {
        database.close();
    }

    private static SqlSource source(String query) {
        return new SqlSource(
                new SqlSource.Access(URL, "", new Secret(""), query, Duration.ofSeconds(10)),
                Threads.pool("test-sql", 2, 10),
                PasswordHash.parse(HASH));
    }

    private static Optional<LoginAnswer> ask(SqlSource source, String user, String password) throws Exception {
        return source.check(CLIENT, user, new Secret(password))
                .toCompletableFuture()
                .get();
    }

    private static LoginFailure why(Optional<LoginAnswer> answer) {
        return assertInstanceOf(LoginAnswer.Refused.class, answer.orElseThrow()).why();
    }

    private static String user(Optional<LoginAnswer> answer) {
        return assertInstanceOf(LoginAnswer.Accepted.class, answer.orElseThrow())
                .user();
    }

    @Test
    void aQueryGivesTheHashAndTheName() throws Exception {
        try (SqlSource source = source("SELECT password, address FROM mail_user WHERE login = ?")) {
            assertEquals("alice@a.example", user(ask(source, "alice", "correct horse")));
            assertEquals("plain", user(ask(source, "plain", "correct horse")));
            assertEquals(LoginFailure.CREDENTIALS, why(ask(source, "alice", "wrong")));
            for (String nobody : new String[] {"nobody", "twin", "none", "' OR '1'='1", "alice'--", ""}) {
                assertEquals(Optional.empty(), ask(source, nobody, "correct horse"), nobody);
            }
        }
    }

    @Test
    void aHashThatCannotBeCheckedIsRefused() throws Exception {
        try (SqlSource source = source("SELECT password FROM mail_user WHERE login = ?")) {
            assertEquals(LoginFailure.CREDENTIALS, why(ask(source, "old", "correct horse")));
        }
    }

    @Test
    void aDatabaseThatFailsIsNoRefusal() throws Exception {
        try (SqlSource source = source("SELECT password FROM missing WHERE login = ?")) {
            assertThrows(ExecutionException.class, () -> ask(source, "alice", "correct horse"));
        }
    }
}
