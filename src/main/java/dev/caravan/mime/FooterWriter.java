package dev.caravan.mime;

import jakarta.activation.DataHandler;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.ContentType;
import jakarta.mail.internet.MimeBodyPart;
import jakarta.mail.internet.MimeMultipart;
import jakarta.mail.internet.MimePart;
import jakarta.mail.util.ByteArrayDataSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes a footer below the text of a message: the plain text, the HTML page, or both if they are alternatives. All
 * other parts and all fields stay octet by octet. A message that is signed, encrypted or not understood stays as it is,
 * and the result says why.
 */
public final class FooterWriter {
    private static final List<String> SIGNATURES = List.of("DKIM-Signature", "ARC-Seal", "DomainKey-Signature");
    private static final String TEXT = "text/plain";
    private static final String VERSION = "MIME-Version";
    private static final String PGP = "-----BEGIN PGP ";
    private static final int MAX_DEPTH = 10;

    private final Footer footer;

    public FooterWriter(Footer footer) {
        this.footer = footer;
    }

    /** The result for a message. */
    public sealed interface Result {
        /**
         * It has the footer.
         *
         * @param octets the whole content.
         */
        record Written(byte[] octets) implements Result {}

        /**
         * It is left as it is.
         *
         * @param reason for the log; contains no text of the message.
         */
        record Untouched(String reason) implements Result {}
    }

    /** Ends the walk through the parts when the message must stay as it is. */
    private static final class UntouchableException extends Exception {
        private static final long serialVersionUID = 1L;

        UntouchableException(String reason) {
            super(reason);
        }
    }

    /** Writes the footer into a content, or says why not. */
    public Result write(byte[] content) {
        try {
            MimePart mail = new MimeBodyPart(new ByteArrayInputStream(content));
            for (String signature : SIGNATURES) {
                if (mail.getHeader(signature) != null) {
                    return new Result.Untouched("it is signed: " + signature);
                }
            }
            if (!footed(mail, TEXT, 0)) {
                return new Result.Untouched("it has no text");
            }
            if (mail.getHeader(VERSION) == null) {
                // Without it readers need not obey the MIME fields that were written (RFC 2045 §4).
                mail.setHeader(VERSION, "1.0");
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + content.length / 8 + 1024);
            mail.writeTo(out);
            byte[] octets = out.toByteArray();
            // A bare LF does not end a line in a message. A program that takes it for a line end would see another
            // structure (RFC 5321 §2.3.8).
            return hasLineEndsOnly(octets)
                    ? new Result.Written(octets)
                    : new Result.Untouched("it has line feeds without carriage return");
        } catch (UntouchableException e) {
            return new Result.Untouched(String.valueOf(e.getMessage()));
        } catch (MessagingException | IOException e) {
            // The exception's text may contain text of the message.
            return new Result.Untouched("its MIME structure is not understood");
        }
    }

    private static boolean hasLineEndsOnly(byte[] octets) {
        for (int i = 0; i < octets.length; i++) {
            boolean isLone = octets[i] == '\n'
                    ? i == 0 || octets[i - 1] != '\r'
                    : octets[i] == '\r' && (i + 1 == octets.length || octets[i + 1] != '\n');
            if (isLone) {
                return false;
            }
        }
        return true;
    }

    /**
     * Writes the footer into a part or a part of it; returns whether it was written.
     *
     * @param standard the type of a part that names none.
     */
    private boolean footed(MimePart part, String standard, int depth)
            throws MessagingException, IOException, UntouchableException {
        if (depth > MAX_DEPTH) {
            throw new UntouchableException("its parts are more than " + MAX_DEPTH + " deep");
        }
        ContentType type = type(part, standard);
        requireOpen(type);
        if (type.match("multipart/*")) {
            return multipart(part, type, depth);
        }
        boolean isPage = type.match("text/html");
        if (!(isPage || type.match("text/plain")) || isAttachment(part, type)) {
            return false;
        }
        write(part, type, isPage);
        return true;
    }

    private static ContentType type(MimePart part, String standard) throws MessagingException {
        String header = part.getHeader("Content-Type", null);
        return new ContentType(header == null ? standard : header);
    }

    private static void requireOpen(ContentType type) throws UntouchableException {
        String name = type.getBaseType().toLowerCase(Locale.ROOT);
        if (name.equals("multipart/signed") || name.equals("multipart/report")) {
            throw new UntouchableException("it is " + name);
        }
        if (name.equals("multipart/encrypted")
                || name.equals("application/pgp-encrypted")
                || name.equals("application/pkcs7-mime")
                || name.equals("application/x-pkcs7-mime")) {
            throw new UntouchableException("it is encrypted or signed: " + name);
        }
    }

