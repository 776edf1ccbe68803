package dev.caravan.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.delivery.RecipientResult.Delivered;
import dev.caravan.delivery.RecipientResult.Failed;
import dev.caravan.fuzz.FuzzInput;
import dev.caravan.mail.Diagnosis;
import dev.caravan.mail.Envelope;
import dev.caravan.mail.ForwardPath;
import dev.caravan.mail.MailParameters;
import dev.caravan.mail.Recipient;
import dev.caravan.mail.ReversePath;
import dev.caravan.smtp.EsmtpExtension;
import dev.caravan.smtp.Reply;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Whatever a server replies, each recipient gets one result: delivered exactly if the server took content that was sent
 * to its end and had accepted that recipient for it, failed only after a 5yz, deferred otherwise; no other host is
 * asked for what may have been taken.
 */
public final class DialogueFuzz {
    private static final List<Integer> CODES =
            List.of(250, 250, 250, 354, 354, 251, 421, 450, 452, 550, 552, 554, 220, 221, 299, 300, 399, 499, 500, 599);
    private static final List<String> WORDS =
            List.of("ok", "", "2.1.0 ok", "4.2.0 later", "5.1.1 no", "5.7.1", "9.9.9", "2.0.0.0", "4.7.0 a\n4.7.0 b");
    /** Extensions that change what we send; in this order, so that the inputs of the corpus keep their meaning. */
    private static final List<EsmtpExtension> USED =
            List.of(EsmtpExtension.PIPELINING, EsmtpExtension.SIZE, EsmtpExtension.EIGHT_BIT_MIME, EsmtpExtension.DSN);

    private static final List<Integer> RECIPIENTS = List.of(1, 2, 3, 100, 101, 203);

    private final FuzzInput input;
    private final List<Recipient> recipients;
    private final ClientDialogue dialogue;
    /** What was said and not yet answered. */
    private final Deque<String> open = new ArrayDeque<>();

    private final Set<ForwardPath> accepted = new HashSet<>();
    private final Set<ForwardPath> delivered = new HashSet<>();
    private boolean isMailAccepted;
    private boolean isContentSent;
    private boolean wasRefused;

    private DialogueFuzz(FuzzInput input) {
        this.input = input;
        this.recipients = IntStream.range(0, input.pick(RECIPIENTS))
                .mapToObj(i -> Recipient.of("u" + i + "@x.example"))
                .toList();
        Set<EsmtpExtension> offered = EnumSet.noneOf(EsmtpExtension.class);
        for (EsmtpExtension extension : USED) {
            if (input.flag()) {
                offered.add(extension);
            }
        }
        OutboundMail mail = new OutboundMail(
                Mails.ID,
                new Envelope(ReversePath.NULL, recipients, MailParameters.NONE),
                new byte[0],
                Mails.octets("x\r\n"));
        dialogue = new ClientDialogue(
                FittedMail.unchanged(mail), "mx.example", new PeerExtensions(offered, input.below(5)));
    }

    public static void run(byte[] octets) {
        new DialogueFuzz(new FuzzInput(octets)).talk(octets.length);
    }

    private void talk(int replies) {
        Optional<HostReport> report = follow(dialogue.start());
        if (report.isPresent()) {
            // Unfit for this server; nothing was said.
            wasRefused = true;
        }
        for (int i = 0; i < replies && report.isEmpty(); i++) {
            assertTrue(isContentSent || !open.isEmpty(), "waits for nothing");
            report = follow(hear(reply()));
        }
        boolean isInDoubt = report.isEmpty() && isContentSent;
        HostReport last = report.orElseGet(() -> dialogue.lost(Diagnosis.ours("4.4.2", "connection lost"), false));
        check(last, isInDoubt);
    }

    private Reply reply() {
        return Reply.heard(input.pick(CODES), List.of(input.pick(WORDS).split("\n", -1)));
    }

    private ClientStep hear(Reply reply) {
        wasRefused |= reply.isPermanent();
        if (isContentSent) {
            // 3yz is no verdict, which is still waited for.
            isContentSent = reply.code() >= 300 && reply.isPositive();
            if (reply.code() < 300) {
                delivered.addAll(accepted);
            }
        } else if (!open.isEmpty()) {
            answered(open.remove(), reply);
        }
        return dialogue.heard(reply);
    }

    private void answered(String command, Reply reply) {
        boolean isYes = reply.code() < 300;
        if (command.startsWith("MAIL ")) {
            accepted.clear();
            isMailAccepted = isYes;
        } else if (command.startsWith("RCPT ") && isYes && isMailAccepted) {
            accepted.add(ForwardPath.of(command.substring(command.indexOf('<') + 1, command.indexOf('>'))));
        }
    }

    private Optional<HostReport> follow(ClientStep step) {
        if (step instanceof ClientStep.Finished finished) {
            return Optional.of(finished.report());
        }
        if (step instanceof ClientStep.Send send) {
            assertTrue(send.lines().endsWith("\r\n"), send.lines());
            open.addAll(List.of(send.lines().split("\r\n")));
        } else if (step instanceof ClientStep.SendContent) {
            assertTrue(!accepted.isEmpty(), "content for nobody");
            if (input.flag()) {
                isContentSent = true;
                dialogue.contentSent();
            } else {
                // A reply before the end of the content.
                open.add("content");
            }
        } else {
            assertTrue(step instanceof ClientStep.Wait, step.toString());
        }
        return Optional.empty();
    }

    private void check(HostReport report, boolean isInDoubt) {
        assertEquals(recipients.size(), report.answers().size());
        Set<ForwardPath> told = new HashSet<>();
        for (HostReport.Answer answer : report.answers()) {
            ForwardPath recipient = answer.result().recipient();
            assertTrue(told.add(recipient), "two results for " + recipient);
            assertEquals(delivered.contains(recipient), answer.result() instanceof Delivered, recipient.toString());
            assertTrue(wasRefused || !(answer.result() instanceof Failed), "failed without a refusal");
            if (delivered.contains(recipient) || (isInDoubt && accepted.contains(recipient))) {
                assertTrue(answer.isFinal(), "another host would be asked although the mail may be taken");
            }
        }
        recipients.forEach(recipient -> assertTrue(told.contains(recipient.path()), "no result"));
    }
}
