package dev.caravan.source.message;

import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UnsupportedEncodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prepares a message that a program passed to {@code sendmail} for submission: without the line {@code From x Mon ...}
 * of an mbox file, with the author's full name, and with an envelope whose addresses all have a domain.
 */
public final class SendmailMessage {
    /** The maximum octets of a header that is parsed; a longer one yields no recipients. */
    static final int MAX_HEADER = 512 * 1024;

    private static final Pattern FIELD = Pattern.compile("([!-9;-~]+)[ \\t]*:(.*)", Pattern.DOTALL);
    private static final Pattern MAILBOX_LINE = Pattern.compile(">?From .*", Pattern.DOTALL);
    private static final Pattern ATOMS = Pattern.compile("[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+");
    private static final List<String> TO = List.of("to", "cc", "bcc");
    private static final List<String> RESENT = List.of("resent-to", "resent-cc", "resent-bcc");

    private final SendmailArguments arguments;
    private final String host;
    private final String user;

    /**
     * Prepares the messages of one call.
     *
     * @param user the name of the account.
     * @param host the domain that is appended to addresses without one.
     */
    public SendmailMessage(SendmailArguments arguments, String user, String host) {
        this.arguments = arguments;
        this.user = user;
        this.host = host;
    }

    /** The reverse-path: as given, else the address of the calling user. {@code <>} is the null one. */
    private String sender() {
        if (arguments.sender().isEmpty()) {
            return qualified(user);
        }
        String given = arguments.sender().get().strip();
        return given.isEmpty() || given.equals("<>") ? "<>" : one(given);
    }

    /**
     * Reads the header and returns the submission.
     *
     * @param content the message as the program wrote it; its rest is read when the result is read.
     * @throws IllegalArgumentException if there is no recipient, or an address in the arguments is malformed.
     * @throws InvalidSubmissionException if an address in the header is malformed.
     */
    public SubmittedForm.Whole read(InputStream content) throws IOException, InvalidSubmissionException {
        BufferedInputStream in = new BufferedInputStream(content);
        Header header = Header.read(in);
        String sender = sender();
        List<String> recipients = new ArrayList<>();
        for (String given : arguments.recipients()) {
            recipients.addAll(argument(given, "the arguments"));
        }
        if (arguments.fromHeader()) {
            for (String name : header.has(RESENT) ? RESENT : TO) {
                for (String body : header.bodies(name)) {
                    recipients.addAll(addresses(body, name));
                }
            }
        }
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException(
                    arguments.fromHeader()
                            ? "no recipient in the header (expected: To, Cc or Bcc)"
                            : "no recipient given (expected: user@domain, or -t)");
        }
        boolean isNamed = arguments.fullName().isPresent() || sender.equals("<>");
        byte[] start = isNamed && !header.has(List.of("from")) ? author(sender) : new byte[0];
        InputStream whole = new SequenceInputStream(
                new SequenceInputStream(new ByteArrayInputStream(start), new ByteArrayInputStream(header.octets())),
                in);
        return new SubmittedForm.Whole(
                whole, new EnvelopeOverride(Optional.of(sender), recipients, arguments.dsnOptions()));
    }

    private byte[] author(String sender) {
        String address = sender.equals("<>") ? qualified(user) : sender;
        String text = "<" + address + ">";
        Optional<String> name = arguments
                .fullName()
                .map(full -> full.replaceAll("\\p{Cntrl}", " ").strip());
        if (name.isPresent() && !name.get().isEmpty()) {
            try {
                text = new InternetAddress(address, name.get(), "UTF-8").toString();
            } catch (UnsupportedEncodingException e) {
                throw new AssertionError(e);
            }
        }
        return ("From: " + text + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private String one(String text) {
        List<String> addresses = argument(text, "the sender");
        if (addresses.size() != 1) {
            throw new IllegalArgumentException("malformed sender (expected: user@domain)");
        }
        return addresses.get(0);
    }

    private List<String> argument(String text, String where) {
        try {
            return addresses(text, where);
        } catch (InvalidSubmissionException e) {
            throw new IllegalArgumentException(e.reason(), e);
        }
    }

    private List<String> addresses(String text, String where) throws InvalidSubmissionException {
        List<String> addresses = new ArrayList<>();
        try {
            for (InternetAddress address : InternetAddress.parseHeader(Addresses.requireOneLine(text, where), false)) {
                InternetAddress[] members =
                        address.isGroup() ? address.getGroup(false) : new InternetAddress[] {address};
                for (InternetAddress member : members == null ? new InternetAddress[0] : members) {
                    addresses.add(qualified(member.getAddress()));
                }
            }
        } catch (AddressException e) {
            throw InvalidSubmissionException.unacceptable("malformed address in " + where + ": " + e.getMessage());
        }
        return addresses;
    }

    /** The address with a domain appended if it has none. */
    private String qualified(String address) {
        if (address.indexOf('@') >= 0) {
            return address;
        }
        boolean isPlain = ATOMS.matcher(address).matches() || address.startsWith("\"");
        String local = isPlain ? address : '"' + address.replaceAll("([\"\\\\])", "\\\\$1") + '"';
        return local + "@" + host;
    }

    /**
     * The unchanged lines of a header, without the separator line of an mbox file.
     *
     * @param octets with the empty line that ends it, if there is one.
     */
    private record Header(byte[] octets, Map<String, List<StringBuilder>> fields) {
        static Header read(BufferedInputStream in) throws IOException {
            ByteArrayOutputStream octets = new ByteArrayOutputStream();
            Map<String, List<StringBuilder>> fields = new HashMap<>();
            Optional<StringBuilder> last = Optional.empty();
            boolean isFirst = true;
            boolean isOver = false;
            while (!isOver && octets.size() < MAX_HEADER) {
                byte[] line = line(in);
                String text = new String(line, StandardCharsets.ISO_8859_1).replaceFirst("\\r?\\n$", "");
                if (isFirst && MAILBOX_LINE.matcher(text).matches()) {
                    continue;
                }
                isFirst = false;
                octets.write(line);
                Matcher field = FIELD.matcher(text);
                boolean isFolded = text.startsWith(" ") || text.startsWith("\t");
                if (isFolded && last.isPresent()) {
                    last.get().append(text);
                } else if (!isFolded && field.matches()) {
                    last = Optional.of(new StringBuilder(field.group(2)));
                    fields.computeIfAbsent(field.group(1).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                            .add(last.get());
                } else {
                    isOver = true;
                }
            }
            return new Header(octets.toByteArray(), fields);
        }

        /** A line with its end, cut at the maximum length of a header; empty at the end of the input. */
        private static byte[] line(BufferedInputStream in) throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            int octet = in.read();
            while (octet >= 0) {
                line.write(octet);
                octet = octet == '\n' || line.size() >= MAX_HEADER ? -1 : in.read();
            }
            return line.toByteArray();
        }

        boolean has(List<String> names) {
            return names.stream().anyMatch(fields::containsKey);
        }

        List<String> bodies(String name) {
            return fields.getOrDefault(name, List.of()).stream()
                    .map(body -> body.toString().strip())
                    .toList();
        }
    }
}
