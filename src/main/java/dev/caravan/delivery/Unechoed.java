package dev.caravan.delivery;

import dev.caravan.login.Login;
import dev.caravan.smtp.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Replies of a host during a login, without what it repeats of it: some hosts quote the line that they refuse, and a
 * reply goes into the log, events and health checks. For one thread.
 */
final class Unechoed {
    private static final String MASK = "[...]";
    /** Shorter parts of base64 tell nothing, and are words of replies. */
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{6,}=*");

    private final List<String> sent = new ArrayList<>();

    /** A response in base64 was sent to the host. */
    void sent(String encoded) {
        sent.add(encoded);
    }

    /** The same reply with a mask in the place of the secret and of the responses, whole or in part. */
    Reply reply(Reply reply, Login login) {
        List<String> lines = reply.lines().stream()
                .map(line -> line.replace(login.secret().reveal(), MASK))
                .map(line -> BASE64.matcher(line).replaceAll(this::masked))
                .toList();
        return new Reply(reply.code(), reply.status(), lines, reply.because());
    }

    private String masked(MatchResult found) {
        String word = found.group();
        boolean isEcho = sent.stream().anyMatch(one -> one.contains(word) || (one.length() > 1 && word.contains(one)));
        return isEcho ? MASK : word;
    }
}
