package dev.caravan.delivery;

import dev.caravan.delivery.HostReport.Answer;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mail.Mailbox;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.mime.SevenBitMessage;
import dev.caravan.smtp.EsmtpExtension;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message in the form that one server accepts: content that the server does not take is converted (RFC 6152 §3, RFC
 * 3030 §3), except for signed parts, whose signature covers each octet. Addresses in UTF-8 are not converted, because
 * they have no other form, except for domains (RFC 6531 §3.1).
 *
 * @param mail the message for the recipients that it may be sent to; if all are refused, it is not sent.
 * @param isChunked whether it is sent by BDAT, octet by octet.
 * @param refused the recipients that it cannot be sent to by this server.
 */
record FittedMail(OutboundMail mail, boolean isChunked, List<Answer> refused) {
    private static final String OFFERS_NONE = " (it offers no SMTPUTF8)";
    private static final Logger LOG = LoggerFactory.getLogger(FittedMail.class);

    FittedMail {
        refused = List.copyOf(refused);
    }

    /** The message as it is. */
    static FittedMail unchanged(OutboundMail mail) {
        return new FittedMail(mail, false, List.of());
    }

    /** Whether there is no recipient that it may be sent to. */
    boolean isForNobody() {
        if (refused.isEmpty()) {
            return false;
        }
        Set<ForwardPath> without =
                refused.stream().map(answer -> answer.result().recipient()).collect(Collectors.toSet());
        return mail.envelope().recipients().stream().map(Recipient::path).allMatch(without::contains);
    }

    /** The form for a server, if the content need not be read to know it. */
    static Optional<FittedMail> atOnce(OutboundMail mail, PeerExtensions peer) {
        MailParameters parameters = mail.envelope().parameters();
        boolean isBinary = parameters.body() == Body.BINARY;
        if (parameters.isUtf8() && !peer.has(EsmtpExtension.SMTPUTF8)) {
            return Optional.empty();
        }
        if (isBinary && takesBinary(peer)) {
            return Optional.of(new FittedMail(mail, true, List.of()));
        }
        boolean isFit = !isBinary
                && (peer.has(EsmtpExtension.EIGHT_BIT_MIME)
                        || mail.octets().filter(FittedMail::isSevenBit).isPresent());
        return isFit ? Optional.of(unchanged(mail)) : Optional.empty();
    }

    private static boolean takesBinary(PeerExtensions peer) {
        return peer.has(EsmtpExtension.CHUNKING) && peer.has(EsmtpExtension.BINARYMIME);
    }

    private static boolean isSevenBit(byte[] octets) {
        for (byte octet : octets) {
            if (octet < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * The form for a server. Blocks while it reads the content.
     *
     * @param host named in the log and in refusals.
     * @throws IOException if the content cannot be read.
     */
    static FittedMail of(OutboundMail mail, PeerExtensions peer, String host) throws IOException {
        boolean isAsciiNeeded = mail.envelope().parameters().isUtf8() && !peer.has(EsmtpExtension.SMTPUTF8);
        if (!isAsciiNeeded) {
            return inOctets(mail, peer, host);
        }
        FittedMail ascii = inAscii(mail, host);
        if (ascii.isForNobody()) {
            return ascii;
        }
        FittedMail form = inOctets(ascii.mail(), peer, host);
        return new FittedMail(
                form.mail(),
                form.isChunked(),
                Stream.concat(ascii.refused().stream(), form.refused().stream()).toList());
    }

    /** The message for a server without SMTPUTF8, which takes it if envelope and header are ASCII (RFC 6531 §3.1). */
    private static FittedMail inAscii(OutboundMail mail, String host) throws IOException {
        Envelope envelope = mail.envelope();
        if (!isSevenBit(HeaderSection.of(mail.content()).octets())) {
            return refusedFor(mail, "5.6.9", host + " does not accept a header in UTF-8" + OFFERS_NONE);
        }
        Optional<Mailbox> sender = envelope.reversePath().mailbox();
        Optional<Mailbox> asciiSender = sender.flatMap(Mailbox::ascii);
        if (sender.isPresent() && asciiSender.isEmpty()) {
            return refusedFor(mail, "5.6.7", host + " does not accept the sender's address in UTF-8" + OFFERS_NONE);
        }
        List<Recipient> fit = new ArrayList<>();
        List<Recipient> unfit = new ArrayList<>();
        for (Recipient recipient : envelope.recipients()) {
            recipient
                    .path()
                    .mailbox()
                    .ascii()
                    .ifPresentOrElse(
                            mailbox -> fit.add(new Recipient(
                                    new ForwardPath(mailbox), recipient.notification(), recipient.original())),
                            () -> unfit.add(recipient));
        }
        Diagnosis why = Diagnosis.ours("5.6.7", host + " does not accept an address in UTF-8" + OFFERS_NONE);
        List<Answer> refused = HostReport.refused(unfit, why).answers();
        if (fit.isEmpty()) {
            return new FittedMail(mail, false, refused);
        }
        Envelope ascii = new Envelope(
                new ReversePath(asciiSender), fit, envelope.parameters().withUtf8(false));
        return new FittedMail(mail.withEnvelope(ascii), false, refused);
    }

    private static FittedMail refusedFor(OutboundMail mail, String status, String words) {
        return new FittedMail(
                mail,
                false,
                HostReport.refused(mail.envelope().recipients(), Diagnosis.ours(status, words))
                        .answers());
    }

    private static FittedMail inOctets(OutboundMail mail, PeerExtensions peer, String host) throws IOException {
        Optional<FittedMail> form = atOnce(mail, peer);
        if (form.isPresent()) {
            return form.get();
        }
        OctetsOfContent octets = OctetsOfContent.of(mail.content());
        boolean isBinary = mail.envelope().parameters().body() == Body.BINARY;
        boolean isInLines = !isBinary || octets.isInLines();
        boolean isTaken = !octets.isEightBit() || peer.has(EsmtpExtension.EIGHT_BIT_MIME);
        if (isInLines && isTaken) {
            Body body = octets.isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
            return unchanged(isBinary ? mail.withBody(body) : mail);
        }
        return converted(mail, isInLines, host);
    }

    private static FittedMail converted(OutboundMail mail, boolean wasInLines, String host) throws IOException {
        SevenBitMessage converted = SevenBitMessage.of(mail.content()::open);
        boolean isSendable = !converted.leavesSignedPart() && (wasInLines || converted.isInLines());
        if (!isSendable) {
            return refusedFor(
                    mail,
                    "5.6.3",
                    wasInLines
                            ? host
                                    + " does not accept 8-bit content, and the message has a signed part that must not be"
                                    + " converted"
                            : host + " does not accept binary content, and the message cannot be converted");
        }
        boolean isSigned = HeaderSection.of(mail.content()).count("DKIM-Signature") > 0;
        if (isSigned) {
            LOG.info(
                    "{} is converted for {}, which does not accept {} content; its DKIM signature breaks",
                    mail.id(),
                    host,
                    wasInLines ? "8-bit" : "binary");
        }
        return unchanged(mail.converted(converted));
    }
}
