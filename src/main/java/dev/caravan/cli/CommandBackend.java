package dev.caravan.cli;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What the commands ask of the program. Each returns an exit code: 0 if all went well. */
public interface CommandBackend {
    /**
     * Runs the server until it is told to stop.
     *
     * @param home the folder with {@code data/} and perhaps own routes and settings.
     * @param settings what {@code --set} gave.
     * @throws Exception if it cannot start; the message is for the operator.
     */
    int run(Path home, Map<String, String> settings) throws Exception;

    /** Runs only the broker, with its TCP connector. */
    int broker(Path home, Map<String, String> settings) throws Exception;

    /**
     * Where programs on this machine hand in mail.
     *
     * @throws Exception if the settings cannot be used; the message is for the operator.
     */
    Submission submission(Path home, Map<String, String> settings) throws Exception;

    /**
     * A server that takes mail.
     *
     * @param server its address and port.
     * @param hostname its name, to which a sender without a domain belongs.
     */
    record Submission(InetSocketAddress server, String hostname) {}

    /** The file in which the running server of a home says how it is reached; it need not be there. */
    Path control(Path home);

    /** Checks settings, broker configuration and routes without serving. */
    int check(Path home, Map<String, String> settings) throws Exception;

    /**
     * Runs tests of routes against the real routes of a home, without touching its mail.
     *
     * @param files the tests; those beside the routes if there are none.
     */
    int test(Path home, Map<String, String> settings, List<Path> files) throws Exception;
}
