package dev.caravan.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The server and the messages that a queue command works on. */
final class QueueOptions {
    @Option(
            names = "--home",
            paramLabel = "DIR",
            defaultValue = HomeFolder.DEFAULT,
            description = HomeFolder.DESCRIPTION)
    private Path home = Path.of("");

    @Parameters(paramLabel = "ID", description = "ids of mails, or of items of them")
    private List<String> ids = new ArrayList<>();

    @Option(names = "--id", paramLabel = "ID", description = "an id, as without the option; may be given often")
    private List<String> moreIds = new ArrayList<>();

    @Option(names = "--from", paramLabel = "ADDRESS", description = "sender: user@domain, @domain, or <>")
    private Optional<String> from = Optional.empty();

    @Option(names = "--to", paramLabel = "ADDRESS", description = "recipient: user@domain or @domain")
    private Optional<String> to = Optional.empty();

    @Option(names = "--domain", paramLabel = "DOMAIN", description = "domain of a recipient, or next hop")
    private Optional<String> domain = Optional.empty();

    @Option(names = "--user", paramLabel = "NAME", description = "the user that handed the mail in")
    private Optional<String> user = Optional.empty();

    @Option(
            names = "--state",
            paramLabel = "STATE",
            description = "deferred, active, in-hand, dead, held or bounced; may be given often")
    private List<String> states = new ArrayList<>();

    Path home() {
        return home;
    }

    /** Whether the messages are named by their ids alone. */
    boolean areIdsOnly() {
        return !allIds().isEmpty() && from.isEmpty() && to.isEmpty() && domain.isEmpty() && user.isEmpty();
    }

    /** Whether ids or filters other than {@code --state} were given. */
    boolean areGiven() {
        return !allIds().isEmpty() || from.isPresent() || to.isPresent() || domain.isPresent() || user.isPresent();
    }

    private List<String> allIds() {
        List<String> all = new ArrayList<>(ids);
        all.addAll(moreIds);
        return all;
    }

    /** The filter as parameters of a request. */
    Map<String, List<String>> parameters() {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        parameters.put("id", allIds());
        parameters.put("from", from.stream().toList());
        parameters.put("to", to.stream().toList());
        parameters.put("domain", domain.stream().toList());
        parameters.put("user", user.stream().toList());
        parameters.put("state", states);
        return parameters;
    }
}
