package dev.caravan.check;

import dev.caravan.config.ConfigProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.beans.factory.xml.XmlBeanDefinitionStoreException;
import org.xml.sax.SAXParseException;

/** Reads a Spring XML file and finds the line of what is wrong with it. */
final class XmlCheck {
    /** What a message of Spring puts into quotes or brackets is most often a word of the file; it has no line. */
    private static final Pattern QUOTED =
            Pattern.compile("['\"\\[{]([A-Za-z0-9_.:$-]+)['\"\\]}]|element mapping: (\\S+)");

    /** Reads a file, and throws if it cannot be used. */
    interface Reading {
        void read() throws Exception;
    }

    private XmlCheck() {}

    static List<ConfigProblem> problems(Path file, Reading reading) {
        try {
            reading.read();
            return List.of();
        } catch (Exception e) {
            return List.of(problem(file, e));
        }
    }

    private static ConfigProblem problem(Path file, Exception thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null && cause.getCause() != cause) {
            if (cause instanceof XmlBeanDefinitionStoreException xml && xml.getLineNumber() > 0) {
                break;
            }
            cause = cause.getCause();
        }
        if (cause instanceof XmlBeanDefinitionStoreException xml) {
            return new ConfigProblem(
                    ConfigProblem.at(file, xml.getLineNumber()), reason(xml), "well-formed Spring XML");
        }
        String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        return new ConfigProblem(ConfigProblem.at(file, lineOf(file, message)), message);
    }

    private static String reason(XmlBeanDefinitionStoreException thrown) {
        Throwable known = thrown.getCause() instanceof SAXParseException parse ? parse : thrown;
        return String.valueOf(known.getMessage());
    }

    /** The first line with a word that the message quotes; 0 if there is none. */
    private static int lineOf(Path file, String message) {
        Matcher matcher = QUOTED.matcher(message);
        while (matcher.find()) {
            String word = Optional.ofNullable(matcher.group(1)).orElseGet(() -> matcher.group(2));
            int line = lineWith(file, word);
            if (line > 0) {
                return line;
            }
        }
        return 0;
    }

    private static int lineWith(Path file, String word) {
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).contains(word)) {
                    return i + 1;
                }
            }
        } catch (IOException e) {
            // The message alone says what is wrong.
            return 0;
        }
        return 0;
    }
}
