package dev.caravan.broker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.caravan.source.jms.JmsSubmission;
import dev.caravan.source.message.InvalidSubmissionException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.command.ActiveMQMessage;
import org.apache.activemq.command.ActiveMQTextMessage;
import org.apache.activemq.util.ByteSequence;
import org.junit.jupiter.api.Test;

class CompressedBodyTest {
    private static final int LARGE = 90 << 20;
    private static final long LITTLE = 2 << 20;

    private static <T extends ActiveMQMessage> T compressed(T message, byte[] content) {
        message.setContent(new ByteSequence(content));
        message.setCompressed(true);
        message.setReadOnlyBody(true);
        return message;
    }

    private static byte[] bytes(int claimed, int length) throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        octets.write(ByteBuffer.allocate(4).putInt(claimed).array());
        try (OutputStream deflated = new DeflaterOutputStream(octets)) {
            fill(deflated, length);
        }
        return octets.toByteArray();
    }

    private static byte[] text(int claimed, int length) throws IOException {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        try (DataOutputStream deflated = new DataOutputStream(new DeflaterOutputStream(octets))) {
            deflated.writeInt(claimed);
            fill(deflated, length);
        }
        return octets.toByteArray();
    }

    private static void fill(OutputStream out, int length) throws IOException {
        byte[] octets = new byte[1 << 16];
        Arrays.fill(octets, (byte) 'a');
        for (int left = length; left > 0; left -= octets.length) {
            out.write(octets, 0, Math.min(left, octets.length));
        }
    }

    private interface Read {
        void read() throws Exception;
    }

    private static void assertTakesLittle(Read read) throws Exception {
        read.read();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        read.read();
        long taken = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertTrue(taken < LITTLE, taken + " octets (expected: < " + LITTLE + ")");
    }

    @Test
    void readsWhatAClientHasCompressed() throws Exception {
        ActiveMQBytesMessage octets = compressed(new ActiveMQBytesMessage(), bytes(500_000, 500_000));
        assertEquals(500_000, MessageCopy.octets(octets).orElseThrow().length);
        ActiveMQTextMessage text = compressed(new ActiveMQTextMessage(), text(500_000, 500_000));
        assertTrue(CompressedBody.mayBeRead(text));
        assertEquals(500_000, text.getText().length());
        assertArrayEquals(new byte[] {'a', 'a'}, MessageCopy.head(text, 2).orElseThrow());
    }

    @Test
    void reservesNothingForOctetsThatAreOnlyClaimed() throws Exception {
        for (int claimed : new int[] {LARGE, 900_000}) {
            ActiveMQBytesMessage octets = compressed(new ActiveMQBytesMessage(), bytes(claimed, 10));
            assertFalse(CompressedBody.mayBeRead(octets));
            assertTakesLittle(() -> assertEquals(Optional.empty(), MessageCopy.octets(octets)));
            assertTakesLittle(() -> assertEquals(Optional.empty(), MessageCopy.head(octets, 10)));
            ActiveMQTextMessage text = compressed(new ActiveMQTextMessage(), text(claimed, 10));
            assertTakesLittle(
                    () -> assertThrows(InvalidSubmissionException.class, () -> new JmsSubmission(text).handed()));
        }
    }

    @Test
    void doesNotDecompressWhatBecomesTooLarge() throws Exception {
        ActiveMQBytesMessage octets = compressed(new ActiveMQBytesMessage(), bytes(LARGE, LARGE));
        assertTakesLittle(() -> assertEquals(Optional.empty(), MessageCopy.octets(octets)));
        assertTakesLittle(
                () -> assertThrows(InvalidSubmissionException.class, () -> new JmsSubmission(octets).handed()));
        ActiveMQTextMessage text = compressed(new ActiveMQTextMessage(), text(LARGE, LARGE));
        assertTakesLittle(() -> assertThrows(InvalidSubmissionException.class, () -> new JmsSubmission(text).handed()));
    }

    @Test
    void leavesWhatCannotBeDecodedToItsReader() {
        for (byte[] content : new byte[][] {{}, {1}, {0, 0, 0}, {0, 0, 0, 9, 1, 2, 3}, {-1, -1, -1, -1, 1}}) {
            ActiveMQBytesMessage octets = compressed(new ActiveMQBytesMessage(), content);
            assertTrue(MessageCopy.octets(octets).filter(o -> o.length > 0).isEmpty());
            ActiveMQTextMessage text = compressed(new ActiveMQTextMessage(), content);
            assertTrue(CompressedBody.mayBeRead(text));
        }
    }
}
