package dev.caravan.cli;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the commands need from the program. The results of type int are exit codes: 0 for success. */
public interface CommandBackend {
    /**
     * Runs the server until it gets a signal to stop.
     *
     * @param home the folder with {@code data/} and perhaps with routes and settings.
     * @param settings the values of {@code --set}.
     * @throws Exception if it cannot start; the message is for the operator.
     */
    int run(Path home, Map<String, String> settings) throws Exception;

    /** Runs only the broker, with its TCP connector. */
    int broker(Path home, Map<String, String> settings) throws Exception;

    /**
     * The server to which programs on this machine submit mail.
     *
     * @throws Exception if the settings cannot be used; the message is for the operator.
     */
    Submission submission(Path home, Map<String, String> settings) throws Exception;

    /**
     * A server that accepts mail.
     *
     * @param server its address and port.
     * @param hostname its name; the domain of a sender that has none.
     */
    record Submission(InetSocketAddress server, String hostname) {}

    /**
     * The file of users of a home.
     *
     * @throws Exception if the settings cannot be used; the message is for the operator.
     */
    Users users(Path home, Map<String, String> settings) throws Exception;

    /**
     * Where users are.
     *
     * @param file the file of credentials, which may be missing.
     * @param data the folder of the server's data, which may be missing.
     * @param isSha1Wanted whether keys for SCRAM-SHA-1 are stored too.
     */
    record Users(Path file, Path data, boolean isSha1Wanted) {}

    /** The control file of a home; it exists while a server runs. */
    Path control(Path home);

    /** Checks settings, broker configuration and routes without serving. */
    int check(Path home, Map<String, String> settings) throws Exception;

    /**
     * Runs tests of routes against the real routes of a home, without touching its mail.
     *
     * @param files the tests; if empty, those beside the routes.
     */
    int test(Path home, Map<String, String> settings, List<Path> files) throws Exception;
}
