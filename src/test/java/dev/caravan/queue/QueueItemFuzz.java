package dev.caravan.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.caravan.fuzz.FuzzInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;

/** Octets are an item or are refused as none; an item is read back as it was written. */
public final class QueueItemFuzz {
    private static final Spool SPOOL = spool();

    private QueueItemFuzz() {}

    private static Spool spool() {
        try {
            return new Spool(Path.of("target", "fuzz-spool"), 1 << 20, 1 << 30);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void run(byte[] octets) {
        FuzzInput input = new FuzzInput(octets);
        if (input.below(8) == 0) {
            // Made of an item that is in order, so that what stands behind its first lines is reached at once.
            byte[] item = QueueItemFormat.write(ItemExamples.nasty(new Random(input.octet())));
            for (int i = input.below(4); i > 0; i--) {
                int place = (input.octet() << 8 | input.octet()) % item.length;
                item[place] = (byte) input.octet();
            }
            read(item);
        } else {
            read(input.rest());
        }
    }

    private static void read(byte[] octets) {
        Optional<NextHop> nextHop;
        try {
            nextHop = QueueItemFormat.nextHop(octets);
        } catch (UnsupportedItemException e) {
            // What is to be left alone must be so for all that read it.
            assertThrows(UnsupportedItemException.class, () -> QueueItemFormat.read(octets, SPOOL));
            return;
        }
        try {
            QueueItem item = QueueItemFormat.read(octets, SPOOL);
            assertEquals(Optional.of(item.nextHop()), nextHop);
            byte[] written = QueueItemFormat.write(item);
            QueueItem again = QueueItemFormat.read(written, SPOOL);
            assertArrayEquals(written, QueueItemFormat.write(again));
            assertEquals(item.id(), again.id());
            assertEquals(item.mail().arrival(), again.mail().arrival());
            assertEquals(item.mail().envelope(), again.mail().envelope());
            assertEquals(item.progress(), again.progress());
            assertEquals(item.attributes(), again.attributes());
            assertEquals(item.mail().content().size(), again.mail().content().size());
        } catch (MissingContentException e) {
            assertTrue(nextHop.isPresent());
        } catch (UnsupportedItemException e) {
            throw new AssertionError("its next hop could be read", e);
        } catch (QueueItemFormatException e) {
            assertTrue(String.valueOf(e.getMessage()).startsWith("malformed queue item: "), e.getMessage());
        }
    }
}