    private static boolean isAttachment(MimePart part, ContentType type) throws MessagingException {
        String disposition =
                Optional.ofNullable(part.getHeader("Content-Disposition", null)).orElse("");
        return disposition.strip().toLowerCase(Locale.ROOT).startsWith("attachment")
                || disposition.toLowerCase(Locale.ROOT).contains("filename")
                || type.getParameter("name") != null;
    }

    /** Each alternative gets the footer. Of other multiparts only the first part gets it, because that is the text. */
    private boolean multipart(MimePart part, ContentType type, int depth)
            throws MessagingException, IOException, UntouchableException {
        String encoding = encoding(part);
        if (!List.of("7bit", "8bit", "binary").contains(encoding)) {
            throw new UntouchableException("a multipart is encoded");
        }
        if (type.getParameter("boundary") == null) {
            throw new UntouchableException("a multipart has no boundary");
        }
        MimeMultipart parts = new MimeMultipart(new ByteArrayDataSource(raw(part), type.toString()));
        int count = parts.getCount();
        if (count == 0 || !parts.isComplete()) {
            throw new UntouchableException("a multipart has no end");
        }
        int read = type.match("multipart/alternative") ? count : 1;
        // The parts of a digest are whole messages (RFC 2046 §5.1.5).
        String standard = type.match("multipart/digest") ? "message/rfc822" : TEXT;
        boolean isFooted = false;
        for (int i = 0; i < read; i++) {
            isFooted |= footed((MimePart) parts.getBodyPart(i), standard, depth + 1);
        }
        if (isFooted) {
            // The library splits the text into lines and joins them with this machine's line separator.
            parts.setPreamble(parts.getPreamble() == null ? null : Footer.crlf(parts.getPreamble()));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            parts.writeTo(out);
            replace(part, out.toByteArray(), part.getHeader("Content-Type", null), encoding);
        }
        return isFooted;
    }

    private void write(MimePart part, ContentType type, boolean isPage)
            throws MessagingException, IOException, UntouchableException {
        Charset charset = charset(type);
        String text = decoded(part, charset);
        if (text.contains(PGP)) {
            throw new UntouchableException("its text is signed or encrypted with PGP");
        }
        String header =
                Optional.ofNullable(part.getHeader("Content-Type", null)).orElse("text/plain");
        if (!isPage && !footer.fits(charset)) {
            charset = StandardCharsets.UTF_8;
            type.setParameter("charset", "utf-8");
            header = type.toString();
        }
        // Encoded text may have had other line ends.
        text = Footer.crlf(text);
        boolean isFlowed = "flowed".equalsIgnoreCase(type.getParameter("format"));
        String plain = isPage ? "" : isFlowed ? footer.belowFlowed(text) : footer.below(text);
        byte[] octets = (isPage ? footer.within(text) : plain).getBytes(charset);
        replace(part, octets, header, encodingFor(octets));
    }

    private static Charset charset(ContentType type) throws UntouchableException {
        String name = Optional.ofNullable(type.getParameter("charset")).orElse("us-ascii");
        try {
            Charset charset = Charset.forName(name);
            if (!charset.canEncode()) {
                throw new UntouchableException("its charset cannot be written");
            }
            return charset;
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new UntouchableException("its charset is not known");
        }
    }

    private static String decoded(MimePart part, Charset charset)
            throws MessagingException, IOException, UntouchableException {
        try (InputStream in = part.getInputStream()) {
            return charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(in.readAllBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UntouchableException("its text is not of its charset");
        }
    }

    /** Seven bits and lines of at most 998 octets pass everywhere (RFC 2045 §2.7). */
    private static String encodingFor(byte[] octets) {
        int line = 0;
        int beyond = 0;
        boolean isPlain = true;
        for (byte octet : octets) {
            line = octet == '\n' ? 0 : line + 1;
            isPlain &= octet > 0 && line <= 998;
            beyond += octet <= 0 ? 1 : 0;
        }
        return isPlain ? "7bit" : beyond > octets.length / 4 ? "base64" : "quoted-printable";
    }

    private static String encoding(MimePart part) throws MessagingException {
        return Optional.ofNullable(part.getEncoding()).orElse("7bit").strip().toLowerCase(Locale.ROOT);
    }

    private static byte[] raw(MimePart part) throws MessagingException, IOException {
        try (InputStream in = part.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static void replace(MimePart part, byte[] octets, String type, String encoding) throws MessagingException {
        part.setDataHandler(new DataHandler(new ByteArrayDataSource(octets, type)));
        part.setHeader("Content-Type", type);
        part.setHeader("Content-Transfer-Encoding", encoding);
    }
}
