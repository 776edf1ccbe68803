package dev.caravan.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.caravan.admin.QueueVerb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs a command that changes queues, which the server does slice by slice, one for each request. */
final class QueueCommandClient {
    private long done;
    private long refused;
    private long missed;
    private long unsupported;

    private QueueCommandClient() {}

    /**
     * Runs a command to its end.
     *
     * @param more parameters of the verb's own.
     * @return the line to print: how many messages it changed, and how many it left alone.
     */
    static String run(ControlClient server, QueueVerb verb, QueueOptions options, Map<String, List<String>> more)
            throws IOException {
        Map<String, List<String>> parameters = new LinkedHashMap<>(options.parameters());
        if (!options.areGiven()) {
            parameters.put("all", List.of(""));
        }
        parameters.putAll(more);
        QueueCommandClient client = new QueueCommandClient();
        try {
            client.run(server, verb.path(), parameters);
        } catch (ControlClient.NoServerException e) {
            throw e;
        } catch (IOException e) {
            throw new IOException(client.done + " " + verb.done() + ", then: " + e.getMessage(), e);
        }
        String late = client.refused == 0
                ? ""
                : "; being delivered, and not touched, because the last reply is awaited: " + client.refused;
        String rest = client.missed == 0
                ? ""
                : "; " + client.missed + " more are in delivery now or have moved on, and were not touched";
        String left = client.unsupported == 0
                ? ""
                : "; left alone, because only a newer server understands them: " + client.unsupported;
        return client.done + " " + verb.done() + late + rest + left;
    }

    private void run(ControlClient server, String path, Map<String, List<String>> parameters) throws IOException {
        Optional<String> after = Optional.empty();
        do {
            ControlClient.Answer answer = server.ask("POST", path, parameters, after);
            for (String line : answer.lines()) {
                JsonNode part = ControlClient.read(line);
                done += part.path("done").asLong();
                refused += part.path("refused").asLong();
                missed += part.path("missed").asLong();
                unsupported += part.path("unsupported").asLong();
            }
            after = answer.next();
        } while (after.isPresent());
    }
}
