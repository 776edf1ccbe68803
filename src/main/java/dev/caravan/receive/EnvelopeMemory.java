package dev.caravan.receive;

import dev.caravan.mail.MemoryLease;
import dev.caravan.mail.MemoryShare;
import dev.caravan.session.PolicyRequest.MailQuestion;
import dev.caravan.session.PolicyRequest.RecipientQuestion;
import dev.caravan.session.PolicyRequest.SenderQuestion;
import dev.caravan.session.PolicyResult;
import dev.caravan.smtp.Reply;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Charges the recipients of a session's open transaction to a memory share of all sessions: otherwise many clients with
 * many recipients each would fill the heap without sending a single message. Placed between the session handler and the
 * route handler; answers a recipient with 452 when the share is used up. Confined to the channel's event loop.
 */
final class EnvelopeMemory extends ChannelDuplexHandler {
    /** The octets that an accepted recipient needs besides the characters of its address. */
    private static final int RECIPIENT = 600;

    /**
     * This many recipients of each transaction are not charged: they need hardly more memory than the connection
     * itself, and so a few clients with many recipients cannot lock out all others.
     */
    private static final int FREE = 2;

    private static final Reply NO_MEMORY =
            Reply.of(452, "4.3.1", "too many recipients in all sessions now, send the mail again to the rest");

    private final MemoryShare share;
    private MemoryLease lease;
    private long asked;
    private boolean isHandedOver;

    EnvelopeMemory(MemoryShare share) {
        this.share = share;
        this.lease = share.lease();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object question) {
        asked = 0;
        if (question instanceof SenderQuestion) {
            renew();
        } else if (question instanceof MailQuestion mail) {
            // The recipients stay in memory as long as the content does.
            mail.memory().alsoClose(lease);
            isHandedOver = true;
        } else if (question instanceof RecipientQuestion recipient) {
            long needed =
                    RECIPIENT + 4L * recipient.recipient().path().address().length();
            if (recipient.recipientsSoFar() >= FREE && !lease.tryTake(needed)) {
                ctx.writeAndFlush(PolicyResult.of(NO_MEMORY));
                return;
            }
            asked = recipient.recipientsSoFar() >= FREE ? needed : 0;
        }
        ctx.fireChannelRead(question);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object answer, ChannelPromise promise) {
        if (asked > 0 && !(answer instanceof PolicyResult said && said.reply().isPositive())) {
            lease.giveBack(asked);
        }
        asked = 0;
        ctx.write(answer, promise);
    }

    private void renew() {
        if (!isHandedOver) {
            lease.close();
        }
        lease = share.lease();
        isHandedOver = false;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!isHandedOver) {
            lease.close();
        }
        ctx.fireChannelInactive();
    }
}
