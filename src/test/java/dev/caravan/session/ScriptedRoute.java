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
    final List<Question> questions = new ArrayList<>();
    final Deque<Question.MailQuestion> taken = new ArrayDeque<>();
    Answer connectionAnswer = Answer.of(Reply.of(220, "2.0.0", "welcome"));

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

    void take(Question.MailQuestion mail) {
        taken.add(mail);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Question question = (Question) message;
        questions.add(question);
        inItsTime(() -> ctx.writeAndFlush(answer(question)));
    }

    private Object answer(Question question) {
        if (question instanceof Question.ConnectionQuestion) {
            return connectionAnswer;
        }
        if (question instanceof Question.SenderQuestion sender) {
            return answer(
                    sender.reversePath().mailbox().map(m -> m.localPart()).orElse(""),
                    Reply.of(250, "2.1.0", "sender ok"));
        }
        if (question instanceof Question.RecipientQuestion recipient) {
            return answer(recipient.recipient().path().mailbox().localPart(), Reply.of(250, "2.1.5", "recipient ok"));
        }
        Question.MailQuestion mail = (Question.MailQuestion) question;
        String local = mail.mail().envelope().reversePath().address().replaceAll("@.*", "");
        if (local.equals("spammer")) {
            return Answer.of(Reply.of(554, "5.7.1", "content not wanted"));
        }
        if (local.equals("unlucky")) {
            return new IllegalStateException("broker is gone\r\n250 ok");
        }
        take(mail);
        return Answer.of(Reply.of(250, "2.0.0", "ok queued as " + mail.mail().id()));
    }

    private static Object answer(String localPart, Reply welcome) {
        return switch (localPart) {
            case "refused" -> Answer.of(Reply.of(550, "5.1.1", "no such user"));
            case "deferred" -> Answer.of(Reply.of(450, "4.2.0", "not now"));
            case "busy" -> Answer.of(Reply.of(421, "4.3.2", "come back later"));
            case "failing" -> new IllegalStateException("route failed");
            case "strange" -> "250 ok";
            case "held" -> new Answer(welcome, Disposition.HOLD);
            case "discarded" -> new Answer(welcome, Disposition.DISCARD);
            default -> Answer.of(welcome);
        };
    }
}
