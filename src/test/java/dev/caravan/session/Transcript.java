package dev.caravan.session;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation in a file. Each line is one of {@code # comment}, {@code S: line we send} (a star ends a match; three
 * dots skip to the last line of a reply), {@code C: line of the client}, {@code C! octets of the client} with
 * {@code \r \n \0 \\ \xFF} and {@code \(600*a)} for repetition, {@code = what must have happened} and
 * {@code @ setting}.
 */
record Transcript(String name, List<Line> lines) {
    enum Kind {
        SERVER("S:"),
        CLIENT("C:"),
        OCTETS("C!"),
        CHECK("="),
        SETTING("@");

        private final String mark;

        Kind(String mark) {
            this.mark = mark;
        }
    }

    record Line(int number, Kind kind, String text) {}

    static Transcript read(Path file) throws IOException {
        List<Line> lines = new ArrayList<>();
        int number = 0;
        for (String text : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            number++;
            if (!text.isBlank() && !text.startsWith("#")) {
                lines.add(line(number, text));
            }
        }
        return new Transcript(file.getFileName().toString(), lines);
    }

    private static Line line(int number, String text) {
        for (Kind kind : Kind.values()) {
            if (text.startsWith(kind.mark)) {
                String rest = text.substring(kind.mark.length());
                return new Line(number, kind, rest.startsWith(" ") ? rest.substring(1) : rest);
            }
        }
        throw new IllegalArgumentException("line " + number + ": " + text);
    }

    static byte[] octets(String text) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i++);
            if (c != '\\') {
                octets.write(c);
                continue;
            }
            char escape = text.charAt(i++);
            switch (escape) {
                case 'r' -> octets.write('\r');
                case 'n' -> octets.write('\n');
                case '0' -> octets.write(0);
                case 't' -> octets.write('\t');
                case '\\' -> octets.write('\\');
                case 'x' -> {
                    octets.write(Integer.parseInt(text.substring(i, i + 2), 16));
                    i += 2;
                }
                case '(' -> {
                    int star = text.indexOf('*', i);
                    int end = text.indexOf(')', star);
                    String repeated = text.substring(star + 1, end).repeat(Integer.parseInt(text.substring(i, star)));
                    octets.writeBytes(octets(repeated));
                    i = end + 1;
                }
                default -> throw new IllegalArgumentException("escape \\" + escape);
            }
        }
        return octets.toByteArray();
    }
}
