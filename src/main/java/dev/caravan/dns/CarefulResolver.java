package dev.caravan.dns;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;

/**
 * Asks one server, and takes for an answer only what is one. What a server does not know must not look like "there is
 * none", or we would return mail that can be delivered. As a failure it also makes the next server be asked.
 */
final class CarefulResolver extends SimpleResolver {
    CarefulResolver(InetSocketAddress server) {
        super(server);
    }

    @Override
    public CompletionStage<Message> sendAsync(Message query, Executor executor) {
        return super.sendAsync(query, executor).thenCompose(answer -> {
            String objection = objection(answer);
            return objection.isEmpty()
                    ? CompletableFuture.completedFuture(answer)
                    : CompletableFuture.failedFuture(new IOException(objection));
        });
    }

    private static String objection(Message answer) {
        int rcode = answer.getRcode();
        if (rcode != Rcode.NOERROR && rcode != Rcode.NXDOMAIN) {
            return "server answered " + Rcode.string(rcode);
        }
        if (answer.getHeader().getFlag(Flags.TC)) {
            // By TCP as well, for that was asked after UDP: what is cut off may be all of it.
            return "server answered in part";
        }
        List<Record> records = answer.getSection(Section.ANSWER);
        Name asked = answer.getQuestion().getName();
        if (records.isEmpty()) {
            return rcode == Rcode.NOERROR && isReferral(answer) ? "server answered with a referral" : "";
        }
        boolean belongs =
                records.stream().anyMatch(record -> record.getName().equals(asked) || record.getType() == Type.DNAME);
        return belongs ? "" : "server answered about another name";
    }

    private static boolean isReferral(Message answer) {
        List<Record> authority = answer.getSection(Section.AUTHORITY);
        return !answer.getHeader().getFlag(Flags.AA)
                && authority.stream().anyMatch(record -> record.getType() == Type.NS)
                && authority.stream().noneMatch(record -> record.getType() == Type.SOA);
    }
}
