package dev.caravan.acme;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TSIG;
import org.xbill.DNS.TSIGRecord;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** A name server for the zone example.org that takes updates of TXT records (RFC 2136), if they are signed with its key. */
final class FakeZone implements AutoCloseable {
    static final String KEY = "hmac-sha256:acme.example.org:c2VjcmV0LXNlY3JldC1zZWNyZXQ=";
    private static final Name ZONE = Name.fromConstantString("example.org.");

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final TSIG key = TsigKey.parse(KEY);
    /** The records that there are, as {@code name value}. */
    final List<String> records = new CopyOnWriteArrayList<>();
    /** If not 0, the answer to an update. */
    volatile int refusal;
    /** Whether answers to updates are signed. */
    volatile boolean signs = true;

    FakeZone() throws IOException {
        Thread thread = new Thread(this::run, "zone");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return server.getLocalPort();
    }

    private void run() {
        while (!server.isClosed()) {
            try (Socket client = server.accept()) {
                serve(client);
            } catch (IOException e) {
                // The client has gone, or the server is closed.
                continue;
            }
        }
    }

    private void serve(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        DataOutputStream out = new DataOutputStream(client.getOutputStream());
        byte[] octets = new byte[in.readUnsignedShort()];
        in.readFully(octets);
        byte[] answer = answer(new Message(octets), octets);
        out.writeShort(answer.length);
        out.write(answer);
        out.flush();
    }

    private byte[] answer(Message query, byte[] octets) {
        Message answer = new Message(query.getHeader().getID());
        answer.getHeader().setFlag(Flags.QR);
        answer.getHeader().setOpcode(query.getHeader().getOpcode());
        if (query.getHeader().getOpcode() != Opcode.UPDATE) {
            Name name = query.getQuestion().getName();
            answer.addRecord(query.getQuestion(), Section.QUESTION);
            if (name.subdomain(ZONE)) {
                answer.getHeader().setRcode(Rcode.NXDOMAIN);
                answer.addRecord(new SOARecord(ZONE, DClass.IN, 60, ZONE, ZONE, 1, 60, 60, 60, 60), Section.AUTHORITY);
            } else {
                answer.getHeader().setRcode(Rcode.REFUSED);
            }
            return answer.toWire();
        }
        TSIGRecord signed = query.getTSIG();
        if (signed == null || key.verify(query, octets, null) != Rcode.NOERROR) {
            answer.getHeader().setRcode(Rcode.NOTAUTH);
            return answer.toWire();
        }
        if (refusal == 0) {
            query.getSection(Section.UPDATE).forEach(this::apply);
        }
        answer.getHeader().setRcode(refusal);
        if (signs) {
            key.apply(answer, signed);
        }
        return answer.toWire();
    }

    private void apply(Record record) {
        if (record.getType() == Type.TXT && record instanceof TXTRecord text) {
            String line = record.getName() + " " + text.getStrings().get(0);
            if (record.getDClass() == DClass.NONE) {
                records.remove(line);
            } else {
                records.add(line);
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
