package dev.caravan.accounts;

import dev.caravan.auth.Grant;
import dev.caravan.auth.LoginAnswer;
import dev.caravan.auth.LoginClient;
import dev.caravan.auth.LoginFailure;
import dev.caravan.auth.PasswordHash;
import dev.caravan.auth.Secret;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users of a database table: a query gives the stored password of a user, in the form of {@link PasswordHash}, and
 * perhaps, in a second column, the name by which rules know the user.
 */
final class SqlSource implements CredentialSource {
    private static final Logger LOG = LoggerFactory.getLogger(SqlSource.class);

    /**
     * Where and what to ask.
     *
     * @param query with one question mark, for the name of the user.
     * @param timeout for an answer.
     */
    record Access(String url, String user, Secret password, String query, Duration timeout) {}

    private final Access access;
    private final ExecutorService threads;
    private final PasswordHash nobody;
    /** As many as there are threads, at most. */
    private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();

    /** @param nobody is checked for users whom the database does not have. */
    SqlSource(Access access, ExecutorService threads, PasswordHash nobody) {
        this.access = access;
        this.threads = threads;
        this.nobody = nobody;
    }

    @Override
    public CompletionStage<Optional<LoginAnswer>> check(LoginClient client, String user, Secret password) {
        return CompletableFuture.supplyAsync(() -> ask(user, password), threads);
    }

    private record Row(String hash, String name) {}

    private Optional<LoginAnswer> ask(String user, Secret password) {
        Optional<Row> row = row(user);
        if (row.isEmpty()) {
            nobody.matches(password);
            return Optional.empty();
        }
        PasswordHash hash;
        try {
            hash = PasswordHash.parse(row.get().hash());
        } catch (IllegalArgumentException e) {
            LOG.error("a password in the database cannot be used: {}", e.getMessage());
            return Optional.of(new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
        }
        return Optional.of(
                hash.matches(password)
                        ? new LoginAnswer.Accepted(row.get().name(), Grant.LASTING)
                        : new LoginAnswer.Refused(LoginFailure.CREDENTIALS));
    }

    private Optional<Row> row(String user) {
        Connection kept = idle.poll();
        if (kept != null) {
            try {
                return query(kept, user);
            } catch (SQLException e) {
                // The database may have closed it meanwhile.
                LOG.debug("a kept connection failed: {}", e.toString());
                close(kept);
            }
        }
        Connection fresh = null;
        try {
            fresh = connect();
            return query(fresh, user);
        } catch (SQLException e) {
            if (fresh != null) {
                close(fresh);
            }
            throw new CompletionException("database: " + e.getSQLState() + " " + e.getMessage(), e);
        }
    }

    private Connection connect() throws SQLException {
        Properties properties = new Properties();
        if (!access.user().isEmpty()) {
            properties.setProperty("user", access.user());
            properties.setProperty("password", access.password().reveal());
        }
        return DriverManager.getConnection(access.url(), properties);
    }

    private Optional<Row> query(Connection connection, String user) throws SQLException {
        Optional<Row> row = Optional.empty();
        try (PreparedStatement select = connection.prepareStatement(access.query())) {
            select.setQueryTimeout((int) Math.max(1, access.timeout().toSeconds()));
            select.setMaxRows(2);
            select.setString(1, user);
            try (ResultSet found = select.executeQuery()) {
                if (found.next()) {
                    String hash = found.getString(1);
                    String name = found.getMetaData().getColumnCount() > 1 ? found.getString(2) : user;
                    // Two users of one name must never be guessed.
                    row = hash == null || found.next()
                            ? Optional.empty()
                            : Optional.of(new Row(hash, name == null ? user : name));
                }
            }
        }
        if (threads.isShutdown()) {
            close(connection);
        } else {
            idle.push(connection);
        }
        return row;
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            LOG.debug("not closed: {}", e.toString());
        }
    }

    @Override
    public void close() {
        threads.shutdown();
        for (Connection connection = idle.poll(); connection != null; connection = idle.poll()) {
            close(connection);
        }
    }
}
