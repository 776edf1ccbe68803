package dev.caravan.session;

import dev.caravan.smtp.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Answers questions by the local part of the address that is asked about: {@code refused}, {@code deferred},
 * {@code busy}, {@code failing}, {@code held}, {@code discarded}; everything else is welcome. It answers at once, or
 * only when it is told to.
 */
class ScriptedRoute extends ChannelInboundHandlerAdapter {
    private final boolean late;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    final List<PolicyRequest> questions = new ArrayList<>();
    final Deque<PolicyRequest.MailQuestion> taken = new ArrayDeque<>();
    PolicyResult connectionAnswer = PolicyResult.of(Reply.of(220, "2.0.0", "welcome"));

    ScriptedRoute(boolean late) {
        this.late = late;
    }

    /** Does now or later what belongs to somebody else than the session. */
    void inItsTime(Runnable task) {
        if (late) {
            waiting.add(task);
        } else {
            task.run();
        }
    }

    /** Does the next thing that waits; says whether there was one. */
    boolean next() {
        Runnable task = waiting.poll();
        if (task != null) {
            task.run();
        }
        return task != null;
    }

    void take(PolicyRequest.MailQuestion mail) {
        taken.add(mail);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        PolicyRequest question = (PolicyRequest) message;
        questions.add(question);
        inItsTime(() -> ctx.writeAndFlush(answer(question)));
    }

    private Object answer(PolicyRequest question) {
        if (question instanceof PolicyRequest.ConnectionQuestion) {
            return connectionAnswer;
        }
        if (question instanceof PolicyRequest.SenderQuestion sender) {
            return answer(
                    sender.reversePath().mailbox().map(m -> m.localPart()).orElse(""),
                    Reply.of(250, "2.1.0", "sender ok"));
        }
        if (question instanceof PolicyRequest.RecipientQuestion recipient) {
            return answer(recipient.recipient().path().mailbox().localPart(), Reply.of(250, "2.1.5", "recipient ok"));
        }
        PolicyRequest.MailQuestion mail = (PolicyRequest.MailQuestion) question;
        String local = mail.mail().envelope().reversePath().address().replaceAll("@.*", "");
        if (local.equals("spammer")) {
            return PolicyResult.of(Reply.of(554, "5.7.1", "content not wanted"));
        }
        if (local.equals("unlucky")) {
            return new IllegalStateException("broker is gone\r\n250 ok");
        }
        take(mail);
        return PolicyResult.of(
                Reply.of(250, "2.0.0", "ok queued as " + mail.mail().id()));
    }

    private static Object answer(String localPart, Reply welcome) {
        return switch (localPart) {
            case "refused" -> PolicyResult.of(Reply.of(550, "5.1.1", "no such user"));
            case "deferred" -> PolicyResult.of(Reply.of(450, "4.2.0", "not now"));
            case "busy" -> PolicyResult.of(Reply.of(421, "4.3.2", "come back later"));
            case "failing" -> new IllegalStateException("route failed");
            case "strange" -> "250 ok";
            case "held" -> new PolicyResult(welcome, Disposition.HOLD);
            case "discarded" -> new PolicyResult(welcome, Disposition.DISCARD);
            default -> PolicyResult.of(welcome);
        };
    }
}
