package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.caravan.admin.ControlFile;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sends requests to the running server of a home, at the port and with the token of its control file. */
final class ControlClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CONNECT_MILLIS = 10_000;
    /** The server may read a queue of millions of messages before it answers. */
    private static final int ANSWER_MILLIS = 600_000;

    private static final int MAX_ANSWER = 64 << 20;
    private static final int OK = 200;

    private final Path file;
    private final ControlFile control;

    /** No server runs for the home. */
    static final class NoServerException extends IOException {
        private static final long serialVersionUID = 1L;

        NoServerException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * An answer of the server.
     *
     * @param lines JSON objects, one a line.
     * @param next the value of {@code after} for the next request; empty at the end.
     * @param note what the operator must know about the answer; for example that it is not complete.
     * @param count the number of all messages, if it is known.
     */
    record Answer(List<String> lines, Optional<String> next, Optional<String> note, Optional<Long> count) {
        Answer {
            lines = List.copyOf(lines);
        }
    }

    /**
     * Makes a client; does not connect yet.
     *
     * @param file the control file of its data folder.
     * @throws NoServerException if there is no such file.
     */
    ControlClient(Path file) throws IOException {
        this.file = file;
        try {
            this.control = ControlFile.read(file);
        } catch (NoSuchFileException e) {
            throw new NoServerException("no server runs for this home: there is no " + file, e);
        }
    }

    /**
     * Asks for a page of a listing, or for a slice of a command.
     *
     * @param method GET or POST.
     * @param after the {@code next} of the answer before; empty to begin.
     * @throws NoServerException if no server listens there.
     * @throws IOException if the server refuses; the message has its reason.
     */
    Answer ask(String method, String path, Map<String, List<String>> parameters, Optional<String> after)
            throws IOException {
        String query = query(parameters) + after.map(next -> "&after=" + next).orElse("");
        HttpURLConnection connection =
                (HttpURLConnection) URI.create("http://127.0.0.1:" + control.port() + path + "?" + query)
                        .toURL()
                        .openConnection(Proxy.NO_PROXY);
        connection.setRequestMethod(method);
        connection.setRequestProperty("Authorization", "Bearer " + control.token());
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(ANSWER_MILLIS);
        connection.setInstanceFollowRedirects(false);
        try {
            int status = connection.getResponseCode();
            if (status != OK) {
                throw new IOException(refusal(status, connection));
            }
            return answer(connection);
        } catch (ConnectException e) {
            boolean isElsewhere = !control.host().isEmpty() && !control.host().equals(ControlFile.thisHost());
            throw new NoServerException(
                    isElsewhere
                            ? "the server that wrote " + file + " runs on " + control.host()
                                    + " (expected: this command there)"
                            : "no server runs for this home: nobody answers where " + file + " says",
                    e);
        }
    }

    private static String query(Map<String, List<String>> parameters) {
        List<String> pairs = new ArrayList<>();
        parameters.forEach((name, values) ->
                values.forEach(value -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8))));
        return String.join("&", pairs);
    }

    private static Answer answer(HttpURLConnection connection) throws IOException {
        String text;
        try (InputStream in = connection.getInputStream()) {
            text = new String(in.readNBytes(MAX_ANSWER), StandardCharsets.UTF_8);
        }
        return new Answer(
                text.lines().filter(line -> !line.isBlank()).toList(),
                Optional.ofNullable(connection.getHeaderField("Caravan-Next")),
                Optional.ofNullable(connection.getHeaderField("Caravan-Note")),
                Optional.ofNullable(connection.getHeaderField("Caravan-Count")).map(Long::valueOf));
    }

    /** Parses a line of an answer. */
    static JsonNode read(String line) throws IOException {
        return JSON.readTree(line);
    }

    private static String refusal(int status, HttpURLConnection connection) throws IOException {
        try (InputStream in = connection.getErrorStream()) {
            JsonNode answer = in == null ? JSON.createObjectNode() : JSON.readTree(in.readNBytes(MAX_ANSWER));
            return "the server says " + status + ": " + answer.path("error").asText("nothing");
        }
    }
}
