package dev.caravan.acme;

import dev.caravan.net.HostAndPort;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.Update;

/**
 * Answers dns-01 challenges (RFC 8555 §8.4) by TXT records that it adds to a zone by signed updates (RFC 2136, RFC 8945),
 * over TCP. Thread-safe.
 */
final class DnsChallenges implements ChallengeResponder {
    private static final Logger LOG = LoggerFactory.getLogger(DnsChallenges.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final int SECONDS_TO_LIVE = 60;
    private static final String LABEL = "_acme-challenge.";

    private final HostAndPort server;
    private final TSIG key;
    private final Duration spread;

    /**
     * @param server the primary server of the zone.
     * @param key that the server accepts for changes of these records.
     * @param spread how long the zone's other servers need to get a change.
     */
    DnsChallenges(HostAndPort server, TSIG key, Duration spread) {
        this.server = server;
        this.key = key;
        this.spread = spread;
    }

    @Override
    public String type() {
        return "dns-01";
    }

    @Override
    public void show(List<Proof> proofs) throws IOException, InterruptedException {
        for (Proof proof : proofs) {
            TXTRecord record = record(proof);
            Update update = new Update(zoneOf(record.getName()));
            update.add(record);
            send(update, proof.name());
        }
        Thread.sleep(spread.toMillis());
    }

    @Override
    public void remove(List<Proof> proofs) {
        for (Proof proof : proofs) {
            try {
                TXTRecord record = record(proof);
                Update update = new Update(zoneOf(record.getName()));
                update.delete(record);
                send(update, proof.name());
            } catch (IOException e) {
                LOG.warn("acme: the TXT record of {}{} stays: {}", LABEL, proof.name(), e.getMessage());
            }
        }
    }

    private static TXTRecord record(Proof proof) throws TextParseException {
        return new TXTRecord(
                Name.fromString(LABEL + proof.name(), Name.root), DClass.IN, SECONDS_TO_LIVE, proof.answer());
    }

    /** The zone that the server has for a name: the owner of the SOA record in its answer. */
    private Name zoneOf(Name name) throws IOException {
        Message answer = ask(Message.newQuery(Record.newRecord(name, Type.SOA, DClass.IN)), false);
        for (int section : new int[] {Section.ANSWER, Section.AUTHORITY}) {
            for (Record record : answer.getSection(section)) {
                if (record.getType() == Type.SOA && name.subdomain(record.getName())) {
                    return record.getName();
                }
            }
        }
        throw new IOException("the name server " + server + " has no zone for " + name + " ("
                + Rcode.string(answer.getRcode()) + ")");
    }

    private void send(Update update, String name) throws IOException {
        Message answer = ask(update, true);
        if (answer.getRcode() != Rcode.NOERROR) {
            throw new IOException("the name server " + server + " refuses to change the record of " + LABEL + name
                    + ": " + Rcode.string(answer.getRcode()));
        }
        if (!answer.isVerified()) {
            throw new IOException("the answer of the name server " + server + " is not signed with the key");
        }
    }

    /** A question and its answer; once more if the server has closed a connection that was kept. */
    private Message ask(Message question, boolean signs) throws IOException {
        try {
            return resolver(signs).send(question.clone());
        } catch (EOFException e) {
            LOG.debug("acme: {} closed the connection; once more", server);
        } catch (IOException e) {
            throw unreachable(e);
        }
        try {
            return resolver(signs).send(question.clone());
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private IOException unreachable(IOException e) {
        return new IOException("the name server " + server + " does not answer: " + e.getMessage(), e);
    }

    private SimpleResolver resolver(boolean signs) throws IOException {
        InetAddress address =
                server.address().isPresent() ? server.address().get() : InetAddress.getByName(server.host());
        SimpleResolver resolver = new SimpleResolver(new InetSocketAddress(address, server.port()));
        resolver.setTCP(true);
        resolver.setTimeout(TIMEOUT);
        if (signs) {
            resolver.setTSIGKey(key);
        }
        return resolver;
    }
}
