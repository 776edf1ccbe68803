package dev.caravan.delivery;

import dev.caravan.delivery.HostReport.Answer;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.HeaderSection;
import dev.caravan.mail.MailParameters.Body;
import dev.caravan.mime.SevenBitMessage;
import dev.caravan.smtp.EsmtpExtension;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message in the form that one server accepts: content that the server does not take is converted (RFC 6152 §3, RFC
 * 3030 §3), except for signed parts, whose signature covers each octet.
 *
 * @param mail the message for the recipients that it may be sent to; if all are refused, it is not sent.
 * @param isChunked whether it is sent by BDAT, octet by octet.
 * @param refused the recipients that it cannot be sent to by this server.
 */
record FittedMail(OutboundMail mail, boolean isChunked, List<Answer> refused) {
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
        return refused.size() >= mail.envelope().recipients().size();
    }

    /** The form for a server, if the content need not be read to know it. */
    static Optional<FittedMail> atOnce(OutboundMail mail, PeerExtensions peer) {
        boolean isBinary = mail.envelope().parameters().body() == Body.BINARY;
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
     * @param peer named in the log.
     * @throws IOException if the content cannot be read.
     */
    static FittedMail of(OutboundMail mail, PeerExtensions peer, String host) throws IOException {
        Optional<FittedMail> form = atOnce(mail, peer);
        if (form.isPresent()) {
            return form.get();
        }
        OctetsOfContent octets = OctetsOfContent.of(mail.content());
        boolean isInLines = mail.envelope().parameters().body() != Body.BINARY || octets.isInLines();
        boolean isTaken = !octets.isEightBit() || peer.has(EsmtpExtension.EIGHT_BIT_MIME);
        if (isInLines && isTaken) {
            Body body = octets.isEightBit() ? Body.EIGHT_BIT_MIME : Body.SEVEN_BIT;
            return unchanged(mail.envelope().parameters().body() == Body.BINARY ? mail.withBody(body) : mail);
        }
        return converted(mail, isInLines, host);
    }

    private static FittedMail converted(OutboundMail mail, boolean wasInLines, String host) throws IOException {
        SevenBitMessage converted = SevenBitMessage.of(mail.content()::open);
        boolean isSendable = !converted.leavesSignedPart() && (wasInLines || converted.isInLines());
        if (!isSendable) {
            Diagnosis why = Diagnosis.ours(
                    "5.6.3",
                    wasInLines
                            ? host
                                    + " does not accept 8-bit content, and the message has a signed part that must not be"
                                    + " converted"
                            : host + " does not accept binary content, and the message cannot be converted");
            return new FittedMail(
                    mail,
                    false,
                    HostReport.refused(mail.envelope().recipients(), why).answers());
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
