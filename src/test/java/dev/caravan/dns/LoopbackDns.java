package dev.caravan.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * A small DNS server on a free loopback port, UDP and TCP, that answers what a test tells it to. A name nobody told it
 * of does not exist.
 */
public final class LoopbackDns implements AutoCloseable {
    /** How the server answers for a name when it does not answer properly. */
    public enum Mood {
        SERVFAIL,
        REFUSED,
        /** There is no such name, for five minutes, whatever the records say. */
        NXDOMAIN,
        SILENT,
        GARBAGE,
        REFERRAL,
        OTHER_NAME,
        WRONG_ID,
        WRONG_QUESTION,
        /** Octets without any meaning. */
        NOISE,
        /** Cut short by UDP, whole by TCP. */
        TRUNCATED_UDP,
        /** Cut short also by TCP. */
        TRUNCATED
    }

    /** How the server answers a question with EDNS. */
    public enum EdnsMood {
        FORMERR,
        NOTIMP,
        SERVFAIL,
        BADVERS,
        /** A header and nothing else. */
        FORMERR_WITHOUT_QUESTION,
        /** The OPT record of the question copied into the answer. */
        FORMERR_WITH_OPT,
        NOTIMP_WITH_OPT,
        SILENT
    }

    private static final long TTL = 300;
    private static final int NOISE_OCTETS = 200;
    private static final int MAX_PACKET = 65_535;
    private static final int PORT_TRIES = 50;

    private final DatagramSocket udp;
    private final ServerSocket tcp;
    private final Map<Name, List<Record>> records = new ConcurrentHashMap<>();
    private final Map<Name, Mood> moods = new ConcurrentHashMap<>();
    private final Map<String, Mood> moodsOfTypes = new ConcurrentHashMap<>();
    private final Set<Name> existing = ConcurrentHashMap.newKeySet();
    private final List<String> queries = new CopyOnWriteArrayList<>();
    private volatile long timeToLive = TTL;
    private volatile boolean isChainWhole;
    private volatile boolean hasNoSoa;
    private volatile Optional<EdnsMood> ednsMood = Optional.empty();

    private LoopbackDns(DatagramSocket udp, ServerSocket tcp) {
        this.udp = udp;
        this.tcp = tcp;
    }

    public static LoopbackDns start() throws IOException {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        for (int i = 0; i < PORT_TRIES; i++) {
            DatagramSocket udp = new DatagramSocket(new InetSocketAddress(loopback, 0));
            try {
                ServerSocket tcp = new ServerSocket(udp.getLocalPort(), 50, loopback);
                LoopbackDns dns = new LoopbackDns(udp, tcp);
                thread(dns::serveUdp);
                thread(dns::serveTcp);
                return dns;
            } catch (BindException e) {
                // Taken by somebody for TCP.
                udp.close();
            }
        }
        throw new IOException("no port is free for both UDP and TCP");
    }

