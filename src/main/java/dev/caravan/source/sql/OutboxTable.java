package dev.caravan.source.sql;

import dev.caravan.lifecycle.ReconnectingConnection;
import dev.caravan.source.IdempotencyRecord;
import dev.caravan.source.IdempotentSubmitter.OpenedSubmission;
import dev.caravan.source.message.AnnotatedPayload;
import dev.caravan.source.message.DsnOptions;
import dev.caravan.source.message.InvalidSubmissionException;
import dev.caravan.source.message.InvalidSubmissionException.Fault;
import dev.caravan.source.message.SubmittedForm;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A table into which programs insert messages, one per row, in their own transactions. Uses only portable SQL. An
 * uncommitted update locks the row that is being stored, so that two servers never process the same row; the name of
 * the server is committed before, so that other servers know which rows it may have stored.
 */
public final class OutboxTable implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxTable.class);
    private static final int QUERY_SECONDS = 30;
    /** The octets that are inspected to guess a content type. */
    private static final int BEGINNING = 1024;

    private static final Set<Integer> BINARY = Set.of(Types.BLOB, Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY);

    /** The labels of the columns after the content, in their order. */
    private static final List<String> LABELS = List.of("contentType", "from", "to", "subject", "envid");

    private final Access access;
    private final String owner;
    private final int maxText;
    private final ReconnectingConnection<Connection, SQLException> connection =
            new ReconnectingConnection<>(this::connect);
    /** The statement of the current row, whose content may still be being read. */
    private Optional<PreparedStatement> reading = Optional.empty();

    /**
     * The location of a table.
     *
     * @param url of its database: {@code jdbc:...}.
     * @param table its name: an identifier, optionally with a schema.
     */
    public record Access(String url, String user, String password, String table) {}

    /**
     * A waiting row.
     *
     * @param id as text.
     * @param owner the server that claimed it last; empty if none did.
     * @param key the id in the driver's own type, because some columns, such as uuid or numbers, do not accept a text.
     */
    public record Waiting(String id, Optional<String> owner, Object key) {
        @Override
        public boolean equals(Object other) {
            // The key is not compared: a byte array is not equal to another one with the same octets.
            return other instanceof Waiting row && id.equals(row.id) && owner.equals(row.owner);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }
    }

    /**
     * @param owner the name of this server; never used by any other.
     * @param maxText the maximum characters of text in a row.
     */
    public OutboxTable(Access access, String owner, int maxText) {
        this.access = access;
        this.owner = owner;
        this.maxText = maxText;
    }

    /** The idempotency name of a row, unique across tables. */
    String name(Waiting row) {
        return access.table() + "\n" + row.id();
    }

    /** At most {@code most} waiting rows, ordered by id. */
    public List<Waiting> waiting(int most) throws SQLException {
        List<Waiting> rows = new ArrayList<>();
        try (PreparedStatement select =
                prepare("SELECT id, claimed_by FROM " + access.table() + " WHERE state = 'new' ORDER BY id")) {
            select.setMaxRows(most);
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    rows.add(new Waiting(
                            found.getString(1), Optional.ofNullable(found.getString(2)), found.getObject(1)));
                }
            }
        }
        connection.get().rollback();
        return rows;
    }

    /** Commits this server as the owner of rows that have none. */
    public void claim(List<Waiting> rows) throws SQLException {
        try (PreparedStatement update = prepare("UPDATE " + access.table()
                + " SET claimed_by = ? WHERE id = ? AND state = 'new' AND claimed_by IS NULL")) {
            for (Waiting row : rows) {
                update.setString(1, owner);
                update.setObject(2, row.key());
                update.executeUpdate();
            }
        }
        connection.get().commit();
    }

    /**
     * Locks a row until {@link #finish} or {@link #giveBack}. Blocks while another server has it locked.
     *
     * @return whether the row is still waiting and owned by the row's owner or by this server.
     */
    public boolean lock(Waiting row) throws SQLException {
        try (PreparedStatement update = prepare("UPDATE " + access.table()
                + " SET claimed_by = ? WHERE id = ? AND state = 'new' AND (claimed_by = ? OR claimed_by = ?)")) {
            update.setString(1, owner);
            update.setObject(2, row.key());
            update.setString(3, owner);
            update.setString(4, row.owner().orElse(owner));
            return update.executeUpdate() == 1;
        }
    }

    /** Reads the submission in a locked row. The content must be read before the next call. */
    OpenedSubmission read(Waiting row) throws SQLException, InvalidSubmissionException, IOException {
        PreparedStatement select = prepare("SELECT content, content_type, mail_from, rcpt_to, subject, envid FROM "
                + access.table() + " WHERE id = ?");
        reading = Optional.of(select);
        select.setObject(1, row.key());
        ResultSet found = select.executeQuery();
        if (!found.next()) {
            throw new InvalidSubmissionException(Fault.UNACCEPTABLE, "no row with that id");
        }
        return handed(found);
    }

    private OpenedSubmission handed(ResultSet row) throws SQLException, InvalidSubmissionException, IOException {
        boolean isBinary = BINARY.contains(row.getMetaData().getColumnType(1));
        // Reads the columns in their order, which some drivers require.
        PushbackInputStream octets = new PushbackInputStream(InputStream.nullInputStream());
        String text = "";
        if (isBinary) {
            InputStream column = Optional.ofNullable(row.getBinaryStream(1)).orElse(octets);
            octets = new PushbackInputStream(column, BEGINNING);
        } else {
            text = text(Optional.ofNullable(row.getCharacterStream(1)));
        }
        Map<String, String> labels = new TreeMap<>();
        for (int i = 0; i < LABELS.size(); i++) {
            String label = row.getString(i + 2);
            if (label != null && !label.isBlank()) {
                labels.put(LABELS.get(i), label);
            }
        }
        MessageDigest digest = IdempotencyRecord.sha256();
        digest.update((labels + "\n" + text).getBytes(StandardCharsets.UTF_8));
        DsnOptions dsnOptions = new DsnOptions(label(labels, "envid"), Optional.empty(), Optional.empty());
        AnnotatedPayload payload = new AnnotatedPayload(name -> label(labels, name), dsnOptions);
        SubmittedForm handed = isBinary
                ? ofOctets(payload, octets, digest)
                : payload.of(guess(payload, AnnotatedPayload.isJson(text)), text);
        return new OpenedSubmission(handed, () -> IdempotencyRecord.hex(digest.digest()));
    }

    private SubmittedForm ofOctets(AnnotatedPayload payload, PushbackInputStream octets, MessageDigest digest)
            throws IOException, InvalidSubmissionException {
        byte[] beginning = octets.readNBytes(BEGINNING);
        octets.unread(beginning);
        String type = guess(payload, AnnotatedPayload.isJson(beginning));
        InputStream digested = new DigestInputStream(octets, digest);
        if (!type.equals(AnnotatedPayload.TEXT)) {
            return payload.of(type, digested);
        }
        byte[] all = digested.readNBytes(maxText + 1);
        if (all.length > maxText) {
            throw tooLong();
        }
        return payload.of(type, all);
    }

    private InvalidSubmissionException tooLong() {
        return new InvalidSubmissionException(Fault.TOO_LARGE, "a text of more than " + maxText + " characters");
    }

    private static Optional<String> label(Map<String, String> labels, String name) {
        return Optional.ofNullable(labels.get(name));
    }

    private static String guess(AnnotatedPayload payload, boolean isJson) {
        if (payload.type().isPresent()) {
            return payload.type().get();
        }
        if (payload.hasAny("subject")) {
            return AnnotatedPayload.TEXT;
        }
        return isJson ? AnnotatedPayload.JSON : AnnotatedPayload.MAIL;
    }

    private String text(Optional<Reader> column) throws IOException, InvalidSubmissionException {
        if (column.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        char[] part = new char[8 * 1024];
        try (Reader reader = column.get()) {
            int count = reader.read(part);
            while (count >= 0) {
                text.append(part, 0, count);
                if (text.length() > maxText) {
                    throw tooLong();
                }
                count = reader.read(part);
            }
        }
        return text.toString();
    }

    /** Writes the result of a locked row and commits, which unlocks it. */
    public void finish(Waiting row, String state, Optional<String> mailId, Optional<String> reason)
            throws SQLException {
        closeReading();
        try (PreparedStatement update =
                prepare("UPDATE " + access.table() + " SET state = ?, mail_id = ?, reason = ? WHERE id = ?")) {
            update.setString(1, state);
            update.setString(2, mailId.orElse(null));
            update.setString(3, reason.orElse(null));
            update.setObject(4, row.key());
            update.executeUpdate();
        }
        connection.get().commit();
    }

    /** Unlocks a row that stays waiting. */
    void giveBack() throws SQLException {
        closeReading();
        connection.get().rollback();
    }

    private void closeReading() throws SQLException {
        if (reading.isPresent()) {
            reading.get().close();
            reading = Optional.empty();
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = connection.get().prepareStatement(sql);
        statement.setQueryTimeout(QUERY_SECONDS);
        return statement;
    }

    private Connection connect() throws SQLException {
        Connection opened = DriverManager.getConnection(access.url(), access.user(), access.password());
        opened.setAutoCommit(false);
        opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        return opened;
    }

    /** Ends the connection, which unlocks all rows; the next call opens another. */
    @Override
    public void close() {
        reading = Optional.empty();
        try {
            if (connection.isOpen()) {
                connection.get().rollback();
            }
        } catch (SQLException e) {
            LOG.debug("cannot roll back over a broken connection: {}", e.toString());
        }
        connection.close();
    }
}
