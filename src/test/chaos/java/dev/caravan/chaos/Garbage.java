package dev.caravan.chaos;

import dev.caravan.chaos.ChaosPeer.Step;
import java.io.IOException;
import java.util.List;
import java.util.Random;

/** What no server should say. None of it is a refusal, so that no mail may be returned because of it. */
final class Garbage {
    private static final List<String> NONSENSE = List.of(
            "\r\n",
            "\r\n\r\n\r\n",
            "OK\r\n",
            "+OK hello\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            "000 nought\r\n",
            "099 too small\r\n",
            "600 too large\r\n",
            "999 too large\r\n",
            "25\r\n",
            "2500 four digits\r\n",
            "250_ok\r\n",
            "250-one\r\n550 two codes\r\n",
            "250-one\r\n354 two codes\r\n",
            "-250 ok\r\n",
            " 250 ok\r\n",
            "\u0000\u0000\u0000\r\n",
            "\u0016\u0003\u0001\u0002\u0000\u0001");
    private static final int LONG_LINE = 8192;
    private static final int MANY_LINES = 5000;

    private final Random random;

    Garbage(Random random) {
        this.random = random;
    }

    void offer(Step step, PeerTalk talk) throws IOException {
        switch (random.nextInt(6)) {
            case 0 -> talk.raw(octets(random.nextInt(1, 4000)));
            case 1 -> talk.endless("x".repeat(LONG_LINE));
            case 2 -> talk.endless("250-and so on\r\n".repeat(MANY_LINES));
            case 3 -> talk.raw(wrongCode(step));
            default -> talk.raw(NONSENSE.get(random.nextInt(NONSENSE.size())));
        }
        if (random.nextBoolean()) {
            talk.stall();
        }
    }

    private String octets(int count) {
        StringBuilder octets = new StringBuilder();
        // Chance must not make a refusal: no digits.
        random.ints(count, 0, 256)
                .filter(octet -> octet < '0' || octet > '9')
                .forEach(octet -> octets.append((char) octet));
        return octets.append("\r\n").toString();
    }

    /** A reply that is none to this command. */
    private static String wrongCode(Step step) {
        return switch (step) {
            case DATA -> "250 2.0.0 ok\r\n";
            case GREETING, EHLO, MAIL, RCPT, RSET, QUIT, CONTENT, END -> "354 go on\r\n";
        };
    }
}