    private static void thread(Runnable body) {
        Thread thread = new Thread(body, "loopback-dns");
        thread.setDaemon(true);
        thread.start();
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) udp.getLocalSocketAddress();
    }

    /** Every question that came, such as {@code MX a.example}. */
    public List<String> queries() {
        return queries;
    }

    /** Seconds for which what it is told from now on may be remembered. */
    public LoopbackDns timeToLive(long seconds) {
        timeToLive = seconds;
        return this;
    }

    public LoopbackDns mx(String domain, int preference, String host) {
        return add(new MXRecord(name(domain), DClass.IN, timeToLive, preference, name(host)));
    }

    public LoopbackDns nullMx(String domain) {
        return add(new MXRecord(name(domain), DClass.IN, timeToLive, 0, Name.root));
    }

    /** An A or AAAA record. */
    public LoopbackDns address(String host, String address) {
        try {
            InetAddress parsed = InetAddress.getByName(address);
            return add(
                    parsed.getAddress().length == 4
                            ? new ARecord(name(host), DClass.IN, timeToLive, parsed)
                            : new AAAARecord(name(host), DClass.IN, timeToLive, parsed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public LoopbackDns alias(String from, String to) {
        return add(new CNAMERecord(name(from), DClass.IN, timeToLive, name(to)));
    }

    /** A name without any record that matters. */
    public LoopbackDns exists(String name) {
        existing.add(name(name));
        return this;
    }

    public LoopbackDns mood(String name, Mood mood) {
        moods.put(name(name), mood);
        return this;
    }

    /** How it answers one type of a name. */
    public LoopbackDns mood(String name, int type, Mood mood) {
        moodsOfTypes.put(Type.string(type) + " " + name(name), mood);
        return this;
    }

    /** Whether an answer holds all that an alias leads to, as that of a recursive server does. */
    public LoopbackDns wholeChains(boolean are) {
        isChainWhole = are;
        return this;
    }

    /** From now on it does not say for how long a name has no records. */
    public LoopbackDns withoutSoa() {
        hasNoSoa = true;
        return this;
    }

    /** From now on it does not understand EDNS. */
    public LoopbackDns withoutEdns(EdnsMood mood) {
        ednsMood = Optional.of(mood);
        return this;
    }

    /** Forgets what it was told of a name. */
    public LoopbackDns forget(String name) {
        records.remove(name(name));
        moods.remove(name(name));
        existing.remove(name(name));
        return this;
    }

    private LoopbackDns add(Record record) {
        records.computeIfAbsent(record.getName(), unused -> new CopyOnWriteArrayList<>())
                .add(record);
        return this;
    }

    private static Name name(String text) {
        try {
            return Name.fromString(text.toLowerCase(java.util.Locale.ROOT), Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void serveUdp() {
        byte[] octets = new byte[MAX_PACKET];
        while (!udp.isClosed()) {
            try {
                DatagramPacket packet = new DatagramPacket(octets, octets.length);
                udp.receive(packet);
                byte[] query = Arrays.copyOf(octets, packet.getLength());
                Optional<byte[]> answer = answer(query, true);
                if (answer.isPresent()) {
                    udp.send(new DatagramPacket(answer.get(), answer.get().length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                // The next one may be better; a closed socket ends the loop.
                continue;
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try (Socket socket = tcp.accept()) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                Optional<byte[]> answer = answer(in.readNBytes(in.readUnsignedShort()), false);
                if (answer.isPresent()) {
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeShort(answer.get().length);
                    out.write(answer.get());
                    out.flush();
                    in.read();
                }
            } catch (IOException e) {
                // The next one may be better; a closed socket ends the loop.
                continue;
            }
        }
    }

    private Optional<byte[]> answer(byte[] octets, boolean isUdp) throws IOException {
        Message query = new Message(octets);
        Record question = query.getQuestion();
        Name asked = name(question.getName().toString());
        queries.add(Type.string(question.getType()) + " " + question.getName().toString(true) + (isUdp ? "" : " tcp"));
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        answer.addRecord(question, Section.QUESTION);
        if (query.getOPT() != null && ednsMood.isPresent()) {
            return withEdns(answer, ednsMood.get());
        }
        Mood mood = moodsOfTypes.getOrDefault(Type.string(question.getType()) + " " + asked, moods.get(asked));
        if (mood == Mood.SILENT) {
            return Optional.empty();
        } else if (mood == Mood.GARBAGE) {
            byte[] wire = answer.toWire();
            wire[7] = 3; // Three answers are announced, none is there.
            return Optional.of(wire);
        } else if (mood == Mood.NOISE) {
            byte[] noise = new byte[NOISE_OCTETS];
            ThreadLocalRandom.current().nextBytes(noise);
            return Optional.of(noise);
        } else if (mood == Mood.WRONG_ID) {
            answer.getHeader().setID((query.getHeader().getID() + 1) & 0xFFFF);
            mood = null;
        } else if (mood == Mood.WRONG_QUESTION) {
            return Optional.of(aboutAnother(query).toWire());
        } else if (mood == Mood.TRUNCATED || (mood == Mood.TRUNCATED_UDP && isUdp)) {
            answer.getHeader().setFlag(Flags.TC);
            return Optional.of(answer.toWire());
        }
        fill(answer, asked, question.getType(), Optional.ofNullable(mood));
        return Optional.of(answer.toWire());
    }

    private static Optional<byte[]> withEdns(Message answer, EdnsMood mood) {
        switch (mood) {
            case FORMERR -> answer.getHeader().setRcode(Rcode.FORMERR);
            case NOTIMP -> answer.getHeader().setRcode(Rcode.NOTIMP);
            case SERVFAIL -> answer.getHeader().setRcode(Rcode.SERVFAIL);
            case BADVERS -> answer.addRecord(new OPTRecord(512, 1, 0), Section.ADDITIONAL);
            case FORMERR_WITHOUT_QUESTION -> {
                answer.removeAllRecords(Section.QUESTION);
                answer.getHeader().setRcode(Rcode.FORMERR);
            }
            case FORMERR_WITH_OPT -> {
                answer.addRecord(new OPTRecord(512, 0, 0), Section.ADDITIONAL);
                answer.getHeader().setRcode(Rcode.FORMERR);
            }
            case NOTIMP_WITH_OPT -> {
                answer.addRecord(new OPTRecord(512, 0, 0), Section.ADDITIONAL);
                answer.getHeader().setRcode(Rcode.NOTIMP);
            }
            case SILENT -> {
                return Optional.empty();
            }
        }
        return Optional.of(answer.toWire());
    }

    private static Message aboutAnother(Message query) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setFlag(Flags.RA);
        Name other = name("other.example");
        answer.addRecord(Record.newRecord(other, query.getQuestion().getType(), DClass.IN), Section.QUESTION);
        answer.addRecord(new MXRecord(other, DClass.IN, TTL, 5, name("evil.example")), Section.ANSWER);
        return answer;
    }

    private void fill(Message answer, Name asked, int type, Optional<Mood> mood) {
        if (mood.isPresent() && mood.get() != Mood.TRUNCATED_UDP) {
            switch (mood.get()) {
                case SERVFAIL -> answer.getHeader().setRcode(Rcode.SERVFAIL);
                case NXDOMAIN -> absent(answer, Rcode.NXDOMAIN, TTL);
                case REFUSED -> answer.getHeader().setRcode(Rcode.REFUSED);
                case REFERRAL ->
                    answer.addRecord(
                            new NSRecord(name("example"), DClass.IN, timeToLive, name("ns.example")),
                            Section.AUTHORITY);
                default ->
                    answer.addRecord(
                            new MXRecord(name("other.example"), DClass.IN, timeToLive, 5, name("evil.example")),
                            Section.ANSWER);
            }
            return;
        }
        boolean found = false;
        Name next = asked;
        while (next != null) {
            Name current = next;
            next = null;
            for (Record record : records.getOrDefault(current, List.of())) {
                if (record.getType() == type || record.getType() == Type.CNAME) {
                    answer.addRecord(record, Section.ANSWER);
                    found = true;
                    next = isChainWhole && record instanceof CNAMERecord alias ? alias.getTarget() : next;
                }
            }
        }
        if (!found) {
            boolean isThere = existing.contains(asked) || records.containsKey(asked);
            if (hasNoSoa) {
                answer.getHeader().setRcode(isThere ? Rcode.NOERROR : Rcode.NXDOMAIN);
                return;
            }
            absent(answer, isThere ? Rcode.NOERROR : Rcode.NXDOMAIN, timeToLive);
        }
    }

    private static void absent(Message answer, int rcode, long seconds) {
        answer.getHeader().setRcode(rcode);
        answer.addRecord(
                new SOARecord(
                        name("example"),
                        DClass.IN,
                        seconds,
                        name("ns.example"),
                        name("root.example"),
                        1,
                        1,
                        1,
                        1,
                        seconds),
                Section.AUTHORITY);
    }

    @Override
    public void close() throws IOException {
        udp.close();
        tcp.close();
    }
}
