package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks the server for part after part of a command that changes queues, until it is done. */
final class QueueCommandClient {
    private long done;
    private long missed;
    private long unsupported;

    private QueueCommandClient() {}

    /**
     * Carries a command out.
     *
     * @param path such as {@code /queue/flush}.
     * @param words such as {@code flushed}.
     * @return what is to be said of it.
     */
    static String run(ControlClient server, String path, QueueOptions options, String words) throws IOException {
        Map<String, List<String>> parameters = new LinkedHashMap<>(options.parameters());
        if (!options.areGiven()) {
            parameters.put("all", List.of(""));
        }
        QueueCommandClient talk = new QueueCommandClient();
        try {
            talk.run(server, path, parameters);
        } catch (ControlClient.NoServerException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(talk.done + " " + words + ", then: " + e.getMessage(), e);
        }
        String rest = talk.missed == 0
                ? ""
                : "; " + talk.missed + " more are in delivery now or have moved on, and were not touched";
        String left = talk.unsupported == 0
                ? ""
                : "; " + talk.unsupported + " may be meant that only a newer server understands, and were not touched";
        return talk.done + " " + words + rest + left;
    }

    private void run(ControlClient server, String path, Map<String, List<String>> parameters) throws IOException {
        Optional<String> after = Optional.empty();
        do {
            ControlClient.Answer answer = server.ask("POST", path, parameters, after);
            for (String line : answer.lines()) {
                JsonNode part = ControlClient.read(line);
                done += part.path("done").asLong();
                missed += part.path("missed").asLong();
                unsupported += part.path("unsupported").asLong();
            }
            after = answer.next();
        } while (after.isPresent());
    }
}
